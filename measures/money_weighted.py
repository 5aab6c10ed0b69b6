"""The money-weighted return: the rate at which everything paid in and taken out is worth nothing today.

sum F / (1 + r)^(days / 365) = 0, Act/365. With g = log(1 + r) x years this is a sum of exponentials in g; the search
runs in g, the growth over the whole period, because it has the same scale for a week and for thirty years. By
Descartes' rule the number of roots is at most the number of sign changes in the flows, and one change means one root.
Reference: Norstrom 1972; Teichroew, Robichek and Montalbano 1965 (several roots).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from measures.measured import Column, Flags, Integers, Measured, Reason, measured, quiet
from measures.returns import DAYS_OF_YEAR, Periods, modified_dietz

ROWS_AT_ONCE: Final = 10_000
GROWTH_PER_DAY_MOST: Final = 40.0
"""Rates are looked for up to a daily growth of e^40 and down to e^-40."""
_HALVINGS: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class MoneyWeighted:
    """Yearly rates, and whether a row has several of them (then it is the one nearest Modified Dietz)."""

    rate: Measured
    is_ambiguous: Flags


@dataclass(frozen=True, slots=True, eq=False)
class _Flows:
    """Net flow of every row and day, in order; ``time`` runs from 0 to 1 over the row's own span of ``days``.

    ``has_time``: the first flow of the row is of a day before the period's last, so that money was there overnight.
    """

    row: Integers
    time: Column
    amount: Column
    days: Column
    sign_changes: Integers
    has_time: Flags

    def __len__(self) -> int:
        return len(self.days)


def xirr(periods: Periods) -> MoneyWeighted:
    """The yearly money-weighted return of every period.

    Roots closer to each other than 0.05 in growth over the period may hide each other; then neither is reported,
    unless the flows change sign once, which is always solved.
    """
    flows = _flows(periods)
    nearest_to = _yearly(modified_dietz(periods), periods)
    rate, root_count = np.full(len(flows), np.nan), np.zeros(len(flows), np.int64)
    for is_chosen, grid in ((flows.sign_changes == 1, _COARSE), (flows.sign_changes > 1, _FINE)):
        rows = np.flatnonzero(is_chosen)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            rate[some], root_count[some] = _nearest_roots(_only(flows, some), grid, nearest_to[some])
    no_time, never_changes = (~flows.has_time, Reason.NO_TIME), (flows.sign_changes == 0, Reason.NO_SIGN_CHANGE)
    return MoneyWeighted(measured(rate, no_time, never_changes, (root_count == 0, Reason.NO_RATE)), root_count > 1)


def _flows(periods: Periods) -> _Flows:
    """The investor's flows: what was there at the start and paid in is negative, what came out positive."""
    rows = np.arange(len(periods))
    row = np.concatenate([rows, periods.flow_row, rows])
    day = np.concatenate([periods.start_day, periods.flow_day, periods.end_day])
    amount = np.concatenate([-periods.start_value, -periods.flow_amount, periods.end_value])
    row, day, amount = _net_of_days(row, day, amount)
    row, day, amount = (column[amount != 0] for column in (row, day, amount))
    first, last = periods.end_day.copy(), periods.end_day.copy()
    is_first = np.append(True, row[1:] != row[:-1])[: len(row)]
    is_last = np.append(row[1:] != row[:-1], True)[: len(row)]
    first[row[is_first]], last[row[is_last]] = day[is_first], day[is_last]
    days = (last - first).astype(np.float64)
    changes = ~is_first & (np.sign(amount) != np.sign(np.roll(amount, 1)))
    sign_changes = np.bincount(row[changes], minlength=len(rows))
    time = (day - first[row]) / np.maximum(days[row], 1)
    return _Flows(row, time, amount, days, sign_changes, has_time=first < periods.end_day)


def _net_of_days(row: Integers, day: Integers, amount: Column) -> tuple[Integers, Integers, Column]:
    order = np.lexsort((day, row))
    row, day, amount = row[order], day[order], amount[order]
    starts = np.flatnonzero(np.append(True, (row[1:] != row[:-1]) | (day[1:] != day[:-1]))[: len(row)])
    return row[starts], day[starts], np.add.reduceat(amount, starts) if len(starts) else amount


def _only(flows: _Flows, rows: Integers) -> _Flows:
    """The flows of some rows (ascending), which are numbered anew."""
    place = np.full(len(flows), -1)
    place[rows] = np.arange(len(rows))
    kept = place[flows.row] >= 0
    shared = flows.days[rows], flows.sign_changes[rows], flows.has_time[rows]
    return _Flows(place[flows.row[kept]], flows.time[kept], flows.amount[kept], *shared)


def _nearest_roots(flows: _Flows, grid: Column, nearest_to: Column) -> tuple[Column, Integers]:
    """Of every row the root nearest to a rate, and how many roots there are."""
    ends = _ends(flows, grid)
    signs = np.array([_sign_of_value(flows, ends[:, place]) for place in range(len(grid))]).T
    is_root = np.hstack([(signs[:, :-1] * signs[:, 1:] < 0) | (signs[:, :-1] == 0), signs[:, -1:] == 0])
    root_count = is_root.sum(axis=1)
    best = np.full(len(flows), np.nan)
    for number in range(root_count.max(initial=0)):
        place = np.argmax(is_root & (is_root.cumsum(axis=1) == number + 1), axis=1)
        rate = _refined(flows, ends, signs, place)
        is_nearer = (root_count > number) & ~(np.abs(rate - nearest_to) >= np.abs(best - nearest_to))
        best = np.where(is_nearer, rate, best)
    return best, root_count


def _ends(flows: _Flows, grid: Column) -> Column:
    """The grid of every row, as growth over its span, stretched to the most extreme growth per day."""
    furthest = GROWTH_PER_DAY_MOST * np.maximum(flows.days, 1)
    is_tail = np.abs(grid) > _MIDDLE
    beyond = np.sign(grid) * _MIDDLE * (furthest[:, None] / _MIDDLE) ** np.maximum(np.abs(grid) - _MIDDLE, 0)
    return np.where(is_tail, beyond, grid)


def _refined(flows: _Flows, ends: Column, signs: Integers, place: Integers) -> Column:
    """Halve the interval that begins at a place of the grid until it is as narrow as a float can tell."""
    rows = np.arange(len(flows))
    low, sign_low = ends[rows, place], signs[rows, place]
    high = np.where(sign_low == 0, low, ends[rows, np.minimum(place + 1, ends.shape[1] - 1)])
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_above = _sign_of_value(flows, middle) == sign_low
        low, high = np.where(is_above, middle, low), np.where(is_above, high, middle)
    return _rate_of_growth((low + high) / 2, flows.days)


@quiet
def _rate_of_growth(growth: Column, days: Column) -> Column:
    return np.expm1(growth * DAYS_OF_YEAR / days)


def _sign_of_value(flows: _Flows, growth: Column) -> Integers:
    """Sign of sum F e^(-g t): counted from the end that keeps every exponent at or below 0, so that none overflows."""
    of_flow = growth[flows.row]
    discount = np.exp(-of_flow * (flows.time - (of_flow < 0)))
    value = np.bincount(flows.row, weights=flows.amount * discount, minlength=len(flows))
    return np.sign(value).astype(np.int64)


@quiet
def _yearly(total: Measured, periods: Periods) -> Column:
    """A return over a period as a yearly rate; 0 where there is none."""
    rate = (1 + total.values) ** (DAYS_OF_YEAR / periods.days) - 1
    return np.where(np.isfinite(rate), rate, 0.0)


_MIDDLE: Final = 3.0
_FINE: Final = np.concatenate(
    [
        np.linspace(-_MIDDLE - 1, -_MIDDLE, 25)[:-1],
        np.linspace(-_MIDDLE, _MIDDLE, 121),
        np.linspace(_MIDDLE, _MIDDLE + 1, 25)[1:],
    ]
)
"""Growth to try where several roots are possible: every 0.05 up to e^3 over the period, then ever wider apart."""
_COARSE: Final = np.array([-_MIDDLE - 1, -_MIDDLE, 0.0, _MIDDLE, _MIDDLE + 1])
"""Growth to try where there is one root."""
