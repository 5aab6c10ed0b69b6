"""Risk of one account. A section is a function of the books and the account: add it to ``SECTIONS``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import streamlit as st

from dashboard import charts, session, tables, words
from dashboard.books import Books
from dashboard.frame import chosen_account, opened
from dashboard.queries import risk

volatility_of = session.remembered(risk.volatility)
underwater_of = session.remembered(risk.underwater)
episodes_of = session.remembered(risk.drawdown_episodes)
returns_of = session.remembered(risk.daily_returns)


def show_volatility(books: Books, account_id: str) -> None:
    """How much the daily returns of the last 30 days swing."""
    days = volatility_of(books, account_id)
    st.subheader("Rolling volatility", anchor=False)
    if days.empty:
        st.caption("It begins with the 30th daily return.")
        return
    st.caption(
        f"{words.unsigned_percent(days['annualized_volatility_pct'].iloc[-1])} a year on "
        f"{words.day(days['value_date'].iloc[-1])}: deviation of the last 30 daily returns x √252."
    )
    charts.show(charts.volatility(days), "volatility")


def show_drawdowns(books: Books, account_id: str) -> None:
    """The way down and back up, and the deepest ones by date."""
    st.subheader("Drawdowns", anchor=False)
    charts.show(charts.underwater(underwater_of(books, account_id)), "underwater")
    episodes = episodes_of(books, account_id)
    if episodes.empty:
        st.caption("The account has never been below its highest point.")
        return
    tables.show(
        episodes,
        {
            "depth_pct": tables.percent("Depth"),
            "peak_date": tables.day("Peak"),
            "trough_date": tables.day("Trough"),
            "recovery_date": tables.day("Recovered"),
            "days_below": tables.count("Days below"),
        },
        key="episodes",
    )
    st.caption("Days are valuation days. Without a recovery it goes on; without a peak it began on the first day.")


def show_distribution(books: Books, account_id: str) -> None:
    """How often which daily return came."""
    returns = returns_of(books, account_id)
    st.subheader("Daily returns", anchor=False)
    if returns.empty:
        st.caption("There is no daily return yet.")
        return
    is_gain = returns["daily_return_pct"] > 0
    st.caption(
        f"{words.counted(len(returns), 'day')}, {is_gain.mean():.0%} of them with a gain; "
        f"{words.percent(returns['daily_return_pct'].mean())} on average."
    )
    charts.show(charts.distribution(returns), "distribution")


def show_best_and_worst(books: Books, account_id: str) -> None:
    """The days that stand out."""
    returns = returns_of(books, account_id)
    columns = {"value_date": tables.day("Day"), "daily_return_pct": tables.signed_percent("Return")}
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Best days", anchor=False)
        tables.show(risk.best_days(returns), columns, key="best-days")
    with right:
        st.subheader("Worst days", anchor=False)
        tables.show(risk.worst_days(returns), columns, key="worst-days")


SECTIONS: Final[tuple[Callable[[Books, str], None], ...]] = (
    show_volatility,
    show_drawdowns,
    show_distribution,
    show_best_and_worst,
)


def show_page() -> None:
    """All sections of the chosen account."""
    books = opened("Risk")
    account_id = chosen_account(books)
    for show_section in SECTIONS:
        show_section(books, account_id)


show_page()
