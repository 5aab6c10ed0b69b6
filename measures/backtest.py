"""Does the value at risk hold? Exceptions, their number (Kupiec) and their independence (Christoffersen).

References: Kupiec 1995 (proportion of failures); Christoffersen 1998 (independence, conditional coverage).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import xlog1py, xlogy
from scipy.stats import chi2

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


@quiet
def backtest(panel: Panel, value_at_risk: Panel, confidence: float) -> Backtest:
    """Hold each return against the value at risk that was forecast for its day (same place in both panels)."""
    panel, forecast = as_panel(panel), as_panel(value_at_risk)
    has_both = is_defined(panel) & is_defined(forecast)
    is_exception = has_both & (-panel > forecast)
    days, exceptions = _per_row(has_both), _per_row(is_exception)
    pof = _kupiec(days, exceptions, 1 - confidence)
    apart, can_tell = _independence(has_both, is_exception)
    no_days, too_few = (days < 1, Reason.TOO_FEW_RETURNS), (days < _DAYS_LEAST, Reason.TOO_FEW_RETURNS)
    untold = (~can_tell, Reason.NO_EXCEPTIONS)
    return Backtest(
        days,
        exceptions,
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
def _independence(has_both: Flags, is_exception: Flags) -> tuple[Column, Flags]:
    """-2 log of one probability of an exception over one that depends on the day before; and if there was any."""
    is_calm = has_both & ~is_exception
    calm_calm, calm_hit = (_per_row(is_calm[:, :-1] & then[:, 1:]) for then in (is_calm, is_exception))
    hit_calm, hit_hit = (_per_row(is_exception[:, :-1] & then[:, 1:]) for then in (is_calm, is_exception))
    hits, calms = calm_hit + hit_hit, calm_calm + hit_calm
    after_calm, after_hit = calm_hit / (calm_calm + calm_hit), hit_hit / (hit_calm + hit_hit)
    together = _log_likelihood(calms, hits, hits / (hits + calms))
    apart = _log_likelihood(calm_calm, calm_hit, after_calm) + _log_likelihood(hit_calm, hit_hit, after_hit)
    return np.maximum(-2 * (together - apart), 0.0), _per_row(is_exception) > 0


def _per_row(flags: Flags) -> Column:
    count: Column = flags.sum(axis=1).astype(np.float64)
    return count


def _log_likelihood(misses: Column, hits: Column, probability: Column) -> Column:
    """Log of (1 - q)^misses q^hits, where 0 log 0 is 0 and a probability that nothing speaks of counts for nothing."""
    q = np.where(misses + hits > 0, probability, 0.0)
    return np.asarray(xlog1py(misses, -q) + xlogy(hits, q), dtype=np.float64)


def _tested(statistic: Measured, degrees: int) -> LikelihoodRatio:
    return LikelihoodRatio(statistic, measured(chi2.sf(statistic.values, degrees), (statistic.reasons, None)))
