"""Risk of one account. A section is a function of the books and the account: add it to ``SECTIONS``."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final

import pandas as pd
import streamlit as st

from dashboard import charts, session, tables, words
from dashboard.books import Books
from dashboard.frame import NO_VALUE_YET, chosen_account, opened
from dashboard.queries import account, risk
from flows.plain import counted
from measures import MEANING, Reason

currency_of = session.remembered(account.currency)
last_day_of = session.remembered(account.last_day)
volatility_of = session.remembered(risk.volatility)
underwater_of = session.remembered(risk.underwater)
episodes_of = session.remembered(risk.drawdown_episodes)
ratios_of = session.remembered(risk.ratios)
tails_of = session.remembered(risk.tails)
exceptions_of = session.remembered(risk.exceptions)
backtest_of = session.remembered(risk.backtest)
returns_of = session.remembered(risk.daily_returns)


RATIOS: Final = {
    "cumulative_return_pct": ("Return", words.percent),
    "annualized_return_pct": ("Return a year", words.percent),
    "annualized_volatility_pct": ("Volatility a year", words.unsigned_percent),
    "downside_deviation_pct": ("Downside deviation a year", words.unsigned_percent),
    "max_drawdown_pct": ("Deepest drawdown", words.unsigned_percent),
    "sharpe_ratio": ("Sharpe ratio", words.money),
    "sortino_ratio": ("Sortino ratio", words.money),
    "calmar_ratio": ("Calmar ratio", words.money),
    "omega_ratio": ("Omega ratio", words.money),
    "skewness": ("Skewness", words.money),
    "excess_kurtosis": ("Excess kurtosis", words.money),
    "hit_rate_pct": ("Days with a gain", words.unsigned_percent),
    "best_day_pct": ("Best day", words.percent),
    "worst_day_pct": ("Worst day", words.percent),
}
AGAINST_BENCHMARK: Final = {
    "beta": ("Beta", words.money),
    "alpha_pct": ("Alpha a year", words.percent),
    "tracking_error_pct": ("Tracking error", words.unsigned_percent),
    "information_ratio": ("Information ratio", words.money),
    "up_capture_ratio": ("Up capture", words.money),
    "down_capture_ratio": ("Down capture", words.money),
}


def show_ratios(books: Books, account_id: str) -> None:
    """What the last day's windows say."""
    latest = ratios_of(books, account_id)
    st.subheader("Return and risk", anchor=False)
    if latest["return_count"].isna().all():
        st.caption("There is no daily return yet.")
        return
    has_benchmark = latest[list(AGAINST_BENCHMARK)].notna().any(axis=None)
    rows = RATIOS | AGAINST_BENCHMARK if has_benchmark else RATIOS
    written = pd.DataFrame(
        {
            "measure": [label for label, _write in rows.values()],
            **{
                window: [write(latest[column][window]) for column, (_label, write) in rows.items()]
                for window in risk.WINDOWS
            },
        }
    )
    headings = {window: tables.right(label) for window, label in risk.WINDOWS.items()}
    tables.show(written, {"measure": tables.pinned("Measure")} | headings, key="ratios", rows_shown=len(rows))
    st.caption(
        f"On {words.day(latest['value_date'].dropna().iloc[-1])}, of values in {currency_of(books, account_id)}; "
        "days are those with a return, and days with a gain are counted among those that moved."
    )
    reasons = _reasons(latest, list(rows))
    if reasons:
        st.caption(f"Where a figure is missing: {' '.join(reasons)}")


def _reasons(latest: pd.DataFrame, columns: list[str]) -> list[str]:
    """Why figures are missing, in sentences, each once."""
    told = [json.loads(text) for text in latest["reasons"].dropna()]
    codes = dict.fromkeys(reasons[column] for reasons in told for column in columns if column in reasons)
    return [MEANING[Reason(code)] for code in codes]


def show_value_at_risk(books: Books, account_id: str) -> None:
    """What a bad day may cost, by method, and on which days it cost more."""
    latest = tails_of(books, account_id)
    st.subheader("Value at risk, one day", anchor=False)
    if latest["var_95_pct"].isna().all():
        st.caption("It begins with the 30th daily return.")
        return
    tables.show(
        latest.assign(method=latest["method"].map(risk.METHODS)),
        {
            "method": tables.pinned("Method"),
            "var_95_pct": tables.percent("VaR 95 %"),
            "es_95_pct": tables.percent("ES 95 %"),
            "var_99_pct": tables.percent("VaR 99 %"),
            "es_99_pct": tables.percent("ES 99 %"),
        },
        key="tails",
    )
    count = counted(int(latest["return_count"].iloc[0]), "day")
    st.caption(f"In percent of value, from the last {count} with a return. ES is the mean loss beyond the VaR.")
    _show_exceptions(books, account_id)


def _show_exceptions(books: Books, account_id: str) -> None:
    method = st.segmented_control(
        "Method", list(risk.METHODS), default="historical", format_func=risk.METHODS.__getitem__, required=True,
        key="var-method", persist_state="session",
    )  # fmt: skip
    charts.show(
        charts.exceptions(exceptions_of(books, account_id, method)),
        "exceptions",
        "Chart: daily returns and the value at risk of the day before",
    )
    tests = backtest_of(books, account_id)
    row = tests[(tests["method"] == method) & (tests["confidence_pct"] == ASKED_CONFIDENCE_PCT)].iloc[0]
    exceeded, expected = counted(int(row["exception_count"]), "day"), f"{row['expected_exception_count']:.1f}"
    st.caption(
        f"In twelve months the loss was above the 95 % value at risk on {exceeded}; {expected} were to be expected. "
        f"{_verdict(row)}"
    )


ASKED_CONFIDENCE_PCT: Final = 95
UNLIKELY: Final = 0.05


def _verdict(row: pd.Series[Any]) -> str:
    """What Kupiec and Christoffersen say, in a sentence."""
    number, order = row["kupiec_p_value"], row["independence_p_value"]
    if words.is_missing(number):
        return "That is too little to test."
    count = "Their number is unlikely for a good forecast" if number < UNLIKELY else "Their number is as it should be"
    if words.is_missing(order):
        return f"{count} (Kupiec, p = {number:.3f})."
    runs = "they come in runs" if order < UNLIKELY else "they come one by one"
    return f"{count} (Kupiec, p = {number:.3f}); {runs} (Christoffersen, p = {order:.3f})."


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
    charts.show(charts.volatility(days), "volatility", "Chart: rolling volatility, day by day")


def show_drawdowns(books: Books, account_id: str) -> None:
    """The way down and back up, and the deepest ones by date."""
    st.subheader("Drawdowns", anchor=False)
    charts.show(charts.underwater(underwater_of(books, account_id)), "underwater", "Chart: drawdown, day by day")
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
            "length_days": tables.count("Days"),
        },
        key="episodes",
    )
    st.caption("Calendar days from the peak. Without a recovery it goes on; without a peak it began on the first day.")


def show_distribution(books: Books, account_id: str) -> None:
    """How often which daily return came."""
    returns = returns_of(books, account_id)
    st.subheader("Daily returns", anchor=False)
    if returns.empty:
        st.caption("There is no daily return yet.")
        return
    mean = words.percent(returns["daily_return_pct"].mean())
    st.caption(f"{counted(len(returns), 'day')}, {mean} on average. {_gains(returns['daily_return_pct'])}")
    charts.show(charts.distribution(returns), "distribution", "Chart: how often which daily return came")


def _gains(returns: pd.Series[Any]) -> str:
    """The share of gains, of the days that the hit rate above counts."""
    moved = returns[returns != 0]
    if moved.empty:
        return "None of them moved."
    return f"{len(moved):,} of them moved, {words.unsigned_percent(100 * (moved > 0).mean())} of these with a gain."


def show_best_and_worst(books: Books, account_id: str) -> None:
    """The days that stand out."""
    returns = returns_of(books, account_id)
    columns = {"value_date": tables.day("Day"), "return": tables.right("Return")}
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Best days", anchor=False)
        tables.show(_written(risk.best_days(returns)), columns, key="best-days")
    with right:
        st.subheader("Worst days", anchor=False)
        tables.show(_written(risk.worst_days(returns)), columns, key="worst-days")


def _written(days: pd.DataFrame) -> pd.DataFrame:
    """A day without a change has no sign, which a column of numbers would give it."""
    return days.assign(**{"return": days["daily_return_pct"].map(words.percent)})


SECTIONS: Final[tuple[Callable[[Books, str], None], ...]] = (
    show_ratios,
    show_value_at_risk,
    show_volatility,
    show_drawdowns,
    show_distribution,
    show_best_and_worst,
)


def show_page() -> None:
    """All sections of the chosen account."""
    books = opened("Risk")
    account_id = chosen_account(books)
    if last_day_of(books, account_id) is None:
        st.info(NO_VALUE_YET)
        return
    for show_section in SECTIONS:
        show_section(books, account_id)


show_page()
