"""Every measure of many windows. Panels are laid and summed up some rows at a time, so that memory stays small.

``moment_columns``, ``moment_tails`` and ``pair_columns`` serve all of history as well: from ``Sums.moments`` and
``PairSums.pairs``.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.benchmark import Pairs
from measures.measured import Column, Integers, Measured, Panel, quiet, stacked
from measures.moments import Moments, moments_of
from measures.panels import Windows, common_days, is_defined
from measures.value_at_risk import CONFIDENCES, TailRisk

MONTE_CARLO_SEED = 20_240_102


def window_columns(
    own: Windows,
    market: Windows | None = None,
    days: Column | Integers | None = None,
    risk_free: Windows | None = None,
    returns_least: int = 2,
) -> dict[str, Measured]:
    """All measures of the windows (at least one) by name; those against a benchmark only if there is one.

    With the calendar ``days`` that each window covers come the annualised return and Calmar. ``risk_free`` are windows
    of daily risk-free returns: their mean over the window's returns is the rate of the Sharpe ratio, that over the days
    in common with the benchmark the rate of alpha. ``returns_least`` is how many returns a window must hold for ratios.
    """
    moments: list[Moments] = []
    pairs: list[Pairs] = []
    rates: list[Column] = []
    pair_rates: list[Column] = []
    parts: list[dict[str, Measured]] = []
    for rows in own.slices():
        panel = own.panel(rows)
        moments.append(moments_of(panel))
        parts.append(path_columns(panel))
        daily_risk_free = None if risk_free is None else risk_free.panel(rows)
        rates.append(_mean_rate(panel, daily_risk_free))
        if market is not None:
            beside = market.panel(rows)
            pairs.append(benchmark.pairs_of(panel, beside))
            pair_rates.append(_mean_rate(common_days(panel, beside)[0], daily_risk_free))
    columns = {name: stacked([part[name] for part in parts]) for name in parts[0]}
    columns |= moment_columns(stacked(moments), np.concatenate(rates), returns_least)
    if days is not None:
        columns |= yearly_columns(columns["cumulative_return"], columns["max_drawdown"], days)
    if pairs:
        columns |= pair_columns(stacked(pairs), np.concatenate(pair_rates))
    return columns


def window_tails(own: Windows, returns_least: int = 2, monte_carlo_seed: int = MONTE_CARLO_SEED) -> list[TailRisk]:
    """VaR and ES of the windows (at least one), by every method and at every confidence."""
    moments: list[Moments] = []
    parts: list[list[TailRisk]] = []
    for rows in own.slices():
        panel = own.panel(rows)
        moments.append(moments_of(panel))
        parts.append(path_tails(panel, returns_least))
    tails = [_stacked_tail(list(tail)) for tail in zip(*parts, strict=True)]
    return tails + moment_tails(stacked(moments), returns_least, monte_carlo_seed)


def path_columns(panel: Panel) -> dict[str, Measured]:
    """The measures for which the order of the returns matters."""
    deepest, current = drawdowns.max_and_current_drawdown(panel)
    return {"cumulative_return": returns.cumulative(panel), "max_drawdown": deepest, "current_drawdown": current}


def path_tails(panel: Panel, returns_least: int = 2) -> list[TailRisk]:
    """VaR and ES by the methods that need every return of a window."""
    rows, forecast = value_at_risk.ordered(panel), value_at_risk.ewma_deviation(panel)
    tails = [value_at_risk.historical(rows, confidence, returns_least) for confidence in CONFIDENCES]
    return tails + [value_at_risk.ewma(forecast, confidence) for confidence in CONFIDENCES]


def moment_columns(
    moments: Moments, daily_risk_free: float | Column = 0.0, returns_least: int = 2
) -> dict[str, Measured]:
    """What follows from the moments of a window or of all history, taken with target 0."""
    return {
        "volatility": ratios.volatility(moments, returns_least=returns_least),
        "downside_deviation": ratios.downside_deviation(moments, returns_least=returns_least),
        "sharpe": ratios.sharpe(moments, daily_risk_free, returns_least=returns_least),
        "sortino": ratios.sortino(moments, returns_least=returns_least),
        "omega": ratios.omega(moments, returns_least=returns_least),
        "skew": ratios.skew(moments, returns_least=returns_least),
        "kurtosis": ratios.kurtosis(moments, returns_least=returns_least),
        "hit_rate": ratios.hit_rate(moments, returns_least=returns_least),
        "best": ratios.best(moments, returns_least=returns_least),
        "worst": ratios.worst(moments, returns_least=returns_least),
    }


def moment_tails(moments: Moments, returns_least: int = 2, monte_carlo_seed: int = MONTE_CARLO_SEED) -> list[TailRisk]:
    """VaR and ES by the methods that need moments only."""
    return [
        tail
        for confidence in CONFIDENCES
        for tail in (
            value_at_risk.normal(moments, confidence, returns_least),
            value_at_risk.cornish_fisher(moments, confidence, returns_least),
            value_at_risk.monte_carlo(moments, confidence, monte_carlo_seed, returns_least=returns_least),
        )
    ]


def yearly_columns(total: Measured, deepest: Measured, days: Column | Integers) -> dict[str, Measured]:
    """What follows from a return, a drawdown and the calendar days in which they came about."""
    annual = returns.annualised(total, days)
    return {"annualised_return": annual, "calmar": ratios.calmar(annual, deepest)}


def pair_columns(pairs: Pairs, daily_risk_free: float | Column = 0.0) -> dict[str, Measured]:
    """What follows from the days that an account and its benchmark have in common.

    ``daily_risk_free`` is the mean risk-free return of these very days.
    """
    return {
        "beta": benchmark.beta(pairs),
        "alpha": benchmark.alpha(pairs, daily_risk_free),
        "tracking_error": benchmark.tracking_error(pairs),
        "information_ratio": benchmark.information_ratio(pairs),
        "up_capture": benchmark.up_capture(pairs),
        "down_capture": benchmark.down_capture(pairs),
    }


@quiet
def _mean_rate(panel: Panel, rates: Panel | None) -> Column:
    """Mean risk-free return over the days on which there is a return; 0 without a rate."""
    if rates is None:
        return np.zeros(len(panel))
    defined = is_defined(panel)
    mean: Column = np.where(defined, np.nan_to_num(rates), 0.0).sum(axis=1) / np.maximum(defined.sum(axis=1), 1)
    return mean


def _stacked_tail(parts: list[TailRisk]) -> TailRisk:
    return replace(
        parts[0],
        value_at_risk=stacked([part.value_at_risk for part in parts]),
        expected_shortfall=stacked([part.expected_shortfall for part in parts]),
        is_doubtful=np.concatenate([part.is_doubtful for part in parts]),
    )
