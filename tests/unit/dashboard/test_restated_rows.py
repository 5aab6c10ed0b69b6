"""A restated row says which one it is, and what became of its figures."""

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

    assert ["", "MONTH 2024-01-01", "A|KO|t1|t1|open"] == which


def test_a_row_that_is_gone_is_one_line():
    (line,) = restated_rows.figures({**RISK, "change": "gone", "events": []})

    assert ("the whole row", "is gone", "30D", "unexplained") == tuple(
        line[name] for name in ("figure", "after", "which", "events")
    )
