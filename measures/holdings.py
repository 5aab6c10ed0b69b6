"""Risk of what is held today: scenarios of symbol returns, and what each position adds to it.

``weights`` (rows x symbols) are market values over total value, negative for shorts, 0 for what a row does not hold;
what is not invested earns nothing. ``scenarios`` (days x symbols) are the symbols' returns on past or drawn days. A
day on which something held has no return is no scenario for that row.
References: Hull and White 1998 (historical simulation); Garman 1997, Tasche 1999 (component VaR by Euler).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtri

from measures.measured import Column, Flags, Measured, Panel, Reason, measured, quiet
from measures.moments import moments_of
from measures.panels import as_panel, is_defined
from measures.value_at_risk import TailRisk, historical, ordered, quantile

DRAWS: Final = 10_000
_DAYS_LEAST: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """VaR of every row, the marginal VaR of each symbol and its component; components sum to the VaR."""

    total: Measured
    marginal: Panel
    component: Panel


@quiet
def simulated(weights: Panel, scenarios: Panel) -> Panel:
    """What each row's holdings would have returned on each day.

    Symbol by symbol and not as a product of matrices: that would group its sums by the number of rows, and the last
    bits of a row would depend on the others.
    """
    weights, scenarios = as_panel(weights), as_panel(scenarios)
    returns = np.zeros((len(weights), len(scenarios)))
    for symbol in np.flatnonzero((weights != 0).any(axis=0)):
        holders = np.flatnonzero(weights[:, symbol])
        returns[holders] += weights[holders, symbol, None] * scenarios[:, symbol]
    return returns


def historical_simulation(weights: Panel, scenarios: Panel, confidence: float) -> TailRisk:
    """Historical VaR and ES of today's holdings over past days."""
    tail = historical(ordered(simulated(weights, scenarios)), confidence)
    return _of_holdings("historical_simulation", tail, weights)


def monte_carlo_simulation(
    weights: Panel, scenarios: Panel, confidence: float, seed: int, draws: int = DRAWS
) -> TailRisk:
    """VaR and ES of today's holdings over normal days drawn with the mean and covariance of past ones.

    Past days count on which every symbol has a return. The root of the covariance comes from its eigenvalues, which
    also serves symbols that move as one. All rows see the same drawn days. Needs 8 bytes x rows x draws.
    """
    past = as_panel(scenarios)
    past = past[is_defined(past).all(axis=1)]
    drawn = _drawn_days(past, seed, draws) if len(past) >= _DAYS_LEAST else np.full((1, past.shape[1]), np.nan)
    tail = historical(ordered(simulated(weights, drawn)), confidence)
    return replace(_of_holdings("monte_carlo_simulation", tail, weights), seed=seed, draws=draws)


@quiet
def normal_components(weights: Panel, scenarios: Panel, confidence: float) -> Components:
    """Normal VaR = -(w mean + z sqrt(w C w)) taken apart: marginal_i = -(mean_i + z (C w)_i / sqrt(w C w))."""
    weights, scenarios = as_panel(weights), as_panel(scenarios)
    past = simulated(weights, scenarios)
    moments = moments_of(past)
    defined, z = is_defined(past), float(ndtri(1 - confidence))
    deviation = np.where(defined, past - moments.mean[:, None], 0.0)
    marginal = np.zeros(weights.shape)
    for symbol in range(weights.shape[1]):
        own = np.where(defined, scenarios[:, symbol], 0.0)
        covariance = (own * deviation).sum(axis=1) / (moments.count - 1)
        slope = np.where(moments.deviation > 0, covariance / moments.deviation, 0.0)
        marginal[:, symbol] = -(own.sum(axis=1) / moments.count + z * slope)
    return _components(-(moments.mean + z * moments.deviation), marginal, weights, moments.count)


@quiet
def historical_components(weights: Panel, scenarios: Panel, confidence: float) -> Components:
    """Historical VaR taken apart: each symbol's return on the one or two days between which the quantile lies."""
    weights, scenarios = as_panel(weights), as_panel(scenarios)
    past = simulated(weights, scenarios)
    rows = ordered(past)
    place = (np.maximum(rows.count, 1) - 1) * (1 - confidence)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(rows.count.astype(np.int64), 1) - 1)
    order = np.argsort(np.where(is_defined(past), past, np.nan), axis=1, kind="stable")
    low, high = (scenarios[np.take_along_axis(order, at[:, None], axis=1)[:, 0]] for at in (below, above))
    share = (place - below)[:, None]
    marginal = -np.where(share == 0, low, (1 - share) * low + share * high)
    return _components(-quantile(rows, 1 - confidence), marginal, weights, rows.count)


def _drawn_days(past: Panel, seed: int, draws: int) -> Panel:
    eigenvalues, axes = np.linalg.eigh(np.atleast_2d(np.cov(past, rowvar=False)))
    root = axes * np.sqrt(np.maximum(eigenvalues, 0.0))
    normal = np.random.Generator(np.random.Philox(seed)).standard_normal((draws, len(eigenvalues)))
    drawn: Panel = past.mean(axis=0) + normal @ root.T
    return drawn


def _components(total: Column, marginal: Panel, weights: Panel, count: Column) -> Components:
    value = measured(total, _empty(weights), (count < _DAYS_LEAST, Reason.TOO_FEW_RETURNS))
    has_value = (value.reasons == "")[:, None]
    component = np.where(weights == 0, 0.0, weights * marginal)
    return Components(value, np.where(has_value, marginal, np.nan), np.where(has_value, component, np.nan))


def _of_holdings(method: str, tail: TailRisk, weights: Panel) -> TailRisk:
    empty = _empty(as_panel(weights))
    value, shortfall = (
        measured(part.values, empty, (part.reasons, None)) for part in (tail.value_at_risk, tail.expected_shortfall)
    )
    return replace(tail, method=method, value_at_risk=value, expected_shortfall=shortfall)


def _empty(weights: Panel) -> tuple[Flags, Reason]:
    return ~(weights != 0).any(axis=1), Reason.NO_POSITIONS
