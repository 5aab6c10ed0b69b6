"""Counts of exceptions in, tests of the value at risk out, as Arrow tables."""

from __future__ import annotations

from dataclasses import fields
from typing import Final

import numpy as np
import pyarrow as pa

from measures.backtest import Backtest, Counts, backtest_of_counts

KEY: Final = pa.schema(
    [
        pa.field("account_id", pa.string()),
        pa.field("month_start", pa.date32()),
        pa.field("month_end", pa.date32()),
        pa.field("value_date", pa.date32()),
        pa.field("method", pa.string()),
        pa.field("confidence_pct", pa.int32()),
    ]
)
TESTS: Final = ("kupiec", "independence", "conditional_coverage")
BACKTESTS: Final = pa.schema(
    [
        *KEY,
        pa.field("day_count", pa.int64()),
        pa.field("exception_count", pa.int64()),
        pa.field("expected_exception_count", pa.float64()),
        *(pa.field(f"{test}_{column}", pa.float64()) for test in TESTS for column in ("statistic", "p_value")),
        *(pa.field(f"{test}_reason", pa.string()) for test in TESTS),
    ]
)


def backtest_rows(counts: pa.Table) -> pa.Table:
    """The tests of every row.

    Args:
        counts: columns of the dbt model ``int_backtest_windows``.

    Returns:
        Schema ``BACKTESTS``: the rows of each confidence in their order, one confidence after the other.
    """
    confidences = sorted(set(counts["confidence_pct"].to_pylist()))
    of_confidence = np.asarray(counts["confidence_pct"])
    parts = [_rows(counts.filter(pa.array(of_confidence == percent)), percent) for percent in confidences]
    return pa.concat_tables([BACKTESTS.empty_table(), *parts])


def _rows(counts: pa.Table, percent: int) -> pa.Table:
    columns = {field.name: np.asarray(counts[field.name], dtype=np.float64) for field in fields(Counts)}
    tested = backtest_of_counts(Counts(**columns), percent / 100)
    return pa.table(
        [
            *(counts[field.name].cast(field.type) for field in KEY),
            counts["days"].cast(pa.int64()),
            counts["exceptions"].cast(pa.int64()),
            pa.array(columns["days"] * (100 - percent) / 100),
            *_figures(tested),
        ],
        schema=BACKTESTS,
    )


def _figures(tested: Backtest) -> list[pa.Array]:
    ratios = [getattr(tested, test) for test in TESTS]
    figures = [pa.array(part.values, from_pandas=True) for ratio in ratios for part in (ratio.statistic, ratio.p_value)]
    reasons = [pa.array([code or None for code in ratio.p_value.reasons], pa.string()) for ratio in ratios]
    return figures + reasons
