"""What is expected of the metric tables: every number finite, NULL exactly where the definitions say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from expectations.rules import (
    NUMBER_MAX,
    WARNING,
    Suite,
    between,
    columns_present,
    finite,
    flags,
    given,
    holds,
    not_before,
    not_negative,
    unique,
)

ACCOUNT_KEY: Final = ("account_id", "value_date")
VOLATILITY_WINDOW: Final = 30
"""Defined returns before the first volatility (docs: rolling 30, NULL before the 30th)."""


def daily_returns() -> Suite:
    """A return is NULL on the days on which it would be meaningless, and only then."""
    returns = ("daily_return_pct", "daily_return_flows_start_pct", "daily_return_flows_end_pct")
    return Suite(
        "daily_returns",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *returns, "is_meaningful")),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY),
            *flags("is_meaningful"),
            *finite(*returns),
            holds("is_meaningful_agrees", "daily_return_pct is stated if and only if is_meaningful"),
            between("daily_return_pct", -50, 50, severity=WARNING),
        ),
        {"is_meaningful_agrees": lambda rows: rows["daily_return_pct"].notna() == rows["is_meaningful"]},
    )


def cumulative_returns() -> Suite:
    """The chain goes on over meaningless days, so it is never NULL."""
    returns = ("cumulative_return_pct", "cumulative_return_flows_start_pct", "cumulative_return_flows_end_pct")
    return Suite(
        "cumulative_returns",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *returns)),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY, *returns),
            *finite(*returns),
            between("cumulative_return_pct", -100, 10_000, severity=WARNING),
        ),
    )


def drawdown() -> Suite:
    """Never above zero; the worst so far is at least as deep as today's."""
    depths = ("drawdown_pct", "max_drawdown_pct")
    return Suite(
        "drawdown",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *depths, "peak_date", "trough_date", "recovery_date")),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY, *depths),
            *(between(depth, -NUMBER_MAX, 0) for depth in depths),
            not_before("drawdown_pct", "max_drawdown_pct"),
            not_before("trough_date", "peak_date"),
            not_before("recovery_date", "trough_date"),
            between("max_drawdown_pct", -100, 0, severity=WARNING),
        ),
    )


def rolling_volatility() -> Suite:
    """NULL before the window is full, never negative."""
    return Suite(
        "rolling_volatility",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, "annualized_volatility_pct", "return_count")),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY, "return_count"),
            *not_negative("annualized_volatility_pct", "return_count"),
            holds("window_agrees", f"volatility is stated if and only if return_count >= {VOLATILITY_WINDOW}"),
            between("annualized_volatility_pct", 0, 200, severity=WARNING),
        ),
        {"window_agrees": _window_agrees},
    )


def _window_agrees(rows: pd.DataFrame) -> pd.Series:
    return rows["annualized_volatility_pct"].notna() == (rows["return_count"] >= VOLATILITY_WINDOW)


METRICS: Final[dict[str, Callable[[], Suite]]] = {
    "daily_returns": daily_returns,
    "cumulative_returns": cumulative_returns,
    "drawdown": drawdown,
    "rolling_volatility": rolling_volatility,
}
