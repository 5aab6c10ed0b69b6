"""What the ratios are made of: counts, sums of powers, sums of gains and losses.

``moments_of`` takes them from a panel, in two passes: mean first, deviations then. ``Sums`` are the same as plain sums
that grow by addition, which is how a table keeps them from the first day on; ``Sums.moments`` turns them into the same
``Moments``. So each ratio is written once.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from measures.measured import Column, Panel, quiet
from measures.panels import as_panel, is_defined


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """Per row: how many returns, their mean, and sums over them.

    ``squares``, ``cubes``, ``fourths``: of the deviations from the mean. ``below_squares``, ``gains``, ``losses``: of
    what lies below, above and below the target. ``up_count``, ``down_count``: returns above and below 0.
    """

    count: Column
    mean: Column
    squares: Column
    cubes: Column
    fourths: Column
    below_squares: Column
    gains: Column
    losses: Column
    up_count: Column
    down_count: Column
    best: Column
    worst: Column

    @property
    @quiet
    def deviation(self) -> Column:
        """Sample standard deviation (n - 1)."""
        return np.sqrt(self.squares / (self.count - 1))


@quiet
def moments_of(panel: Panel, target: float = 0.0) -> Moments:
    """The moments of every row of a panel; ``target`` is the daily return that gains and losses are counted from."""
    panel = as_panel(panel)
    defined = is_defined(panel)
    returns = np.where(defined, panel, 0.0)
    count = defined.sum(axis=1).astype(np.float64)
    mean = returns.sum(axis=1) / count
    deviation = np.where(defined, panel - mean[:, None], 0.0)
    deviation_squares = deviation * deviation
    below, gains = _around(np.where(defined, panel - target, 0.0))
    return Moments(
        count=count,
        mean=mean,
        squares=deviation_squares.sum(axis=1),
        cubes=(deviation_squares * deviation).sum(axis=1),
        fourths=(deviation_squares * deviation_squares).sum(axis=1),
        below_squares=(below * below).sum(axis=1),
        gains=gains.sum(axis=1),
        losses=-below.sum(axis=1),
        up_count=(returns > 0).sum(axis=1).astype(np.float64),
        down_count=(returns < 0).sum(axis=1).astype(np.float64),
        best=np.where(defined, panel, -np.inf).max(axis=1, initial=-np.inf),
        worst=np.where(defined, panel, np.inf).min(axis=1, initial=np.inf),
    )


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Per row, sums that add up over time: ``total`` to ``fourths`` are of the returns' first to fourth power.

    The other fields are those of ``Moments``; ``best`` and ``worst`` grow by the larger and the smaller.
    """

    count: Column
    total: Column
    squares: Column
    cubes: Column
    fourths: Column
    below_squares: Column
    gains: Column
    losses: Column
    up_count: Column
    down_count: Column
    best: Column
    worst: Column

    def __add__(self, later: Sums) -> Sums:
        """The sums over both."""
        added = {name: getattr(self, name) + getattr(later, name) for name in _ADDED}
        best, worst = np.maximum(self.best, later.best), np.minimum(self.worst, later.worst)
        return Sums(**added, best=best, worst=worst)

    @quiet
    def moments(self) -> Moments:
        """The moments that these sums amount to.

        Subtraction leaves noise of the size of the last bits: squares that are not larger count as none.
        """
        mean = self.total / self.count
        squares = self.squares - self.total * mean
        is_noise = squares <= self.count * np.finfo(np.float64).eps * self.squares
        cubes = self.cubes - 3 * mean * self.squares + 2 * self.count * mean**3
        fourths = self.fourths - 4 * mean * self.cubes + 6 * mean**2 * self.squares - 3 * self.count * mean**4
        tails = {name: getattr(self, name) for name in _SHARED}
        return Moments(
            mean=mean,
            squares=np.where(is_noise, 0.0, squares),
            cubes=np.where(is_noise, 0.0, cubes),
            fourths=np.where(is_noise, 0.0, fourths),
            **tails,
        )


_ADDED = tuple(field.name for field in fields(Sums) if field.name not in {"best", "worst"})
_SHARED = ("count", "below_squares", "gains", "losses", "up_count", "down_count", "best", "worst")


@quiet
def sums_of(panel: Panel, target: float = 0.0) -> Sums:
    """The sums of every row of a panel."""
    panel = as_panel(panel)
    moments = moments_of(panel, target)
    returns = np.where(is_defined(panel), panel, 0.0)
    tails = {name: getattr(moments, name) for name in _SHARED}
    powers = [(returns**power).sum(axis=1) for power in (1, 2, 3, 4)]
    return Sums(total=powers[0], squares=powers[1], cubes=powers[2], fourths=powers[3], **tails)


def _around(excess: Panel) -> tuple[Panel, Panel]:
    """What lies below the target (not positive) and above it (not negative)."""
    return np.minimum(excess, 0.0), np.maximum(excess, 0.0)
