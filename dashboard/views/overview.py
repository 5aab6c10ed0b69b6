"""The whole book at a glance."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, session, tables, tiles, words
from dashboard.books import Books
from dashboard.frame import opened
from dashboard.queries import overview
from dashboard.tiles import Tile
from flows.plain import counted

currencies = session.remembered(overview.currencies)
book_days = session.remembered(overview.book_days)
accounts = session.remembered(overview.accounts)
account_counts = session.remembered(overview.account_counts)


def show_page() -> None:
    """Figures, the chart of the value, the accounts."""
    books = opened("Book")
    currency = _chosen_currency(currencies(books))
    days = book_days(books, currency)
    if days.empty:
        st.info("No account has a value yet: that takes an account with events and a price. Bring them in and refresh.")
        return
    _show_figures(days, currency)
    st.subheader("Value of the book", anchor=False)
    charts.show(
        charts.values_and_deposits(days), "book-value", "Chart: total value of the book and net deposits, day by day"
    )
    _show_accounts(books, currency)


def _chosen_currency(offered: list[str]) -> str:
    """Amounts of different currencies are never added up."""
    if len(offered) > 1:
        return st.selectbox("Currency", offered, key="currency")
    return offered[0] if offered else ""


def _show_figures(days: pd.DataFrame, currency: str) -> None:
    last = days.iloc[-1]
    tiles.show(
        "book",
        Tile("Total value", words.money(last["total_value"]), f"{currency}, {words.day(last['value_date'])}"),
        Tile("P&L of the day", words.signed_money(last["total_pnl"]), words.percent(last["daily_return_pct"])),
        Tile("Return", words.percent(last["cumulative_return_pct"]), f"since {words.day(days['value_date'].iloc[0])}"),
        Tile(
            "Drawdown",
            words.unsigned_percent(last["drawdown_pct"]),
            f"deepest {words.unsigned_percent(days['drawdown_pct'].min())}",
        ),
    )


def _show_accounts(books: Books, currency: str) -> None:
    listed = accounts(books, currency)
    counts = account_counts(books, currency)
    st.subheader("Accounts", anchor=False)
    tables.show(
        listed,
        {
            "account_id": tables.pinned("Account"),
            "name": tables.text("Name", width=tables.NAME_WIDTH),
            "total_value": tables.money("Value"),
            "total_pnl": tables.signed_money("P&L of the day"),
            "trend": tables.trend(f"Last {overview.TREND_DAYS} days"),
            "cumulative_return_pct": tables.signed_percent("Return"),
            "drawdown_pct": tables.percent("Drawdown"),
            "max_drawdown_pct": tables.percent("Deepest"),
            "annualized_volatility_pct": tables.percent("Volatility"),
            "lot_method": tables.text("Lots"),
        },
        key="accounts",
    )
    if counts.valued > len(listed):
        st.caption(f"The {len(listed):,} largest of {counted(counts.valued, 'account')}; `navlog query` has them all.")
    if counts.without_value:
        st.caption(f"Without a value yet: {counted(counts.without_value, 'account')}.")


show_page()
