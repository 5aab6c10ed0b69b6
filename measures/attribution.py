"""Where the return came from: by symbol, and against a benchmark by sector.

All arrays are of one account: days x symbols, or days x sectors. References: Brinson and Fachler 1985; Carino 1999;
Bacon 2008, chapter 5.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measures.measured import Column, Measured, Panel, Reason, measured, quiet
from measures.panels import growth_factors


@dataclass(frozen=True, slots=True, eq=False)
class Contribution:
    """Each symbol's part of each day's return, and of the return over all days; parts sum to the whole."""

    daily: Panel
    linked: Measured
    total: float


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Brinson-Fachler effects by sector, over all days; together they sum to ``active`` = R - Rb.

    ``trading``: what holdings at the start of the day do not explain, less the benchmark's.
    """

    allocation: Measured
    selection: Measured
    interaction: Measured
    trading: Measured
    active: float


@quiet
def contribution(profit: Panel, capital: Column) -> Contribution:
    """Profit of each symbol over the day's capital (value of the day before + money paid in).

    A day without positive capital has no return and counts for nothing. Logarithmic linking weighs each day by
    log(1 + r) / r, so that the parts of all days sum to the compounded return.
    """
    has_capital = (capital > 0)[:, None]
    daily = np.where(has_capital, profit / np.where(capital > 0, capital, 1.0)[:, None], 0.0)
    returns = daily.sum(axis=1)
    total = float(np.prod(growth_factors(returns)) - 1)
    scale = _link(returns, 0.0 * returns) / _link(np.array([total]), np.zeros(1))
    linked = (daily * scale[:, None]).sum(axis=0)
    return Contribution(daily, _unless_wiped_out(linked, returns), total)


@quiet
def brinson_fachler(
    weights: Panel,
    benchmark_weights: Panel,
    returns: Panel,
    benchmark_returns: Panel,
    trading: Panel | float = 0.0,
    benchmark_trading: Panel | float = 0.0,
) -> Effects:
    """Allocation (wp - wb)(Rb_i - Rb), selection wb (Rp_i - Rb_i), interaction (wp - wb)(Rp_i - Rb_i), Carino-linked.

    A sector that one side does not hold takes the other side's return: there was nothing to select, so its whole
    effect is allocation. Weights of a day sum to 1 on both sides (cash is a sector). ``trading`` is what a sector added
    to the day's return beside weight x return.
    """
    trading, benchmark_trading = (np.broadcast_to(part, weights.shape) for part in (trading, benchmark_trading))
    own, market = _filled(returns, benchmark_returns, weights), _filled(benchmark_returns, returns, benchmark_weights)
    benchmark_held = (benchmark_weights * market).sum(axis=1)
    total, benchmark_total = (weights * own + trading).sum(axis=1), benchmark_held + benchmark_trading.sum(axis=1)
    compounded, benchmark_compounded = (np.prod(growth_factors(daily)) - 1 for daily in (total, benchmark_total))
    whole = _link(np.array([compounded]), np.array([benchmark_compounded]))
    scale = (_link(total, benchmark_total) / whole)[:, None]
    active_weights = weights - benchmark_weights
    effects = (
        active_weights * (market - benchmark_held[:, None]),
        benchmark_weights * (own - market),
        active_weights * (own - market),
        trading - benchmark_trading,
    )
    both = np.concatenate([total, benchmark_total])
    allocation, selection, interaction, traded = (
        _unless_wiped_out((scale * effect).sum(axis=0), both) for effect in effects
    )
    return Effects(allocation, selection, interaction, traded, float(compounded - benchmark_compounded))


def _link(returns: Column, benchmark: Column) -> Column:
    """Carino's factor (log(1 + r) - log(1 + b)) / (r - b), and its limit 1 / (1 + b) where the two are equal.

    Written with log1p of the difference, so that returns that are nearly equal lose no digits.
    """
    relative = (returns - benchmark) / (1 + benchmark)
    safe = np.where(relative == 0, 1.0, relative)
    return np.where(relative == 0, 1.0, np.log1p(safe) / safe) / (1 + benchmark)


def _filled(returns: Panel, others: Panel, weights: Panel) -> Panel:
    """Returns, where something is held; the other side's where not; 0 where neither has one."""
    own = np.where((weights != 0) & np.isfinite(returns), returns, others)
    return np.where(np.isfinite(own), own, 0.0)


def _unless_wiped_out(linked: Column, returns: Column) -> Measured:
    is_lost = np.full(linked.shape, bool((returns <= -1).any()))
    return measured(linked, (is_lost, Reason.WIPED_OUT))
