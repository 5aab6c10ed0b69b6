"""How many events per second the fold takes, plain and compiled, and in how much memory: ``python -m benchmarks.fold``.

Simulated trades of 20,000 (account, symbol) keys lie in a DuckDB file, as when ``int_replayed_lots`` reads them; the
slices are written to a table of the same file. ``python -m benchmarks.fold 10000000`` takes so many trades. Every
measurement has a process of its own, because a process never gives its peak of memory back.
"""

from __future__ import annotations

import multiprocessing
import resource
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from generators.bulk import trades_in_bulk
from generators.business_calendar import business_days
from generators.universe import synthetic_universe
from ledger import LotMethod
from ledger.columns import COMPILED_FROM_ROWS, ROWS_PER_BATCH, replay_stream
from ledger.schema import ROWS

TRADE_COUNT: Final = 1_000_000
TRADES_PER_DAY: Final = 100_000
SYMBOL_COUNT: Final = 100
ACCOUNT_COUNT: Final = 200
PLAIN_COUNT: Final = COMPILED_FROM_ROWS - 1
SEED: Final = 7
MEMORY_LIMIT: Final = "1GB"
"""Of DuckDB, which sorts the trades; the fold's memory comes on top."""
_FIRST_DAY: Final = date(2020, 1, 2)
_METHODS: Final = ", ".join(f"'{method.value}'" for method in LotMethod)
_ROWS: Final = f"""
    select account_id, symbol, list_extract([{_METHODS}], cast(1 + hash(account_id) % {len(LotMethod)} as integer))
        as lot_method, 'TRADE' as kind, occurred_at, event_id, cast(null as timestamp) as opened_at,
        cast(null as varchar) as opened_by_event_id, if(side = 'BUY', quantity, -quantity) as quantity,
        cast(cast(quantity as decimal(20, 8)) * price as decimal(28, 8)) as amount, fee,
        cast(null as varchar) as named_lot_id, cast(null as decimal(20, 8)) as numerator,
        cast(null as decimal(20, 8)) as denominator
    from table_of_day
"""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process did: seconds on the clock, seconds of processor time, and its peak of memory."""

    row_count: int
    wall_s: float
    processor_s: float
    peak_bytes: int


def main() -> None:
    """Measure each way in a fresh process and print the figures."""
    trade_count = int(sys.argv[1]) if len(sys.argv) > 1 else TRADE_COUNT
    with tempfile.TemporaryDirectory() as directory:
        database = Path(directory) / "trades.duckdb"
        trades_made = _apart(make_trades, database, trade_count).row_count
        print(f"{'':<34}{'events':>12}{'events/s':>12}{'events/CPU s':>14}{'peak MB':>9}")
        for title, count, measure in (
            ("row by row", PLAIN_COUNT, fold_in_memory),
            ("compiled, with loading it", trades_made // 10, fold_in_memory),
            ("compiled, loaded", trades_made // 10, fold_again_in_memory),
            ("stream out of and into DuckDB", trades_made, fold_in_database),
            ("the same without the fold", trades_made, copy_in_database),
        ):
            print(_line(title, _apart(measure, database, count)))


def make_trades(database: Path, trade_count: int) -> Measured:
    """Put simulated trades into a table ``ledger_rows``, in no order."""
    universe = synthetic_universe(SYMBOL_COUNT, SEED)
    day_count = max(1, trade_count // TRADES_PER_DAY)
    days = business_days(_FIRST_DAY, _FIRST_DAY + timedelta(days=2 * day_count + 10))[:day_count]
    with _connected(database) as connection:
        empty = pa.Table.from_batches([], ROWS)
        connection.register("table_of_day", empty)
        connection.execute("create table ledger_rows as from table_of_day")
        for table in trades_in_bulk(universe, ACCOUNT_COUNT, days, TRADES_PER_DAY, SEED):
            connection.register("table_of_day", table)
            connection.execute(f"insert into ledger_rows by name {_ROWS}")
    return Measured(day_count * TRADES_PER_DAY, 0.0, 0.0, 0)


def fold_in_memory(database: Path, count: int) -> Measured:
    """Fold the first ``count`` rows, Arrow to Arrow."""
    batches = _first_keys(database, count)
    return _measured(count, lambda: _fold(batches))


def fold_again_in_memory(database: Path, count: int) -> Measured:
    """The same, after the compiled loop has been loaded and has run once."""
    batches = _first_keys(database, count)
    _fold(batches)
    return _measured(count, lambda: _fold(batches))


def fold_in_database(database: Path, count: int) -> Measured:
    """What ``int_replayed_lots`` does: sort, read as a stream, fold, write as a table."""
    return _through(database, count, lambda rows: replay_stream(rows, count))


def copy_in_database(database: Path, count: int) -> Measured:
    """Sort, read as a stream and write as a table: what DuckDB does of it."""
    return _through(database, count, lambda rows: rows)


def _through(database: Path, count: int, way: Callable[[pa.RecordBatchReader], pa.RecordBatchReader]) -> Measured:
    with _connected(database) as connection, connection.cursor() as writer:

        def write() -> None:
            writer.register("stream", way(_in_order(connection).to_arrow_reader(ROWS_PER_BATCH)))
            writer.execute("create or replace table written as from stream")

        return _measured(count, write)


def _first_keys(database: Path, count: int) -> list[pa.RecordBatch]:
    with _connected(database) as connection:
        table = _in_order(connection).limit(count).to_arrow_table()
    batches: list[pa.RecordBatch] = table.combine_chunks().to_batches(max_chunksize=ROWS_PER_BATCH)
    return batches


def _fold(batches: list[pa.RecordBatch]) -> None:
    row_count = sum(batch.num_rows for batch in batches)
    replay_stream(pa.RecordBatchReader.from_batches(batches[0].schema, batches), row_count).read_all()


def _in_order(connection: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyRelation:
    return connection.table("ledger_rows").order("account_id, symbol, occurred_at, kind, event_id")


def _connected(database: Path) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(str(database), config={"memory_limit": MEMORY_LIMIT, "preserve_insertion_order": False})
    connection.execute("set enable_progress_bar = false")
    return connection


def _measured(count: int, work: Callable[[], None]) -> Measured:
    wall_start_s, processor_start_s = time.perf_counter(), time.process_time()
    work()
    wall_s, processor_s = time.perf_counter() - wall_start_s, time.process_time() - processor_start_s
    return Measured(count, wall_s, processor_s, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def _apart(measure: Callable[[Path, int], Measured], database: Path, count: int) -> Measured:
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, database, count).result()


def _line(title: str, measured: Measured) -> str:
    wall, processor = measured.row_count / measured.wall_s, measured.row_count / measured.processor_s
    return f"{title:<34}{measured.row_count:>12,}{wall:>12,.0f}{processor:>14,.0f}{measured.peak_bytes / 1e6:>9,.0f}"


if __name__ == "__main__":
    main()
