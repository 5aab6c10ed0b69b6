"""Expectations about several columns of a row at once, in the way in which Great Expectations is extended.

It takes about 10 ms for an expectation, whatever the rows; one per column was most of the time of the gate. A finding
still names the columns: `wrong_columns` finds them in the rows that are not as expected.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Final, Literal

import pandas as pd
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import MulticolumnMapMetricProvider
from great_expectations.expectations.metrics.map_metric_provider.multicolumn_condition_partial import (
    multicolumn_condition_partial,
)

from expectations.kinds import StatedOnce


class _Stated(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.stated"

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **_: object) -> pd.Series:  # noqa: N805 - called on the class
        return ~_missing(column_list).any(axis="columns")


class _Within(MulticolumnMapMetricProvider):
    condition_metric_name = "multicolumn_values.within"
    condition_value_keys = ("least", "most", "is_above")

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: pd.DataFrame, **bounds: Any) -> pd.Series:  # noqa: ANN401, N805 - called on the class
        return ~_beyond(column_list, bounds).any(axis="columns")


class ExpectRowsToStateColumns(StatedOnce, MulticolumnMapExpectation):
    """Every row has a value in every column: neither NULL nor NaN."""

    ignore_row_if: Literal["never"] = "never"
    map_metric: ClassVar[str] = "multicolumn_values.stated"


class ExpectRowsToHoldNumbersWithin(StatedOnce, MulticolumnMapExpectation):
    """Where a row has a value, it is from ``least`` to ``most``; ``is_above`` excludes the lower bound itself."""

    least: float
    most: float
    is_above: bool
    ignore_row_if: Literal["never"] = "never"
    map_metric: ClassVar[str] = "multicolumn_values.within"
    success_keys: ClassVar[tuple[str, ...]] = ("mostly", "least", "most", "is_above")


_STATED: Final = ExpectRowsToStateColumns.expectation_type
_WITHIN: Final = ExpectRowsToHoldNumbersWithin.expectation_type
KINDS: Final = (_STATED, _WITHIN)
"""The names that Great Expectations gives to these expectations."""


def wrong_columns(kind: str, parameters: Mapping[str, Any], row: Mapping[str, Any]) -> list[str]:
    """Which columns of a row that is not as expected are to blame."""
    rows = pd.DataFrame([row])
    wrong = _missing(rows) if kind == _STATED else _beyond(rows, parameters)
    return [str(column) for column in rows.columns if wrong[column].iloc[0]]


def _missing(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.isna()


def _beyond(rows: pd.DataFrame, bounds: Mapping[str, Any]) -> pd.DataFrame:
    """What is missing is not beyond anything."""
    too_low = rows.le(bounds["least"]) if bounds["is_above"] else rows.lt(bounds["least"])
    return too_low | rows.gt(bounds["most"])
