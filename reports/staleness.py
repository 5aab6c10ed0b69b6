"""When something held was valued at an old price: which days, and as which runs of days."""

from __future__ import annotations

import numpy as np

from reports.portfolio import DayColumn, Portfolio

Runs = list[tuple[np.datetime64, np.datetime64]]
"""Neighbouring valuation days: the first and the last."""


def stale_runs(portfolio: Portfolio) -> Runs:
    """Runs of valuation days on which something held had a stale price."""
    return runs_of(portfolio.days, stale_days(portfolio))


def stale_days(portfolio: Portfolio) -> DayColumn:
    """Every such day once."""
    days = list(portfolio.stale_days.values())
    return np.unique(np.concatenate(days)) if days else portfolio.days[:0]


def runs_of(days: DayColumn, some: DayColumn) -> Runs:
    """Some of the days, as runs of neighbours."""
    if not len(some):
        return []
    places = np.searchsorted(days, some)
    runs = np.split(some, np.flatnonzero(np.diff(places) > 1) + 1)
    return [(run[0], run[-1]) for run in runs]
