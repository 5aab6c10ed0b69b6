"""A restated row says which one it is, and what became of its figures."""

import pytest

from dashboard import restated_rows

RISK = {
    "key": {"account_id": "A", "value_date": "2024-01-02", "risk_window": "30D"},
    "account_id": "A",
    "symbol": None,
    "day": "2024-01-02",
    "change": "changed",
    "figures": [{"name": "hit_rate_pct", "before": "54.7", "after": None}],
    "events": ["trades/late"],
}
MONTH = {"account_id": "A", "period": "MONTH", "period_start": "2024-01-01"}
LOT = {"slice_id": "A|KO|t1|t1|open"}


def test_rows_of_two_windows_are_told_apart():
    other = {**RISK, "key": {**RISK["key"], "risk_window": "90D"}}

    assert ["30D", "90D"] == [line["which"] for row in (RISK, other) for line in restated_rows.figures(row)]


def test_a_key_says_all_that_has_no_column_of_its_own():
    plain = {"account_id": "A", "symbol": "KO", "value_date": "2024-01-02"}

    which = [restated_rows.figures({**RISK, "symbol": "KO", "key": key})[0]["which"] for key in (plain, MONTH, LOT)]

    assert ["", "MONTH 2024-01-01", "t1, open"] == which


def test_slices_of_a_lot_are_told_apart_by_what_began_and_ended_them():
    """A buy; a part of it sold; the rest, which a split began anew, sold too."""
    slices = ["A|KO|t1|t1|open", "A|KO|t1|t1|t2", "A|KO|t1|split|t3"]

    which = [restated_rows.figures({**RISK, "key": {"slice_id": one}})[0]["which"] for one in slices]

    assert ["t1, open", "t1 to t2", "t1 from split to t3"] == which


def test_a_row_that_is_gone_is_one_line():
    (line,) = restated_rows.figures({**RISK, "change": "gone", "events": []})

    assert ("the whole row", "is gone", "30D", "unexplained") == tuple(
        line[name] for name in ("figure", "after", "which", "events")
    )


@pytest.mark.parametrize(
    ("name", "before", "after", "written"),
    [
        ("total_value", "9104.96000000", "-1234567.10000000", ("9,104.96", "-1,234,567.10")),
        ("cumulative_position", "0.00012345", None, ("0.00012345", "")),
        ("cumulative_return_pct", "30.402076360789533", "30.147918446144107", ("30.40 %", "30.15 %")),
        ("var_95_pct", "0.8353821158271681", "0.8353061193697664", ("0.8354 %", "0.8353 %")),
        ("sharpe_ratio", "2.8182531205309895", "1e-05", ("2.82", "0.00")),
        ("drawdown_pct", "-0.00012", "-1.5", ("0.00 %", "-1.50 %")),
        ("is_exception", "false", "true", ("false", "true")),
        ("open_lot_count", "3", "4", ("3", "4")),
        ("acquired_at", "2025-12-10 15:04:19.248", None, ("2025-12-10 15:04:19.248", "")),
    ],
)
def test_figures_are_written_like_everywhere_and_told_apart(name, before, after, written):
    figure = {"name": name, "before": before, "after": after}

    (line,) = restated_rows.figures({**RISK, "figures": [figure]})

    assert written == (line["before"], line["after"])
