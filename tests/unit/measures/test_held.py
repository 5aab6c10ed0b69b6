"""Holdings as tables: what is missing has a reason, and nobody's figures depend on who is measured with them."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from measures import held
from measures.held_tables import account_risk_table, position_risk_table

HELD = pa.schema([
    ("account_id", pa.string()), ("symbol", pa.string()), ("benchmark_symbol", pa.string()),
    ("has_capital", pa.bool_()), ("weight", pa.float64()),
])  # fmt: skip
FIRST_DAY = date(2024, 1, 1)
DAYS = pa.table({"value_date": [FIRST_DAY + timedelta(days=day) for day in range(40)]})
RETURNS = pa.schema([("symbol", pa.string()), ("value_date", pa.date32()), ("daily_return", pa.float64())])


def held_table(*rows: tuple[str, str | None, str | None, float | None]) -> pa.Table:
    """Account, symbol, benchmark, weight; no weight of a symbol means no capital."""
    return pa.Table.from_pylist(
        [
            {"account_id": account, "symbol": symbol, "benchmark_symbol": benchmark, "weight": weight,
             "has_capital": symbol is None or weight is not None}
            for account, symbol, benchmark, weight in rows
        ],
        HELD,
    )  # fmt: skip


def returns_table(**series: list[float]) -> pa.Table:
    """Returns of symbols on the days from 1 January 2024 on."""
    return pa.Table.from_pylist(
        [
            {"symbol": symbol, "value_date": FIRST_DAY + timedelta(days=day), "daily_return": value}
            for symbol, values in series.items()
            for day, value in enumerate(values)
        ],
        RETURNS,
    )


def reasons(table: pa.Table) -> dict[str, str | None]:
    """Account -> why there is no figure; the same for every method and confidence."""
    told = {row["account_id"]: row["reason"] for row in table.to_pylist()}
    assert all(row["reason"] == told[row["account_id"]] for row in table.to_pylist())
    return told


def test_an_empty_book_has_no_rows():
    assert account_risk_table(held_table(), returns_table(), DAYS).num_rows == 0
    assert position_risk_table(held_table(), returns_table(), DAYS).num_rows == 0


def test_what_is_missing_has_a_reason():
    """One day is no distribution, a symbol without a price none at all, and debts are nothing to divide by."""
    book = held_table(
        ("CASH", None, None, None), ("DEBTS", "KO", None, None), ("NEW", "XOM", "KO", 0.5), ("OLD", "KO", "XOM", 0.5)
    )
    days = returns_table(KO=[0.01, -0.02, 0.03], XOM=[0.01])

    assert reasons(account_risk_table(book, days, DAYS)) == {
        "CASH": "no_positions", "DEBTS": "no_capital", "NEW": "too_few_returns", "OLD": None,
    }  # fmt: skip
    rows = position_risk_table(book, days, DAYS).to_pylist()
    assert [(row["account_id"], row["reason"], row["beta_reason"]) for row in rows] == [
        ("DEBTS", "no_capital", "no_benchmark"),
        ("NEW", "too_few_returns", "too_few_pairs"),
        ("OLD", None, "too_few_pairs"),
    ]
    assert reasons(account_risk_table(book, returns_table(), DAYS))["OLD"] == "too_few_returns"


def test_value_at_risk_by_hand():
    """Half in KO: of 21 days the second worst is a loss of 4 %, so VaR 95 % is 2 % of value, all of it from KO."""
    days = returns_table(KO=[-0.1, -0.04, *(0.01 * day for day in range(19))])
    book = held_table(("A", "KO", None, 0.5))

    tail = account_risk_table(book, days, DAYS).to_pylist()[0]
    (position,) = position_risk_table(book, days, DAYS).to_pylist()

    assert (tail["method"], tail["confidence_pct"], tail["day_count"]) == ("historical_simulation", 95.0, 21)
    assert tail["value_at_risk_pct"] == pytest.approx(2.0, rel=1e-12)
    assert tail["expected_shortfall_pct"] == pytest.approx((5.0 + 0.05 * 2.0) / 1.05, rel=1e-12)
    assert position["historical_component_95_pct"] == pytest.approx(2.0, rel=1e-12)
    assert position["historical_marginal_95"] == pytest.approx(0.04, rel=1e-12)


def test_nobody_depends_on_who_is_measured_with_them(monkeypatch):
    """Alone, with the returns of what it holds, an account has the same bits as among others who know more days."""
    chance = np.random.default_rng(5)
    daily, weekly = ([f"{kind}{number:02}" for number in range(20)] for kind in ("D", "W"))
    series = {name: list(chance.normal(0, 0.02, len(DAYS))) for name in daily}
    series |= {name: list(chance.normal(0, 0.02, len(DAYS) // 2)) for name in weekly}
    books = {
        f"A{number}": [
            (f"A{number}", str(name), names[0], float(chance.normal(0.2, 0.3)))
            for name in sorted(chance.choice(names[1:], 12, replace=False))
        ]
        for number, names in enumerate([daily, weekly] * 5)
    }
    together = held_table(*(row for rows in books.values() for row in rows)), returns_table(**series), DAYS
    monkeypatch.setattr(held, "ACCOUNTS_AT_ONCE", 4)

    for account, rows in books.items():
        known = {name: series[name] for name in (rows[0][2], *(symbol for _account, symbol, *_ in rows))}
        for measure in (account_risk_table, position_risk_table):
            of_all = measure(*together)
            assert measure(held_table(*rows), returns_table(**known), DAYS) == of_all.filter(
                pc.equal(of_all["account_id"], account)
            )
