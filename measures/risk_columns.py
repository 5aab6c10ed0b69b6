"""Every measure of many windows. Panels are laid and summed up some rows at a time, so that memory stays small.

``moment_columns`` and ``pair_columns`` serve all of history as well: from ``Sums.moments`` and ``PairSums.pairs``.
"""

from __future__ import annotations

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.benchmark import Pairs
from measures.measured import Column, Measured, Panel, stacked
from measures.moments import Moments, moments_of
from measures.panels import Windows
from measures.value_at_risk import CONFIDENCES, TailRisk

MONTE_CARLO_SEED = 20_240_102


def risk_columns(
    own: Windows,
    market: Windows | None = None,
    daily_risk_free: float | Column = 0.0,
    monte_carlo_seed: int = MONTE_CARLO_SEED,
) -> dict[str, Measured]:
    """All measures of the windows, by name; those against a benchmark only if there is one."""
    if len(own) == 0:
        return {}
    moments: list[Moments] = []
    pairs: list[Pairs] = []
    parts: list[dict[str, Measured]] = []
    for rows in own.slices():
        panel = own.panel(rows)
        moments.append(moments_of(panel))
        parts.append(panel_columns(panel))
        if market is not None:
            pairs.append(benchmark.pairs_of(panel, market.panel(rows)))
    columns = {name: stacked([part[name] for part in parts]) for name in parts[0]}
    forecast = columns.pop("ewma_deviation")
    columns |= tail_columns([value_at_risk.ewma(forecast, confidence) for confidence in CONFIDENCES])
    columns |= moment_columns(stacked(moments), daily_risk_free, monte_carlo_seed)
    return columns | pair_columns(stacked(pairs), daily_risk_free) if pairs else columns


def panel_columns(panel: Panel) -> dict[str, Measured]:
    """What needs every return of a window; among it the deviation that the EWMA method goes on with."""
    rows = value_at_risk.ordered(panel)
    deepest, current = drawdowns.max_and_current_drawdown(panel)
    return {
        "cumulative_return": returns.cumulative(panel),
        "max_drawdown": deepest,
        "current_drawdown": current,
        "ewma_deviation": value_at_risk.ewma_deviation(panel),
        **tail_columns([value_at_risk.historical(rows, confidence) for confidence in CONFIDENCES]),
    }


def moment_columns(
    moments: Moments, daily_risk_free: float | Column = 0.0, monte_carlo_seed: int = MONTE_CARLO_SEED
) -> dict[str, Measured]:
    """What follows from the moments of a window or of all history, taken with target 0."""
    return {
        "volatility": ratios.volatility(moments),
        "downside_deviation": ratios.downside_deviation(moments),
        "sharpe": ratios.sharpe(moments, daily_risk_free),
        "sortino": ratios.sortino(moments),
        "omega": ratios.omega(moments),
        "skew": ratios.skew(moments),
        "kurtosis": ratios.kurtosis(moments),
        "hit_rate": ratios.hit_rate(moments),
        "best": ratios.best(moments),
        "worst": ratios.worst(moments),
        **tail_columns(
            [
                tail
                for confidence in CONFIDENCES
                for tail in (
                    value_at_risk.normal(moments, confidence),
                    value_at_risk.cornish_fisher(moments, confidence),
                    value_at_risk.monte_carlo(moments, confidence, monte_carlo_seed),
                )
            ]
        ),
    }


def pair_columns(pairs: Pairs, daily_risk_free: float | Column = 0.0) -> dict[str, Measured]:
    """What follows from the days that an account and its benchmark have in common."""
    return {
        "beta": benchmark.beta(pairs),
        "alpha": benchmark.alpha(pairs, daily_risk_free),
        "tracking_error": benchmark.tracking_error(pairs),
        "information_ratio": benchmark.information_ratio(pairs),
        "up_capture": benchmark.up_capture(pairs),
        "down_capture": benchmark.down_capture(pairs),
    }


def tail_columns(tails: list[TailRisk]) -> dict[str, Measured]:
    """VaR and ES of each method and confidence as columns of their own."""
    columns = {}
    for tail in tails:
        suffix = f"{tail.method}_{round(100 * tail.confidence)}"
        columns[f"value_at_risk_{suffix}"] = tail.value_at_risk
        columns[f"expected_shortfall_{suffix}"] = tail.expected_shortfall
    return columns
