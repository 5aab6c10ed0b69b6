"""Risk of what is held today: scenarios of symbol returns, and what each position adds to it.

Holdings are positions: rows (accounts) hold symbols with weights, market values over total value, negative for shorts;
what is not invested earns nothing. A day on which something held has no return is no scenario for that row.
References: Hull and White 1998 (historical simulation); Garman 1997, Tasche 1999 (component VaR by Euler).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.special import ndtri

from measures.measured import Column, Flags, Integers, Measured, Panel, Reason, measured, quiet
from measures.moments import Moments, moments_of
from measures.panels import as_panel, is_defined
from measures.value_at_risk import Ordered, TailRisk, historical, normal, ordered, quantile

DRAWS: Final = 10_000
_DAYS_LEAST: Final = 2


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Positions in ascending order of rows. ``row`` and ``symbol`` are places, ``weight`` is a fraction, 0 for none.

    ``scenarios`` (symbols x days): their returns on past or drawn days, NaN where there is none.
    """

    row: Integers
    symbol: Integers
    weight: Column
    row_count: int
    scenarios: Panel


@dataclass(frozen=True, slots=True, eq=False)
class Simulation:
    """What the holdings of every row would have returned on each day, for all methods and confidences."""

    holdings: Holdings
    returns: Panel
    moments: Moments
    ordered: Ordered


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """VaR of every row; marginal VaR and component of every position. A row's components sum to its VaR."""

    total: Measured
    marginal: Column
    component: Column


def holdings_of(weights: Panel, scenarios: Panel) -> Holdings:
    """Holdings from a panel of weights, rows x symbols: each cell is a position."""
    row_count, symbol_count = weights.shape
    return Holdings(
        row=np.repeat(np.arange(row_count), symbol_count),
        symbol=np.tile(np.arange(symbol_count), row_count),
        weight=weights.ravel(),
        row_count=row_count,
        scenarios=as_panel(scenarios),
    )


def simulation(holdings: Holdings) -> Simulation:
    """Simulate the past days once."""
    returns = simulated(holdings)
    return Simulation(holdings, returns, moments_of(returns), ordered(returns))


@quiet
def simulated(holdings: Holdings) -> Panel:
    """What each row's holdings would have returned on each day; rows x days.

    A row's positions are summed in their order and by themselves. A product of matrices would group its sums by the
    number of rows, and the last bits of a row would depend on the others.
    """
    returns = np.zeros((holdings.row_count, holdings.scenarios.shape[1]))
    held = np.flatnonzero(holdings.weight)
    rows, first = np.unique(holdings.row[held], return_index=True)
    if len(rows):
        parts = holdings.weight[held, None] * holdings.scenarios[holdings.symbol[held]]
        returns[rows] = np.add.reduceat(parts, first, axis=0)
    return returns


def historical_simulation(past: Simulation, confidence: float) -> TailRisk:
    """Historical VaR and ES of today's holdings over past days."""
    return _of_holdings("historical_simulation", historical(past.ordered, confidence), past.holdings)


def normal_simulation(past: Simulation, confidence: float) -> TailRisk:
    """VaR and ES of a normal distribution with the mean and deviation that today's holdings had on past days."""
    return _of_holdings("normal", normal(past.moments, confidence), past.holdings)


def monte_carlo_simulation(holdings: Holdings, confidence: float, seed: int, draws: int = DRAWS) -> TailRisk:
    """VaR and ES of today's holdings over normal days drawn with the mean and covariance of past ones.

    Past days count on which every symbol has a return. The root of the covariance comes from its eigenvalues, which
    also serves symbols that move as one. All rows see the same drawn days. Needs 8 bytes x positions x draws.
    """
    past = holdings.scenarios[:, is_defined(holdings.scenarios).all(axis=0)]
    drawn = _drawn_days(past, seed, draws) if past.shape[1] >= _DAYS_LEAST else np.full((len(past), 1), np.nan)
    tail = historical(ordered(simulated(replace(holdings, scenarios=drawn))), confidence)
    return replace(_of_holdings("monte_carlo_simulation", tail, holdings), seed=seed, draws=draws)


@quiet
def normal_components(past: Simulation, confidence: float) -> Components:
    """Normal VaR = -(w mean + z sqrt(w C w)) taken apart: marginal_i = -(mean_i + z (C w)_i / sqrt(w C w))."""
    moments, z = past.moments, float(ndtri(1 - confidence))
    row, defined = past.holdings.row, is_defined(past.returns)
    deviation = np.where(defined, past.returns - moments.mean[:, None], 0.0)
    own = np.where(defined[row], past.holdings.scenarios[past.holdings.symbol], 0.0)
    covariance = (own * deviation[row]).sum(axis=1) / (moments.count - 1)[row]
    slope = np.where(moments.deviation[row] > 0, covariance / moments.deviation[row], 0.0)
    marginal = -(own.sum(axis=1) / moments.count[row] + z * slope)
    return _components(past, -(moments.mean + z * moments.deviation), marginal)


@quiet
def historical_components(past: Simulation, confidence: float) -> Components:
    """Historical VaR taken apart: each symbol's return on the one or two days between which the quantile lies."""
    count = np.maximum(past.ordered.count, 1).astype(np.int64)
    place = (count - 1) * (1 - confidence)
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, count - 1)
    days = np.argsort(np.where(is_defined(past.returns), past.returns, np.nan), axis=1, kind="stable")
    row, symbol = past.holdings.row, past.holdings.symbol
    low, high = (past.holdings.scenarios[symbol, days[np.arange(len(days)), at][row]] for at in (below, above))
    share = (place - below)[row]
    marginal = -np.where(share == 0, low, (1 - share) * low + share * high)
    return _components(past, -quantile(past.ordered, 1 - confidence), marginal)


def _drawn_days(past: Panel, seed: int, draws: int) -> Panel:
    eigenvalues, axes = np.linalg.eigh(np.atleast_2d(np.cov(past)))
    root = axes * np.sqrt(np.maximum(eigenvalues, 0.0))
    normal_draws = np.random.Generator(np.random.Philox(seed)).standard_normal((draws, len(eigenvalues)))
    drawn: Panel = past.mean(axis=1)[:, None] + root @ normal_draws.T
    return drawn


def _components(past: Simulation, total: Column, marginal: Column) -> Components:
    row, weight = past.holdings.row, past.holdings.weight
    too_few = past.ordered.count < _DAYS_LEAST
    value = measured(total, _empty(past.holdings), (too_few, Reason.TOO_FEW_RETURNS))
    has_value = (value.reasons == "")[row]
    component = np.where(weight == 0, 0.0, weight * marginal)
    return Components(value, np.where(has_value, marginal, np.nan), np.where(has_value, component, np.nan))


def _of_holdings(method: str, tail: TailRisk, holdings: Holdings) -> TailRisk:
    empty = _empty(holdings)
    value, shortfall = (
        measured(part.values, empty, (part.reasons, None)) for part in (tail.value_at_risk, tail.expected_shortfall)
    )
    return replace(tail, method=method, value_at_risk=value, expected_shortfall=shortfall)


def _empty(holdings: Holdings) -> tuple[Flags, Reason]:
    is_empty = np.ones(holdings.row_count, np.bool_)
    is_empty[holdings.row[holdings.weight != 0]] = False
    return is_empty, Reason.NO_POSITIONS
