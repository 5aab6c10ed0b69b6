"""What is expected of the metric tables: every number finite, NULL exactly where the definitions say so."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from expectations.rules import (
    WARNING,
    Suite,
    between,
    columns_present,
    finite,
    given,
    holds,
    not_before,
    not_negative,
    one_of,
    unique,
    without_infinity,
)

ACCOUNT_KEY: Final = ("account_id", "value_date")
ALL_LOST_PCT: Final = -100
"""No chained return and no drawdown is below it (docs/decisions/0029)."""
VOLATILITY_WINDOW: Final = 30
"""Defined returns before the first volatility (docs: rolling 30, NULL before the 30th)."""
WINDOW_DAYS: Final = 252
"""Returns at most in a simulation of holdings."""


def daily_returns() -> Suite:
    """A return is NULL on the days on which it would be meaningless, and only then."""
    returns = ("daily_return_pct", "daily_return_flows_start_pct", "daily_return_flows_end_pct")
    return Suite(
        "daily_returns",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *returns, "is_meaningful")),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY, "is_meaningful"),
            *finite(*returns),
            holds("is_meaningful_agrees", "daily_return_pct is stated if and only if is_meaningful"),
            between("daily_return_pct", -50, 50, severity=WARNING),
        ),
        {"is_meaningful_agrees": lambda rows: rows["daily_return_pct"].notna() == rows["is_meaningful"]},
    )


def cumulative_returns() -> Suite:
    """The chain goes on over meaningless days; NULL alone where growth is beyond a double (docs/decisions/0029)."""
    returns = ("cumulative_return_pct", "cumulative_return_flows_start_pct", "cumulative_return_flows_end_pct")
    return Suite(
        "cumulative_returns",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *returns)),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY),
            holds("returns_are_finite", "every return is a number, or missing where it is beyond one"),
            holds("nothing_more_is_lost", "no return is below -100 %"),
            between("cumulative_return_pct", ALL_LOST_PCT, 10_000, severity=WARNING),
        ),
        {
            "returns_are_finite": without_infinity(returns),
            "nothing_more_is_lost": lambda rows: ~(rows[list(returns)] < ALL_LOST_PCT).any(axis="columns"),
        },
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
            *(between(depth, ALL_LOST_PCT, 0) for depth in depths),
            not_before("drawdown_pct", "max_drawdown_pct"),
            not_before("trough_date", "peak_date"),
            not_before("recovery_date", "trough_date"),
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


def holdings_risk() -> Suite:
    """Every position of the last valuation day has its parts of the VaR, or a reason why not."""
    parts = tuple(
        f"{method}_{part}"
        for method in ("historical", "normal")
        for part in ("marginal_95", "component_95_pct", "marginal_99", "component_99_pct")
    )
    key, amounts = ("account_id", "symbol"), ("market_value", "weight_pct", "beta")
    return Suite(
        "holdings_risk",
        key,
        (
            columns_present((*key, "value_date", *amounts, "beta_reason", *parts, "reason")),
            unique(*key),
            *given(*key, "value_date", "market_value"),
            *finite(*amounts, *parts),
            holds("reason_agrees", "the parts are stated if and only if there is no reason why not"),
            holds("beta_reason_agrees", "beta is stated if and only if there is no reason why not"),
            between("beta", -10, 10, severity=WARNING),
        ),
        {
            "reason_agrees": lambda rows: (rows[list(parts)].notna().all(axis=1)) == rows["reason"].isna(),
            "beta_reason_agrees": lambda rows: rows["beta"].notna() == rows["beta_reason"].isna(),
        },
    )


def holdings_value_at_risk() -> Suite:
    """VaR and expected shortfall of every account and method; the mean of the worst days is no better than VaR."""
    key = ("account_id", "method", "confidence_pct")
    risks = ("value_at_risk_pct", "expected_shortfall_pct")
    return Suite(
        "holdings_value_at_risk",
        key,
        (
            columns_present((*key, "value_date", *risks, "day_count", "reason")),
            unique(*key),
            *given(*key, "value_date", "day_count"),
            one_of("method", ("historical_simulation", "normal")),
            *finite(*risks),
            between("day_count", 0, WINDOW_DAYS),
            holds("reason_agrees", "VaR is stated if and only if there is no reason why not"),
            holds("shortfall_agrees", "expected shortfall is at least as great as VaR"),
            between("value_at_risk_pct", -10, 100, severity=WARNING),
        ),
        {
            "reason_agrees": lambda rows: rows["value_at_risk_pct"].notna() == rows["reason"].isna(),
            "shortfall_agrees": _shortfall_agrees,
        },
    )


def _shortfall_agrees(rows: pd.DataFrame) -> pd.Series:
    value, shortfall = rows["value_at_risk_pct"], rows["expected_shortfall_pct"]
    return (shortfall >= value - 1e-9 * value.abs().clip(lower=1.0)) | (value.isna() & shortfall.isna())


def stress_scenarios() -> Suite:
    """Scenarios as somebody has written them: a name for a symbol or sector, none for the market."""
    key = ("scenario", "applies_to", "name")
    return Suite(
        "stress_scenarios",
        key,
        (
            columns_present((*key, "shock_pct")),
            unique(*key),
            *given("scenario", "applies_to", "shock_pct"),
            one_of("applies_to", ("SYMBOL", "SECTOR", "MARKET")),
            between("shock_pct", -100),
            holds("is_named", "a shock of a symbol or sector names it, one of the market names nothing"),
        ),
        {"is_named": lambda rows: rows["name"].notna() == (rows["applies_to"] != "MARKET")},
    )


METRICS: Final[dict[str, Callable[[], Suite]]] = {
    "daily_returns": daily_returns,
    "cumulative_returns": cumulative_returns,
    "drawdown": drawdown,
    "rolling_volatility": rolling_volatility,
    "holdings_risk": holdings_risk,
    "holdings_value_at_risk": holdings_value_at_risk,
    "stress_scenarios": stress_scenarios,
}
