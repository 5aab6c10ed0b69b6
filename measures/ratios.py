"""Ratios of one series: volatility, Sharpe, Sortino, Omega, Calmar, shape of the distribution.

All of them are functions of ``Moments``, so they serve windows (``moments_of``) and all of history (``Sums.moments``).
``periods`` is the number of returns in a year; ``returns_least`` how many a row must have.
References: Sharpe 1994; Sortino and van der Meer 1991; Keating and Shadwick 2002; Young 1991.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from measures.measured import Column, Flags, Measured, Panel, Reason, measured, quiet
from measures.moments import Moments

TRADING_DAYS: Final = 252
FLAT: Final = 1e-12
"""A daily standard deviation below this counts as none."""


def daily_rate(yearly_rate: float, periods: float = TRADING_DAYS) -> float:
    """The daily rate that compounds to a yearly one: (1 + r)^(1 / 252) - 1."""
    return float(np.expm1(np.log1p(yearly_rate) / periods))


def excess(panel: Panel, risk_free: Panel | float) -> Panel:
    """Returns above a risk-free rate that varies from day to day; the moments of these give Sharpe and Sortino."""
    return panel - risk_free


def volatility(moments: Moments, periods: float = TRADING_DAYS, returns_least: int = 2) -> Measured:
    """Sample standard deviation (n - 1) of daily returns x sqrt 252."""
    return measured(moments.deviation * np.sqrt(periods), _too_few(moments, returns_least))


@quiet
def downside_deviation(moments: Moments, periods: float = TRADING_DAYS, returns_least: int = 2) -> Measured:
    """Root of the mean of min(r - target, 0)^2 over all n returns, x sqrt 252."""
    return measured(_downside(moments) * np.sqrt(periods), _too_few(moments, returns_least))


@quiet
def sharpe(
    moments: Moments, daily_risk_free: float | Column = 0.0, periods: float = TRADING_DAYS, returns_least: int = 2
) -> Measured:
    """mean(r - rf) / std x sqrt 252; none when the standard deviation is below 1e-12."""
    ratio = (moments.mean - daily_risk_free) / moments.deviation * np.sqrt(periods)
    return measured(ratio, _too_few(moments, returns_least), (moments.deviation < FLAT, Reason.NO_VARIATION))


@quiet
def sortino(moments: Moments, target: float = 0.0, periods: float = TRADING_DAYS, returns_least: int = 2) -> Measured:
    """mean(r - target) / downside deviation x sqrt 252; ``target`` is the one that the moments were taken with."""
    downside = _downside(moments)
    ratio = (moments.mean - target) / downside * np.sqrt(periods)
    return measured(ratio, _too_few(moments, returns_least), (downside < FLAT, Reason.NOTHING_BELOW_TARGET))


@quiet
def omega(moments: Moments, returns_least: int = 2) -> Measured:
    """Sum of what lies above the target over the sum of what lies below it."""
    has_no_loss = moments.losses < FLAT
    return measured(
        moments.gains / moments.losses, _too_few(moments, returns_least), (has_no_loss, Reason.NOTHING_BELOW_TARGET)
    )


@quiet
def skew(moments: Moments, returns_least: int = 2) -> Measured:
    """Population skew: m3 / m2^1.5, the one that Cornish-Fisher takes; of three returns or more."""
    return measured(_skew(moments), _too_few(moments, max(returns_least, 3)), _flat(moments))


@quiet
def kurtosis(moments: Moments, returns_least: int = 2) -> Measured:
    """Population excess kurtosis: m4 / m2^2 - 3, the one that Cornish-Fisher takes; of four returns or more."""
    return measured(_kurtosis(moments), _too_few(moments, max(returns_least, 4)), _flat(moments))


@quiet
def hit_rate(moments: Moments, returns_least: int = 1) -> Measured:
    """Days above 0 over all days that are not 0."""
    moved = moments.up_count + moments.down_count
    obstacles = (_too_few(moments, returns_least), (moved == 0, Reason.NO_GAIN_OR_LOSS))
    return measured(moments.up_count / moved, *obstacles)


def best(moments: Moments, returns_least: int = 1) -> Measured:
    """The highest daily return."""
    return measured(moments.best, _too_few(moments, returns_least))


def worst(moments: Moments, returns_least: int = 1) -> Measured:
    """The lowest daily return."""
    return measured(moments.worst, _too_few(moments, returns_least))


@quiet
def calmar(annual_return: Measured, max_drawdown: Measured) -> Measured:
    """Annual return over the depth of the deepest drawdown."""
    depth = np.abs(max_drawdown.values)
    is_never_under = depth < FLAT
    obstacles = ((annual_return.reasons, None), (max_drawdown.reasons, None), (is_never_under, Reason.NO_DRAWDOWN))
    return measured(annual_return.values / depth, *obstacles)


def _downside(moments: Moments) -> Column:
    return np.sqrt(moments.below_squares / moments.count)


def _skew(moments: Moments) -> Column:
    variance = moments.squares / moments.count
    return moments.cubes / moments.count / variance**1.5


def _kurtosis(moments: Moments) -> Column:
    variance = moments.squares / moments.count
    return moments.fourths / moments.count / variance**2 - 3


def _too_few(moments: Moments, returns_least: int) -> tuple[Flags, Reason]:
    return moments.count < returns_least, Reason.TOO_FEW_RETURNS


def _flat(moments: Moments) -> tuple[Flags, Reason]:
    return moments.deviation < FLAT, Reason.NO_VARIATION
