"""How far a series is below its earlier high, and the episodes of it.

Wealth starts at 1 on the day before the first return, and that 1 is a peak. Reference: Magdon-Ismail and Atiya 2004.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measures.measured import Column, Flags, Integers, Measured, Panel, Reason, measured, quiet
from measures.panels import as_panel, counts, growth_factors, is_defined


@dataclass(frozen=True, slots=True, eq=False)
class Episodes:
    """The drawdowns of one path, in their order; an entry of each column belongs to one drawdown.

    ``peak_day`` is the last day at the peak, ``trough_day`` the first at the lowest value, ``recovery_day`` the first
    at or above the peak again (``has_recovered``; otherwise it is the last day). ``depth`` is a fraction below 0.
    """

    peak_day: Integers
    trough_day: Integers
    recovery_day: Integers
    has_recovered: Flags
    depth: Column

    @property
    def days(self) -> Integers:
        """Days from the peak to the recovery, or to the path's last day."""
        return self.recovery_day - self.peak_day


@quiet
def wealth(panel: Panel) -> Panel:
    """What 1 grew to, day by day; an undefined return leaves it where it was, after a total loss it stays 0."""
    return growth_factors(as_panel(panel)).cumprod(axis=1)


@quiet
def drawdown(panel: Panel) -> Panel:
    """Wealth / running peak - 1, day by day: 0 at a peak, else below."""
    path = wealth(panel)
    return path / np.maximum(np.maximum.accumulate(path, axis=1), 1.0) - 1


def max_and_current_drawdown(panel: Panel) -> tuple[Measured, Measured]:
    """The deepest drawdown of every row and the one on its last day, 0 or below."""
    path, none = drawdown(panel), (counts(as_panel(panel)) == 0, Reason.TOO_FEW_RETURNS)
    return measured(path.min(axis=1, initial=0.0), none), measured(path[:, -1], none)


@quiet
def ulcer_index(panel: Panel) -> Measured:
    """Root of the mean squared drawdown (Martin 1987): deep and long ones weigh most."""
    panel = as_panel(panel)
    count = counts(panel)
    squares = (np.where(is_defined(panel), drawdown(panel), 0.0) ** 2).sum(axis=1)
    return measured(np.sqrt(squares / count), (count == 0, Reason.TOO_FEW_RETURNS))


def falls(path: Column) -> Column:
    """How far a path lies below its own high so far, in the path's unit (0 or below)."""
    return path - np.maximum.accumulate(path)


def episodes(path: Column, day: Integers) -> Episodes:
    """Every drawdown of a path of values that are not negative: its first value, above 0, is the first peak."""
    if len(path) == 0:
        none = np.zeros(0, np.int64)
        return Episodes(none, none, none, np.zeros(0, np.bool_), np.zeros(0))
    peak = np.maximum.accumulate(path)
    is_under = path < peak
    begins = np.flatnonzero(is_under & ~np.append(False, is_under[:-1]))
    ends = np.flatnonzero(is_under & ~np.append(is_under[1:], False))
    lowest = [begin + int(np.argmin(path[begin : end + 1])) for begin, end in zip(begins, ends, strict=True)]
    trough = np.array(lowest, np.int64)
    has_recovered = ends + 1 < len(path)
    recovery = np.minimum(ends + 1, len(path) - 1)
    return Episodes(day[begins - 1], day[trough], day[recovery], has_recovered, path[trough] / peak[trough] - 1)
