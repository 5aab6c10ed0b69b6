"""Rows of daily returns in, rows of risk out, as Arrow streams: what tables of risk are filled with.

A row stands for an account and a valuation day. Its risk is measured over the last 30, 90 and 252 defined returns and
over all of history; VaR and ES over the last 252. The rows that come out are the same for any cut into batches.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.benchmark import PairSums
from measures.measured import Codes, Column, Flags, Integers, Measured, Reason, measured
from measures.moments import Sums
from measures.panels import Windows, windows
from measures.value_at_risk import TailRisk
from measures.window_risk import moment_columns, pair_columns, window_columns, window_tails, yearly_columns

WINDOWS: Final = (30, 90, 252)
"""Defined returns in a window; a ratio needs a full one."""
SINCE_INCEPTION: Final = "INCEPTION"
TAIL_WINDOW: Final = 252
TAIL_RETURNS_LEAST: Final = 30
"""VaR and ES: over the last so many returns, and from how many on."""

_DAYS_OF_YEAR: Final = 365
_RETURNS_OF_YEAR: Final = 252

PERCENT: Final = {
    "cumulative_return": "cumulative_return_pct",
    "annualised_return": "annualized_return_pct",
    "volatility": "annualized_volatility_pct",
    "downside_deviation": "downside_deviation_pct",
    "hit_rate": "hit_rate_pct",
    "best": "best_day_pct",
    "worst": "worst_day_pct",
    "max_drawdown": "max_drawdown_pct",
    "current_drawdown": "current_drawdown_pct",
    "alpha": "alpha_pct",
    "tracking_error": "tracking_error_pct",
}
"""Measures that are fractions, and their columns in percent."""
RATIOS: Final = {
    "sharpe": "sharpe_ratio",
    "sortino": "sortino_ratio",
    "calmar": "calmar_ratio",
    "omega": "omega_ratio",
    "skew": "skewness",
    "kurtosis": "excess_kurtosis",
    "beta": "beta",
    "information_ratio": "information_ratio",
    "up_capture": "up_capture_ratio",
    "down_capture": "down_capture_ratio",
}
"""Measures without a unit, and their columns."""

_KEY: Final = [pa.field("account_id", pa.string()), pa.field("value_date", pa.date32())]
RISK: Final = pa.schema(
    [
        *_KEY,
        pa.field("risk_window", pa.string()),
        pa.field("return_count", pa.int64()),
        *(pa.field(column, pa.float64()) for column in (*PERCENT.values(), *RATIOS.values())),
        pa.field("reasons", pa.string()),
    ]
)
"""Schema of ``risk_stream``."""
TAILS: Final = pa.schema(
    [
        *_KEY,
        pa.field("method", pa.string()),
        pa.field("return_count", pa.int64()),
        *(pa.field(f"{name}_{percent}_pct", pa.float64()) for percent in (95, 99) for name in ("var", "es")),
        *(pa.field(f"is_doubtful_{percent}", pa.bool_()) for percent in (95, 99)),
        pa.field("seed", pa.int64()),
        pa.field("draw_count", pa.int64()),
        pa.field("reason", pa.string()),
    ]
)
"""Schema of ``tail_stream``."""


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """Some accounts' days: which of them are measured, and where the windows that end at them lie."""

    rows: pa.Table
    measured_rows: pa.Table
    first: Integers
    last: Integers

    def windows(self, column: str, length: int) -> Windows:
        """The windows over a column, on the days that have a return."""
        return windows(_numbers(self.rows, column)[_has_return(self.rows)], self.first, self.last, length)

    @property
    def counts(self) -> Integers:
        """Defined returns up to each measured day."""
        return np.asarray(_numbers(self.measured_rows, "return_count"), dtype=np.int64)

    @property
    def has_benchmark(self) -> bool:
        """Whether one of the days has a return of a benchmark."""
        return bool(self.rows["benchmark_return"].null_count < self.rows.num_rows)


def risk_stream(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """The risk of every day that is to be measured, a row per window.

    Args:
        rows: columns of the dbt model ``int_returns_to_measure``, ordered by account_id and value_date.

    Returns:
        Schema ``RISK``.
    """
    return pa.RecordBatchReader.from_batches(
        RISK, (batch for series in _series(rows) for batch in _risk_batches(series))
    )


def tail_stream(rows: pa.RecordBatchReader) -> pa.RecordBatchReader:
    """VaR and ES of every day that is to be measured, a row per method.

    Args:
        rows: account_id, value_date, day_return, return_count and is_replayed of ``int_returns_to_measure``, ordered by
            account_id and value_date.

    Returns:
        Schema ``TAILS``.
    """
    return pa.RecordBatchReader.from_batches(
        TAILS, (batch for series in _series(rows) for batch in _tail_batches(series))
    )


def reasons_text(columns: dict[str, Measured]) -> list[str | None]:
    """Per row the columns without a value and why, as a JSON object; None if every one has a value."""
    names = list(columns)
    codes: list[Codes] = [columns[name].reasons for name in names]
    told: dict[tuple[str, ...], str | None] = {}
    texts = []
    for row in zip(*codes, strict=True):
        if row not in told:
            missing = {name: reason for name, reason in zip(names, row, strict=True) if reason}
            told[row] = json.dumps(missing) if missing else None
        texts.append(told[row])
    return texts


def _series(rows: pa.RecordBatchReader) -> Iterator[_Series]:
    for table in _whole_accounts(rows):
        is_measured = np.asarray(table["is_replayed"])
        if not is_measured.any():
            continue
        number = np.cumsum(_has_return(table)) - 1
        starts = np.flatnonzero(_account_begins(table))
        returns_before = np.concatenate([[0], number + 1])[starts]
        of_account = np.cumsum(_account_begins(table)) - 1
        yield _Series(
            table,
            table.filter(pa.array(is_measured)),
            first=returns_before[of_account][is_measured],
            last=number[is_measured],
        )


def _whole_accounts(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Cut a stream where an account ends, once per batch if it can be."""
    held = rows.schema.empty_table()
    for batch in rows:
        held = pa.concat_tables([held, pa.Table.from_batches([batch])])
        begins = np.flatnonzero(_account_begins(held))
        if len(begins) > 1:
            yield held.slice(0, begins[-1])
            held = held.slice(begins[-1])
    yield held


def _account_begins(table: pa.Table) -> Flags:
    account = table["account_id"].combine_chunks()
    changes = np.asarray(pc.not_equal(account[1:], account[:-1]).cast(pa.bool_()))
    return np.concatenate([np.ones(min(len(account), 1), np.bool_), changes])


def _has_return(table: pa.Table) -> Flags:
    return np.asarray(table["day_return"].is_valid())


def _numbers(table: pa.Table, column: str) -> Column:
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), dtype=np.float64)


def _risk_batches(series: _Series) -> Iterator[pa.RecordBatch]:
    for length in WINDOWS:
        columns = window_columns(
            series.windows("day_return", length),
            series.windows("benchmark_return", length) if series.has_benchmark else None,
            days=np.full(len(series.last), length * _DAYS_OF_YEAR / _RETURNS_OF_YEAR),
            risk_free=series.windows("risk_free_return", length),
            returns_least=length,
        )
        is_short = (series.counts < length, Reason.TOO_FEW_RETURNS)
        full = {
            name: measured(column.values, _without_benchmark(column), is_short, (column.reasons, None))
            for name, column in columns.items()
        }
        yield _risk_batch(series, f"{length}D", np.minimum(series.counts, length), full)
    yield _risk_batch(series, SINCE_INCEPTION, series.counts, _columns_since_inception(series))


def _without_benchmark(column: Measured) -> tuple[Flags, Reason]:
    """Told first, as of a batch in which nobody has a benchmark: a row says the same whoever comes with it."""
    return column.reasons == Reason.NO_BENCHMARK, Reason.NO_BENCHMARK


def _columns_since_inception(series: _Series) -> dict[str, Measured]:
    rows, counts = series.measured_rows, series.counts
    sums = Sums(**{field.name: _sum(rows, _SUMS.get(field.name, field.name)) for field in fields(Sums)} | _powers(rows))
    rate = _numbers(rows, "risk_free_total") / np.maximum(counts, 1)
    none = (counts == 0, Reason.TOO_FEW_RETURNS)
    path = {name: measured(_numbers(rows, name), none) for name in _PATH}
    days = np.asarray((pc.days_between(rows["first_date"], rows["value_date"])), dtype=np.float64)
    columns = path | moment_columns(sums.moments(), rate)
    columns |= yearly_columns(path["cumulative_return"], path["max_drawdown"], days)
    pair_sums = _pair_sums(rows)
    pair_rate = _numbers(rows, "risk_free_pair_total") / np.maximum(pair_sums.count, 1)
    return columns | pair_columns(pair_sums.pairs(), pair_rate)


def _powers(rows: pa.Table) -> dict[str, Column]:
    """The sums of high powers: those of small returns are kept apart, as sums of a larger unit."""
    return {
        name: _sum(rows, name) + _sum(rows, f"small_{name}") / _SMALL_UNITS**power
        for name, power in (("cubes", 3), ("fourths", 4))
    }


def _pair_sums(rows: pa.Table) -> PairSums:
    sums = {field.name: _sum(rows, _PAIR_SUMS.get(field.name, field.name)) for field in fields(PairSums)}
    for side in ("up", "down"):
        is_lost = _numbers(rows, f"{side}_loss_count") > 0
        sums[f"{side}_log"] = np.where(is_lost, -np.inf, sums[f"{side}_log"])
    return PairSums(**sums)


_SMALL_UNITS: Final = 100_000
"""How many units of a small return make one (macro ``sums_to_date``)."""
_PATH: Final = ("cumulative_return", "max_drawdown", "current_drawdown")
_SUMS: Final = {"count": "return_count"}
_PAIR_SUMS: Final = {
    "count": "benchmark_count",
    "total": "pair_total",
    "up_count": "benchmark_up_count",
    "down_count": "benchmark_down_count",
}
"""Names of sums in the table, where they differ."""


def _sum(rows: pa.Table, column: str) -> Column:
    return np.nan_to_num(_numbers(rows, column))


def _risk_batch(series: _Series, name: str, counts: Integers, columns: dict[str, Measured]) -> pa.RecordBatch:
    no_benchmark = measured(np.full(len(counts), np.nan), (np.ones(len(counts), np.bool_), Reason.NO_BENCHMARK))
    scales = {measure: (column, 100.0) for measure, column in PERCENT.items()}
    scales |= {measure: (column, 1.0) for measure, column in RATIOS.items()}
    by_column = {column: columns.get(measure, no_benchmark) for measure, (column, _scale) in scales.items()}
    scale_of = dict(scales.values())
    return pa.RecordBatch.from_arrays(
        [
            *_keys(series),
            pa.repeat(name, len(counts)),
            pa.array(counts),
            *(pa.array(scale_of[column] * part.values, from_pandas=True) for column, part in by_column.items()),
            pa.array(reasons_text(by_column), pa.string()),
        ],
        schema=RISK,
    )


def _keys(series: _Series) -> list[pa.Array]:
    return [series.measured_rows[field.name].combine_chunks().cast(field.type) for field in _KEY]


def _tail_batches(series: _Series) -> Iterator[pa.RecordBatch]:
    counts = np.minimum(series.counts, TAIL_WINDOW)
    tails = window_tails(series.windows("day_return", TAIL_WINDOW), TAIL_RETURNS_LEAST)
    for method in dict.fromkeys(tail.method for tail in tails):
        low, high = (tail for tail in tails if tail.method == method)
        yield _tail_batch(series, counts, low, high)


def _tail_batch(series: _Series, counts: Integers, low: TailRisk, high: TailRisk) -> pa.RecordBatch:
    figures = [part for tail in (low, high) for part in (tail.value_at_risk, tail.expected_shortfall)]
    reason = low.value_at_risk.reasons
    return pa.RecordBatch.from_arrays(
        [
            *_keys(series),
            pa.repeat(low.method, len(counts)),
            pa.array(counts),
            *(pa.array(100 * figure.values, from_pandas=True) for figure in figures),
            *(pa.array(tail.is_doubtful) for tail in (low, high)),
            pa.array([low.seed] * len(counts), pa.int64()),
            pa.array([low.draws] * len(counts), pa.int64()),
            pa.array([code or None for code in reason], pa.string()),
        ],
        schema=TAILS,
    )
