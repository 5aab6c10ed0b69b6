"""What is expected of the tables of risk and of periods: figures finite, a reason wherever there is none."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from expectations.rules import (
    WARNING,
    Suite,
    agrees,
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

RISK_KEY: Final = ("account_id", "value_date", "risk_window")
TAIL_KEY: Final = ("account_id", "value_date", "method")
PERIOD_KEY: Final = ("account_id", "period", "period_start")
BACKTEST_KEY: Final = ("account_id", "month_start", "method", "confidence_pct")
EPISODE_KEY: Final = ("account_id", "first_date")
INDEX_KEY: Final = ("symbol", "value_date")

WINDOWS: Final = ("30D", "90D", "252D", "INCEPTION")
METHODS: Final = ("historical", "normal", "cornish_fisher", "ewma", "monte_carlo")
PERIODS: Final = ("MONTH", "QUARTER", "YEAR", "INCEPTION")

RISK_FIGURES: Final = (
    "cumulative_return_pct", "annualized_return_pct", "annualized_volatility_pct", "downside_deviation_pct",
    "hit_rate_pct", "best_day_pct", "worst_day_pct", "max_drawdown_pct", "current_drawdown_pct", "alpha_pct",
    "tracking_error_pct", "sharpe_ratio", "sortino_ratio", "calmar_ratio", "omega_ratio", "skewness",
    "excess_kurtosis", "beta", "information_ratio", "up_capture_ratio", "down_capture_ratio",
)  # fmt: skip
TAIL_FIGURES: Final = ("var_95_pct", "es_95_pct", "var_99_pct", "es_99_pct")
BRIDGE: Final = ("net_deposits", "realized_pnl", "unrealized_pnl_change", "income", "fees", "taxes")
TESTS: Final = ("kupiec", "independence", "conditional_coverage")


def risk_daily() -> Suite:
    """Ratios are finite; one that has no value has its reason."""
    return Suite(
        "risk_daily",
        RISK_KEY,
        (
            columns_present((*RISK_KEY, "return_count", *RISK_FIGURES, "reasons")),
            unique(*RISK_KEY),
            *given(*RISK_KEY, "return_count"),
            one_of("risk_window", WINDOWS),
            *not_negative("return_count", "annualized_volatility_pct", "downside_deviation_pct", "tracking_error_pct"),
            between("hit_rate_pct", 0, 100),
            not_before("best_day_pct", "worst_day_pct"),
            not_before("current_drawdown_pct", "max_drawdown_pct"),
            holds("figures_are_finite", "every figure is a number or missing"),
            holds("reasons_are_given", "reasons are stated if and only if a figure is missing"),
            between("annualized_volatility_pct", 0, 200, severity=WARNING),
        ),
        {"figures_are_finite": without_infinity(RISK_FIGURES), "reasons_are_given": _reasons_are_given},
    )


def value_at_risk_daily() -> Suite:
    """Both figures of a confidence or a reason; the tail is worse than its edge, and 99 % worse than 95 %."""
    return Suite(
        "value_at_risk_daily",
        TAIL_KEY,
        (
            columns_present((*TAIL_KEY, "return_count", *TAIL_FIGURES, "reason")),
            unique(*TAIL_KEY),
            *given(*TAIL_KEY, "return_count"),
            one_of("method", METHODS),
            between("return_count", 0, 252),
            holds("figures_are_finite", "every figure is a number or missing"),
            holds("reason_is_given", "the reason is stated if and only if a figure is missing"),
            holds("tail_is_worse", "historical, normal and drawn: es >= var, and at 99 % no less than at 95 %"),
            between("var_99_pct", -1, 50, severity=WARNING),
        ),
        {
            "figures_are_finite": without_infinity(TAIL_FIGURES),
            "reason_is_given": lambda rows: (
                rows[list(TAIL_FIGURES)].isna().any(axis="columns") == rows["reason"].notna()
            ),
            "tail_is_worse": _tail_is_worse,
        },
    )


def value_at_risk_backtest() -> Suite:
    """No more exceptions than days, and a p-value is a probability."""
    return Suite(
        "value_at_risk_backtest",
        BACKTEST_KEY,
        (
            columns_present((*BACKTEST_KEY, "day_count", "exception_count")),
            unique(*BACKTEST_KEY),
            *given(*BACKTEST_KEY, "day_count", "exception_count"),
            one_of("method", METHODS),
            *not_negative("exception_count", *(f"{test}_statistic" for test in TESTS)),
            not_before("day_count", "exception_count"),
            *(between(f"{test}_p_value", 0, 1) for test in TESTS),
            between("kupiec_p_value", 0.001, 1, severity=WARNING),
        ),
    )


def drawdown_episodes() -> Suite:
    """A way down and, if it came to that, back up."""
    return Suite(
        "drawdown_episodes",
        EPISODE_KEY,
        (
            columns_present((*EPISODE_KEY, "peak_date", "trough_date", "recovery_date", "depth_pct", "length_days")),
            unique(*EPISODE_KEY),
            *given(*EPISODE_KEY, "trough_date", "depth_pct", "length_days", "below_day_count"),
            not_before("first_date", "peak_date"),
            not_before("trough_date", "first_date"),
            not_before("recovery_date", "trough_date"),
            between("depth_pct", most=0, is_below=True),
            *not_negative("length_days"),
            between("below_day_count", 1),
        ),
    )


def period_returns() -> Suite:
    """The amounts foot, and what has no return says why."""
    returns = ("return_pct", "annualized_return_pct", "modified_dietz_pct", "xirr_pct")
    return Suite(
        "period_returns",
        PERIOD_KEY,
        (
            columns_present((*PERIOD_KEY, "closing_date", "start_value", *BRIDGE, "end_value", *returns)),
            unique(*PERIOD_KEY),
            *given(*PERIOD_KEY, "closing_date", "start_value", *BRIDGE, "end_value", "xirr_status"),
            one_of("period", PERIODS),
            not_before("closing_date", "period_start"),
            holds("figures_are_finite", "every figure is a number or missing"),
            holds("bridge_foots", "start + deposits + realized + unrealized + income - fees - taxes = end"),
            holds("reason_is_given", "the reason is stated if and only if the return is missing"),
        ),
        {
            "figures_are_finite": without_infinity(returns),
            "bridge_foots": _bridge_foots,
            "reason_is_given": lambda rows: rows["return_pct"].isna() == rows["return_reason"].notna(),
        },
    )


def _reasons_are_given(rows: pd.DataFrame) -> pd.Series:
    return rows[list(RISK_FIGURES)].isna().any(axis="columns") == rows["reasons"].notna()


def _tail_is_worse(rows: pd.DataFrame) -> pd.Series:
    """Cornish-Fisher outside its range may break it, and says so in its own column."""
    is_ordered = (
        (rows["es_95_pct"] >= rows["var_95_pct"])
        & (rows["es_99_pct"] >= rows["var_99_pct"])
        & (rows["var_99_pct"] >= rows["var_95_pct"])
    )
    return is_ordered | rows["var_95_pct"].isna() | (rows["method"] == "cornish_fisher")


def _bridge_foots(rows: pd.DataFrame) -> pd.Series:
    earned = rows["net_deposits"] + rows["realized_pnl"] + rows["unrealized_pnl_change"] + rows["income"]
    return agrees(rows["start_value"] + earned - rows["fees"] - rows["taxes"], rows["end_value"])


def index_returns() -> Suite:
    """What accounts are measured against."""
    return Suite(
        "index_returns",
        INDEX_KEY,
        (
            columns_present((*INDEX_KEY, "daily_return_pct", "is_of_one_day")),
            unique(*INDEX_KEY),
            *given(*INDEX_KEY, "daily_return_pct", "is_of_one_day"),
            *finite("daily_return_pct"),
            between("daily_return_pct", -50, 50, severity=WARNING),
        ),
    )


RISK: Final[dict[str, Callable[[], Suite]]] = {
    "index_returns": index_returns,
    "risk_daily": risk_daily,
    "value_at_risk_daily": value_at_risk_daily,
    "value_at_risk_backtest": value_at_risk_backtest,
    "drawdown_episodes": drawdown_episodes,
    "period_returns": period_returns,
}
