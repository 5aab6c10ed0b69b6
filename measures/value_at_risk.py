"""Value at risk and expected shortfall of one day, by five methods.

Both are positive fractions of value (below 0 they say that even the bad days were gains). With p = 1 - confidence, VaR
is the loss that is exceeded on a share p of days, and ES the mean of the losses in that share. Mean and standard
deviation are the sample's (n - 1); z is the normal quantile at p, phi the normal density there.
References: Hyndman and Fan 1996 (type 7); Rockafellar and Uryasev 2002, Acerbi and Tasche 2002 (fractional tail);
Zangari 1996, Maillard 2012, Boudt, Peterson and Croux 2008 (Cornish-Fisher); RiskMetrics 1996 (EWMA); Glasserman 2003.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from scipy.special import ndtri

from measures.measured import Column, Flags, Measured, Panel, Reason, measured, quiet
from measures.moments import Moments
from measures.panels import as_panel, counts, is_defined, packed
from measures.ratios import kurtosis, skew

CONFIDENCES: Final = (0.95, 0.99)
DECAY: Final = 0.94
SEED_DAYS: Final = 30
DRAWS: Final = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class TailRisk:
    """VaR and ES of every row by one method. ``is_doubtful``: the method is outside the range where it holds.

    ``seed`` and ``draws`` belong to methods of chance.
    """

    method: str
    confidence: float
    value_at_risk: Measured
    expected_shortfall: Measured
    is_doubtful: Flags
    seed: int | None = None
    draws: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ordered:
    """The returns of every row from the lowest up; NaN after the last."""

    count: Column
    returns: Panel


def ordered(panel: Panel) -> Ordered:
    """Sort every row once, for all confidences."""
    panel = as_panel(panel)
    return Ordered(counts(panel), np.sort(np.where(is_defined(panel), panel, np.nan), axis=1))


@quiet
def quantile(rows: Ordered, share: float) -> Column:
    """Type-7 quantile: between the order statistics next to (n - 1) share."""
    place = (np.maximum(rows.count, 1) - 1) * share
    below = np.floor(place).astype(np.int64)
    above = np.minimum(below + 1, rows.returns.shape[1] - 1)
    low, high = (np.take_along_axis(rows.returns, at[:, None], axis=1)[:, 0] for at in (below, above))
    weight = place - below
    return np.where(weight == 0, low, low + weight * (high - low))


@quiet
def tail_mean(rows: Ordered, share: float) -> Column:
    """Mean of the lowest share x n returns; the return at the boundary counts with the fraction that belongs to it."""
    size = rows.count * share
    reach = int(np.ceil(rows.returns.shape[1] * share)) + 1
    lowest = np.nan_to_num(rows.returns[:, :reach])
    weight = np.clip(size[:, None] - np.arange(lowest.shape[1]), 0.0, 1.0)
    mean: Column = (weight * lowest).sum(axis=1) / size
    return mean


def historical(rows: Ordered, confidence: float, returns_least: int = 2) -> TailRisk:
    """The empirical distribution of the row's own returns."""
    share = 1 - confidence
    too_few = (rows.count < returns_least, Reason.TOO_FEW_RETURNS)
    value, shortfall = measured(-quantile(rows, share), too_few), measured(-tail_mean(rows, share), too_few)
    return TailRisk("historical", confidence, value, shortfall, np.zeros(len(value), np.bool_))


@quiet
def tail_ratio(rows: Ordered, share: float = 0.05, returns_least: int = 2) -> Measured:
    """Size of the quantile near the top over that of the one near the bottom: above 1 good days outweigh bad ones."""
    bottom = np.abs(quantile(rows, share))
    obstacles = ((rows.count < returns_least, Reason.TOO_FEW_RETURNS), (bottom == 0, Reason.NO_VARIATION))
    return measured(np.abs(quantile(rows, 1 - share)) / bottom, *obstacles)


@quiet
def normal(moments: Moments, confidence: float, returns_least: int = 2) -> TailRisk:
    """VaR = -(mean + z std), ES = -mean + std phi / p."""
    z, density_over_share = _normal_tail(confidence)
    too_few = (moments.count < returns_least, Reason.TOO_FEW_RETURNS)
    value = measured(-(moments.mean + z * moments.deviation), too_few)
    shortfall = measured(-moments.mean + density_over_share * moments.deviation, too_few)
    return TailRisk("normal", confidence, value, shortfall, np.zeros(len(value), np.bool_))


@quiet
def cornish_fisher(moments: Moments, confidence: float, returns_least: int = 2) -> TailRisk:
    """The normal quantile bent by skew S and excess kurtosis K, and the exact mean of the bent tail.

    w(z) = z + (z^2 - 1) S / 6 + (z^3 - 3z) K / 24 - (2z^3 - 5z) S^2 / 36. Where w does not rise everywhere it is no
    quantile function, and the row is doubtful.
    """
    z, density_over_share = _normal_tail(confidence)
    skewness, peakedness = skew(moments, returns_least), kurtosis(moments, returns_least)
    s, k = skewness.values, peakedness.values
    bent = z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36
    bent_tail = density_over_share * (1 + z * s / 6 + (z**2 - 1) * k / 24 - (2 * z**2 - 1) * s**2 / 36)
    value = measured(-(moments.mean + bent * moments.deviation), (peakedness.reasons, None))
    shortfall = measured(-moments.mean + bent_tail * moments.deviation, (peakedness.reasons, None))
    is_doubtful = (peakedness.reasons == "") & ~_rises_everywhere(s, k)
    return TailRisk("cornish_fisher", confidence, value, shortfall, is_doubtful)


@quiet
def ewma_deviation(panel: Panel, decay: float = DECAY, seed_days: int = SEED_DAYS) -> Measured:
    """Deviation forecast for the next day: v = decay v + (1 - decay) r^2, from the mean square of the first 30."""
    rows = packed(as_panel(panel))
    defined = is_defined(rows)
    count, place = np.unique(defined.sum(axis=1), return_inverse=True)
    weights = np.array([_ewma_weights(int(one), rows.shape[1], decay, seed_days) for one in count])[place]
    returns = np.where(defined, rows, 0.0)
    variance = (weights * (returns * returns)).sum(axis=1)
    return measured(np.sqrt(variance), (count[place] < seed_days, Reason.TOO_FEW_RETURNS))


@quiet
def ewma(deviation: Measured, confidence: float) -> TailRisk:
    """Normal with mean 0 and the deviation of ``ewma_deviation``."""
    z, density_over_share = _normal_tail(confidence)
    value = measured(-z * deviation.values, (deviation.reasons, None))
    shortfall = measured(density_over_share * deviation.values, (deviation.reasons, None))
    return TailRisk("ewma", confidence, value, shortfall, np.zeros(len(value), np.bool_))


@quiet
def monte_carlo(moments: Moments, confidence: float, seed: int, draws: int = DRAWS, returns_least: int = 2) -> TailRisk:
    """The empirical tail of simulated days mean + std x Z, with the same normal draws Z for every row.

    Common draws make a row depend on its own returns and the seed alone, whatever else is measured with it, and what
    moves between two days is the data. ``measures.holdings`` simulates what is held, symbol by symbol.
    """
    z, z_tail = _drawn_tail(confidence, seed, draws)
    too_few = (moments.count < returns_least, Reason.TOO_FEW_RETURNS)
    value = measured(-(moments.mean + z * moments.deviation), too_few)
    shortfall = measured(-(moments.mean + z_tail * moments.deviation), too_few)
    return TailRisk("monte_carlo", confidence, value, shortfall, np.zeros(len(value), np.bool_), seed, draws)


def _normal_tail(confidence: float) -> tuple[float, float]:
    """Normal quantile at p, and density there over p."""
    share = 1 - confidence
    z = float(ndtri(share))
    return z, float(np.exp(-z * z / 2) / np.sqrt(2 * np.pi)) / share


def _rises_everywhere(s: Column, k: Column) -> Flags:
    """Whether dw/dz = (K/8 - S^2/6) z^2 + S/3 z + 1 - K/8 + 5 S^2/36 is never below 0 (Maillard 2012)."""
    quadratic, constant = k / 8 - s**2 / 6, 1 - k / 8 + 5 * s**2 / 36
    return (quadratic >= 0) & (constant >= 0) & (s**2 / 9 <= 4 * quadratic * constant)


@lru_cache(maxsize=512)
def _ewma_weights(count: int, window: int, decay: float, seed_days: int) -> Column:
    """Weight of each place in a window whose last ``count`` places hold returns; 0 if they are fewer than the seed."""
    weights = np.zeros(window)
    later = count - seed_days
    if later >= 0:
        weights[window - count : window - later] = decay**later / seed_days
        weights[window - later :] = (1 - decay) * decay ** np.arange(later - 1, -1, -1)
    return weights


@lru_cache
def _drawn_tail(confidence: float, seed: int, draws: int) -> tuple[float, float]:
    """Quantile and tail mean of standard normal draws."""
    sample = np.random.Generator(np.random.Philox(seed)).standard_normal(draws)
    rows, share = ordered(as_panel(sample)), 1 - confidence
    return float(quantile(rows, share)[0]), float(tail_mean(rows, share)[0])
