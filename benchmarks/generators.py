"""How many simulated trades per second one core makes and writes: ``python -m benchmarks.generators``.

The Parquet files go to a temporary directory that disappears. They are written as the landing zone's could be: zstd,
with dictionaries only where texts repeat.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from eventlog.events import TRADES
from generators.bulk import trades_in_bulk
from generators.business_calendar import business_days
from generators.universe import synthetic_universe

SYMBOL_COUNT: Final = 500
ACCOUNT_COUNT: Final = 10_000
DAY_COUNT: Final = 12
TRADES_PER_DAY: Final = 250_000
SEED: Final = 7
_FIRST_DAY: Final = date(2024, 1, 2)
_REPEATING: Final = ["account_id", "symbol", "side", "fee", "currency", "venue"]


@dataclass(frozen=True, slots=True)
class Measured:
    """What one run cost: seconds on the clock, and seconds of processor time over all threads."""

    event_count: int
    generate_s: float
    write_s: float
    processor_s: float
    file_bytes: int


def main() -> None:
    """Measure once after a warm-up day and print the figures."""
    days = business_days(_FIRST_DAY, _FIRST_DAY + timedelta(days=2 * DAY_COUNT))[:DAY_COUNT]
    measure(days[:1])
    print(report(measure(days)))


def measure(days: list[date]) -> Measured:
    """Generate and write the trades of ``days``."""
    universe = synthetic_universe(SYMBOL_COUNT, SEED)
    event_count, generate_s, write_s, file_bytes = 0, 0.0, 0.0, 0
    with tempfile.TemporaryDirectory() as directory:
        tables = trades_in_bulk(universe, ACCOUNT_COUNT, days, TRADES_PER_DAY, SEED)
        processor_start_s = time.process_time()
        for number, (table, table_s) in enumerate(_timed(tables)):
            path = Path(directory) / f"{TRADES.stream}-{number}.parquet"
            write_start_s = time.perf_counter()
            _write(table, path)
            write_s += time.perf_counter() - write_start_s
            generate_s += table_s
            event_count += table.num_rows
            file_bytes += path.stat().st_size
        processor_s = time.process_time() - processor_start_s
    return Measured(event_count, generate_s, write_s, processor_s, file_bytes)


def report(measured: Measured) -> str:
    """Return the figures as lines for people."""
    total_s = measured.generate_s + measured.write_s
    return "\n".join(
        [
            f"trades generated and written  {measured.event_count:>12,}",
            f"events per second             {measured.event_count / total_s:>12,.0f}",
            f"events per processor second   {measured.event_count / measured.processor_s:>12,.0f}",
            f"generate alone, per second    {measured.event_count / measured.generate_s:>12,.0f}",
            f"generate : write              {f'1 : {measured.write_s / measured.generate_s:.1f}':>12}",
            f"bytes per event               {measured.file_bytes / measured.event_count:>12.1f}",
        ]
    )


def _timed(tables: Iterator[pa.Table]) -> Iterator[tuple[pa.Table, float]]:
    """Yield every table with the seconds that it took to make."""
    start_s = time.perf_counter()
    for table in tables:
        yield table, time.perf_counter() - start_s
        start_s = time.perf_counter()


def _write(table: pa.Table, path: Path) -> None:
    pq.write_table(table, path, compression="zstd", compression_level=1, use_dictionary=_REPEATING)


if __name__ == "__main__":
    main()
