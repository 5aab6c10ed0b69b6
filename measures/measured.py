"""What a measure gives back: a value for every row, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Column = NDArray[np.float64]
"""One number per row."""
Panel = NDArray[np.float64]
"""Rows of daily returns as fractions, oldest first; NaN where there is none. ``measures.panels`` says more."""
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]
Codes = NDArray[np.object_]
"""One reason per row, ``""`` where there is a value."""

quiet: Final = np.errstate(all="ignore")
"""Decorates what divides first and gives a reason afterwards, so that numpy has nothing to warn of."""


class Reason(StrEnum):
    """Why a row has no value. ``MEANING`` says it in words."""

    TOO_FEW_RETURNS = "too_few_returns"
    TOO_FEW_PAIRS = "too_few_pairs"
    NO_BENCHMARK = "no_benchmark"
    NO_VARIATION = "no_variation"
    NO_BENCHMARK_VARIATION = "no_benchmark_variation"
    NO_GAIN_OR_LOSS = "no_gain_or_loss"
    NOTHING_BELOW_TARGET = "nothing_below_target"
    NO_DRAWDOWN = "no_drawdown"
    NO_SUCH_DAYS = "no_such_days"
    NOT_ANNUALISED_BELOW_A_YEAR = "not_annualised_below_a_year"
    WIPED_OUT = "wiped_out"
    NO_CAPITAL = "no_capital"
    NO_TIME = "no_time"
    NO_SIGN_CHANGE = "no_sign_change"
    NO_RATE = "no_rate"
    NO_POSITIONS = "no_positions"
    NO_EXCEPTIONS = "no_exceptions"
    BEYOND_FLOAT = "beyond_float"


MEANING: Final = {
    Reason.TOO_FEW_RETURNS: "There are fewer returns than this measure needs.",
    Reason.TOO_FEW_PAIRS: "There are fewer than 20 days on which both the account and its benchmark have a return.",
    Reason.NO_BENCHMARK: "The account has no benchmark, or the benchmark has no return in this period.",
    Reason.NO_VARIATION: "The returns do not vary, and the measure divides by how much they do.",
    Reason.NO_BENCHMARK_VARIATION: "The benchmark's returns do not vary, and the measure divides by how much they do.",
    Reason.NO_GAIN_OR_LOSS: "Every return is 0: no day was won and none lost.",
    Reason.NOTHING_BELOW_TARGET: "Nothing, or next to nothing, lies below the target, and the measure divides by it.",
    Reason.NO_DRAWDOWN: "The value never fell below an earlier one, and the measure divides by how far it did.",
    Reason.NO_SUCH_DAYS: "The benchmark has no such days (rising, or falling) in this period.",
    Reason.NOT_ANNUALISED_BELOW_A_YEAR: "The period is shorter than 365 days; shorter returns are not annualised.",
    Reason.WIPED_OUT: "Everything or more was lost, and growth cannot be measured from there on.",
    Reason.NO_CAPITAL: "There is no positive value to divide by.",
    Reason.NO_TIME: "No money was there from one day to the next, and a rate needs time.",
    Reason.NO_SIGN_CHANGE: "Money only went in, or only came out: no rate makes the two equal.",
    Reason.NO_RATE: "Money went in and came out, but no rate was found that makes the two equal.",
    Reason.NO_POSITIONS: "Nothing is held.",
    Reason.NO_EXCEPTIONS: "No loss was above the value at risk, so nothing can be said about when they come.",
    Reason.BEYOND_FLOAT: "The figure is larger than a 64-bit number can hold.",
}
"""Every reason in a sentence for people."""


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A column of values (NaN for none) and of reasons (``""`` where there is a value)."""

    values: Column
    reasons: Codes

    def __len__(self) -> int:
        return len(self.values)


def measured(values: Column, *obstacles: tuple[Flags | Codes, Reason | None]) -> Measured:
    """Take away the values that have an obstacle; of several obstacles of a row the first one listed is its reason.

    An obstacle is a column of flags and their reason, or the reasons of another measure and None. A value that is
    not finite without an obstacle is ``BEYOND_FLOAT``; -0.0 becomes 0.0.
    """
    reasons = np.full(values.shape, "", dtype=object)
    for where, reason in reversed(obstacles):
        if reason is None:
            reasons = np.where(where != "", where, reasons)
        else:
            reasons[where] = reason.value
    has_value = reasons == ""
    reasons[has_value & ~np.isfinite(values)] = Reason.BEYOND_FLOAT.value
    return Measured(np.where(reasons == "", values, np.nan) + 0.0, reasons)


Columns = TypeVar("Columns", bound="DataclassInstance")


def stacked(parts: Sequence[Columns]) -> Columns:
    """The rows of several bundles of columns (``Measured``, ``Moments``, ...), one after the other."""
    names = [field.name for field in fields(parts[0])]
    return type(parts[0])(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})
