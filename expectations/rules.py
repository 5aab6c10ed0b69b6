"""The expectations that suites are made of, named by what they demand.

Great Expectations skips NULL in every expectation about values, and a frame from DuckDB holds NULL and NaN alike. So a
column that must have values gets its own not-null expectation, and a bound on both sides shuts out the infinities.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.metadata_types import FailureSeverity

from expectations import kinds
from expectations.row_expectations import ExpectRowsToHoldNumbersWithin, ExpectRowsToStateColumns

CRITICAL: Final = FailureSeverity.CRITICAL
WARNING: Final = FailureSeverity.WARNING

NUMBER_MAX: Final = 1e20
"""DECIMAL(28, 8) ends here; a greater number, or an infinity, came out of a division."""

TOLERANCE: Final = 1e-6
"""Two doubles agree within this share of the greater, and within this amount when both are below 1."""

Derivation = Callable[[pd.DataFrame], pd.Series]
"""One truth value per row: whether the columns of the row agree."""


@dataclass(frozen=True, slots=True)
class Suite:
    """What is expected of one stream or table.

    ``key`` names a row to the reader of a finding. ``derived`` columns are computed before the check; each says, row by
    row, whether the others agree.
    """

    name: str
    key: tuple[str, ...]
    expectations: tuple[Expectation, ...]
    derived: Mapping[str, Derivation] = field(default_factory=dict)


def exact_columns(columns: Sequence[str]) -> Expectation:
    """These columns in this order and no others."""
    return kinds.ExpectTableToHaveExactColumns(column_list=list(columns))


def columns_present(columns: Sequence[str]) -> Expectation:
    """At least these columns, in any order: a public table may grow."""
    return kinds.ExpectTableToHaveColumns(column_set=list(columns), exact_match=False)


def rows_due(least_rows: int) -> Expectation:
    """At least so many rows; nothing else notices an empty batch."""
    return kinds.ExpectTableToHaveRows(min_value=least_rows, description=f"at least {least_rows:,} rows")


def given(*columns: str, severity: FailureSeverity = CRITICAL) -> list[Expectation]:
    """Every row has a value: neither NULL nor NaN."""
    if len(columns) == 1:
        told = f"{columns[0]} is stated"
        return [kinds.ExpectColumnValuesToBeStated(column=columns[0], severity=severity, description=told)]
    told = f"every row states {', '.join(columns)}"
    return [ExpectRowsToStateColumns(column_list=list(columns), severity=severity, description=told)]


def unique(*columns: str) -> Expectation:
    """No two rows share the key."""
    told = f"{', '.join(columns)}: no two rows alike"
    if len(columns) == 1:
        return kinds.ExpectColumnValuesToDiffer(column=columns[0], description=told)
    return kinds.ExpectCompoundColumnsToDiffer(column_list=list(columns), description=told)


def between(
    column: str,
    least: float = -NUMBER_MAX,
    most: float = NUMBER_MAX,
    *,
    is_above: bool = False,
    is_below: bool = False,
    severity: FailureSeverity = CRITICAL,
) -> Expectation:
    """Values from ``least`` to ``most``; ``is_above`` and ``is_below`` exclude the bound itself."""
    return kinds.ExpectColumnValuesToBeWithin(
        column=column,
        min_value=least,
        max_value=most,
        strict_min=is_above,
        strict_max=is_below,
        severity=severity,
        description=f"{column} is {_range(least, most, is_above=is_above, is_below=is_below)}",
    )


def _all_between(columns: Sequence[str], least: float = -NUMBER_MAX, *, is_above: bool = False) -> list[Expectation]:
    if len(columns) == 1:
        return [between(columns[0], least, is_above=is_above)]
    told = f"every row has {', '.join(columns)} {_range(least, NUMBER_MAX, is_above=is_above)}"
    return [
        ExpectRowsToHoldNumbersWithin(
            column_list=list(columns), least=least, most=NUMBER_MAX, is_above=is_above, description=told
        )
    ]


def _range(least: float, most: float, *, is_above: bool = False, is_below: bool = False) -> str:
    lower = f"{'>' if is_above else '>='} {_shown(least)}" if least > -NUMBER_MAX else ""
    upper = f"{'<' if is_below else '<='} {_shown(most)}" if most < NUMBER_MAX else "finite"
    return " and ".join(bound for bound in (lower, upper) if bound)


def _shown(bound: float) -> str:
    return f"{bound:,.15g}" if round(bound, 6) == bound else f"{bound:.4g}"


def finite(*columns: str) -> list[Expectation]:
    """Where there is a value, it is a number that money can have, not an infinity."""
    return _all_between(columns)


def without_infinity(columns: Sequence[str]) -> Derivation:
    """Whether no figure of a row is an infinity: for figures that may be greater than money, or missing."""

    def derived(rows: pd.DataFrame) -> pd.Series:
        figures = rows[list(columns)].to_numpy(dtype=np.float64)
        return pd.Series(~np.isinf(figures).any(axis=1), index=rows.index)

    return derived


def not_negative(*columns: str) -> list[Expectation]:
    """Zero or more, and finite."""
    return _all_between(columns, 0)


def positive(*columns: str) -> list[Expectation]:
    """More than zero, and finite."""
    return _all_between(columns, 0, is_above=True)


def not_zero(column: str) -> Expectation:
    """Anything but zero."""
    return kinds.ExpectColumnValuesToBeNoneOf(column=column, value_set=[0], description=f"{column} is not 0")


def one_of(column: str, choices: Sequence[str]) -> Expectation:
    """One of the names that the declaration knows."""
    told = f"{column} is one of {', '.join(choices)}"
    return kinds.ExpectColumnValuesToBeOneOf(column=column, value_set=list(choices), description=told)


def matching(column: str, pattern: str) -> Expectation:
    r"""The whole text matches; ``\Z`` because ``$`` would let a line feed follow."""
    told = f"{column} is written as {pattern}"
    return kinds.ExpectColumnValuesToMatch(column=column, regex=rf"^(?:{pattern})\Z", description=told)


def not_before(late: str, early: str, severity: FailureSeverity = CRITICAL) -> Expectation:
    """Where both are stated, the one column is at or after the other; for numbers, at least as great."""
    return kinds.ExpectColumnPairValuesToBeInOrder(
        column_A=late,
        column_B=early,
        or_equal=True,
        ignore_row_if="either_value_is_missing",
        severity=severity,
        description=f"{late} >= {early}",
    )


def median_between(column: str, least: float, most: float) -> Expectation:
    """A plausible middle: catches a change of unit that no single value betrays."""
    told = f"the median of {column} is from {least:,.15g} to {most:,.15g}"
    return kinds.ExpectColumnMedianToBeWithin(
        column=column, min_value=least, max_value=most, severity=WARNING, description=told
    )


def holds(column: str, sentence: str, severity: FailureSeverity = CRITICAL) -> Expectation:
    """A derived column is true in every row; ``sentence`` tells the reader what that means."""
    return kinds.ExpectColumnValuesToBeOneOf(column=column, value_set=[True], severity=severity, description=sentence)


def near(column: str, odd: float, wrong: float) -> list[Expectation]:
    """A ratio that may be odd (a warning beyond the one factor, up or down) but not wrong (beyond the other)."""
    return [between(column, 1 / odd, odd, severity=WARNING), between(column, 1 / wrong, wrong)]


def agrees(left: pd.Series, right: pd.Series) -> pd.Series:
    """Whether two columns of doubles say the same number; a missing one agrees with nothing."""
    scale = pd.concat([left.abs(), right.abs()], axis="columns").max(axis="columns").clip(lower=1.0)
    return (left - right).abs() <= TOLERANCE * scale
