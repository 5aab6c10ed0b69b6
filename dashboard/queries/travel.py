"""Time travel: figures of an account as two published states have them."""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd

from dashboard.books import Books, Row

FIGURES: Final = {
    "total_value": "Total value",
    "cash_balance": "Cash",
    "positions_value": "Positions",
    "net_deposits": "Net deposits",
    "realized_pnl": "Realized P&L",
    "unrealized_pnl": "Unrealized P&L",
    "income": "Income",
    "fees": "Fees",
    "taxes": "Taxes",
    "cumulative_return_pct": "Cumulative return",
    "max_drawdown_pct": "Maximum drawdown",
    "annualized_volatility_pct": "Volatility, 30 days",
}
"""Columns that are compared, and what people call them."""

_FIGURES: Final = f"""
    select value_date, {", ".join(FIGURES)}
    from main_facts.fact_portfolio_value_daily
    inner join main_metrics.cumulative_returns using (account_id, value_date)
    inner join main_metrics.drawdown using (account_id, value_date)
    inner join main_metrics.rolling_volatility using (account_id, value_date)
    where account_id = $account_id and value_date = $day
"""

_VALUES: Final = """
    select value_date, total_value
    from main_facts.fact_portfolio_value_daily
    where account_id = $account_id
    order by value_date
"""


def figures(books: Books, account_id: str, day: date) -> Row | None:
    """An account's figures of a valuation day, None if these books have none."""
    rows = books.rows(_FIGURES, account_id=account_id, day=day)
    return rows[0] if rows else None


def values(books: Books, account_id: str) -> pd.DataFrame:
    """An account's total value on every valuation day."""
    return books.frame(_VALUES, account_id=account_id)


def restated_values(then: pd.DataFrame, now: pd.DataFrame) -> pd.DataFrame:
    """The days whose total value differs in the books of now; days that were still to come are left out."""
    both = then.merge(now, how="left", on="value_date", suffixes=("_then", "_now"))
    both = both.assign(difference=both["total_value_now"] - both["total_value_then"])
    return both[both["difference"] != 0].reset_index(drop=True)
