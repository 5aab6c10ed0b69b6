"""Does the value at risk hold? Exceptions, their number (Kupiec) and their independence (Christoffersen).

References: Kupiec 1995 (proportion of failures); Christoffersen 1998 (independence, conditional coverage).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc, xlog1py, xlogy

from measures.measured import Column, Flags, Measured, Panel, Reason, measured, quiet
from measures.panels import as_panel, is_defined


@dataclass(frozen=True, slots=True, eq=False)
class LikelihoodRatio:
    """A test statistic and its p-value: small means that the model is unlikely to be right."""

    statistic: Measured
    p_value: Measured


@dataclass(frozen=True, slots=True, eq=False)
class Backtest:
    """Per row: days on which forecast and return were both there, exceptions among them, and the three tests."""

    days: Column
    exceptions: Column
    kupiec: LikelihoodRatio
    independence: LikelihoodRatio
    conditional_coverage: LikelihoodRatio


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """Per row: days with a forecast and a return, exceptions (hits), and how hits and calm days follow each other.

    ``calm_hit`` counts the days with an exception whose day before had a forecast and a return and no exception.
    """

    days: Column
    exceptions: Column
    calm_calm: Column
    calm_hit: Column
    hit_calm: Column
    hit_hit: Column


@quiet
def backtest(panel: Panel, value_at_risk: Panel, confidence: float) -> Backtest:
    """Hold each return against the value at risk that was forecast for its day (same place in both panels)."""
    panel, forecast = as_panel(panel), as_panel(value_at_risk)
    has_both = is_defined(panel) & is_defined(forecast)
    is_exception = has_both & (-panel > forecast)
    is_calm = has_both & ~is_exception
    counts = Counts(
        _per_row(has_both),
        _per_row(is_exception),
        *(
            _per_row(before[:, :-1] & then[:, 1:])
            for before in (is_calm, is_exception)
            for then in (is_calm, is_exception)
        ),
    )
    return backtest_of_counts(counts, confidence)


@quiet
def backtest_of_counts(counts: Counts, confidence: float) -> Backtest:
    """The same from counts, which add up over time."""
    pof = _kupiec(counts.days, counts.exceptions, 1 - confidence)
    apart, can_tell = _independence(counts), counts.exceptions > 0
    no_days, too_few = (counts.days < 1, Reason.TOO_FEW_RETURNS), (counts.days < _DAYS_LEAST, Reason.TOO_FEW_RETURNS)
    untold = (~can_tell, Reason.NO_EXCEPTIONS)
    return Backtest(
        counts.days,
        counts.exceptions,
        kupiec=_tested(measured(pof, no_days), 1),
        independence=_tested(measured(apart, too_few, untold), 1),
        conditional_coverage=_tested(measured(pof + apart, too_few, untold), 2),
    )


_DAYS_LEAST = 2


@quiet
def _kupiec(days: Column, exceptions: Column, share: float) -> Column:
    """-2 log of (1 - p)^(n - x) p^x over the same with the observed x / n."""
    kept, observed = days - exceptions, exceptions / days
    expected = xlog1py(kept, -share) + xlogy(exceptions, share)
    statistic: Column = np.maximum(-2 * (expected - _log_likelihood(kept, exceptions, observed)), 0.0)
    return statistic


@quiet
def _independence(counts: Counts) -> Column:
    """-2 log of one probability of an exception over one that depends on the day before."""
    hits, calms = counts.calm_hit + counts.hit_hit, counts.calm_calm + counts.hit_calm
    after_calm = counts.calm_hit / (counts.calm_calm + counts.calm_hit)
    after_hit = counts.hit_hit / (counts.hit_calm + counts.hit_hit)
    together = _log_likelihood(calms, hits, hits / (hits + calms))
    apart = _log_likelihood(counts.calm_calm, counts.calm_hit, after_calm)
    apart = apart + _log_likelihood(counts.hit_calm, counts.hit_hit, after_hit)
    statistic: Column = np.maximum(-2 * (together - apart), 0.0)
    return statistic


def _per_row(flags: Flags) -> Column:
    count: Column = flags.sum(axis=1).astype(np.float64)
    return count


def _log_likelihood(misses: Column, hits: Column, probability: Column) -> Column:
    """Log of (1 - q)^misses q^hits, where 0 log 0 is 0 and a probability that nothing speaks of counts for nothing."""
    q = np.where(misses + hits > 0, probability, 0.0)
    return np.asarray(xlog1py(misses, -q) + xlogy(hits, q), dtype=np.float64)


def _tested(statistic: Measured, degrees: int) -> LikelihoodRatio:
    return LikelihoodRatio(statistic, measured(chdtrc(degrees, statistic.values), (statistic.reasons, None)))
