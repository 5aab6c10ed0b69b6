"""Panels: for every row the last returns up to one account-day, oldest first.

One shape serves all: a single series is a panel of one row, a rolling window one row per day. A return that is
undefined (no capital that day) or not there yet is NaN and counts for nothing. Who wants the last 30 *defined* returns
leaves undefined ones out of the series before the windows are laid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from measures.measured import Column, Flags, Integers, Panel

ROWS_AT_ONCE = 128
"""Rows of a panel that are measured together: a year of them is 250 kB, which stays near the processor."""


@dataclass(frozen=True, slots=True, eq=False)
class Windows:
    """Where the windows lie; ``windows`` makes them."""

    padded: Column
    first: Integers
    last: Integers
    length: int

    def __len__(self) -> int:
        return len(self.last)

    def panel(self, rows: slice) -> Panel:
        """The panel of some rows."""
        panel = np.lib.stride_tricks.sliding_window_view(self.padded, self.length)[self.last[rows]]
        reach = self.last[rows] - self.first[rows] + 1
        if (reach < self.length).any():
            panel[np.arange(self.length, 0, -1) > reach[:, None]] = np.nan
        return panel

    def slices(self) -> Iterator[slice]:
        """All rows, some at a time."""
        return (slice(start, start + ROWS_AT_ONCE) for start in range(0, len(self), ROWS_AT_ONCE))


def windows(returns: Column, first: Integers, last: Integers, length: int) -> Windows:
    """Windows of so many returns: row i ends at ``returns[last[i]]`` and never reaches before ``returns[first[i]]``.

    ``returns`` holds one series after the other; ``first`` is where the series of a row begins.
    """
    none_before = np.full(length - 1 if len(returns) else length, np.nan)
    return Windows(np.concatenate([none_before, returns]), first, last, length)


def windows_of_one(returns: Column, length: int) -> Windows:
    """The windows that end at each return of one series."""
    return windows(returns, np.zeros(len(returns), np.int64), np.arange(len(returns)), length)


def as_panel(returns: Panel | Column | list[float]) -> Panel:
    """A panel as the measures want it: one series becomes a row, and no return at all is one that is undefined.

    Every row lies in one piece, so that the last bits of a sum never depend on how a caller laid the rows out.
    """
    panel = np.ascontiguousarray(np.atleast_2d(np.asarray(returns, dtype=np.float64)))
    return panel if panel.shape[1] else np.full((len(panel), 1), np.nan)


def is_defined(panel: Panel) -> Flags:
    """Where there is a return."""
    return np.isfinite(panel)


def counts(panel: Panel) -> Column:
    """Number of defined returns per row."""
    count: Column = is_defined(panel).sum(axis=1).astype(np.float64)
    return count


def growth_factors(panel: Panel) -> Panel:
    """What 1 becomes on each day: 1 + r, 1 on a day without a return, 0 on a day that lost everything or more.

    A product of them stays 0 from such a day on: no later gain is a gain of what was lost, and the losses of two such
    days do not multiply into a gain.
    """
    return np.where(is_defined(panel), np.maximum(1 + panel, 0.0), 1.0)


def common_days(panel: Panel, benchmark: Panel) -> tuple[Panel, Panel]:
    """Both panels, without the days on which one of them has no return."""
    both = is_defined(panel) & is_defined(benchmark)
    return np.where(both, panel, np.nan), np.where(both, benchmark, np.nan)


def packed(panel: Panel) -> Panel:
    """The defined returns of each row moved together at its end, in their order."""
    defined = is_defined(panel)
    if not (defined[:, :-1] & ~defined[:, 1:]).any():
        return panel
    order = np.argsort(defined, axis=1, kind="stable")
    return np.take_along_axis(panel, order, axis=1)
