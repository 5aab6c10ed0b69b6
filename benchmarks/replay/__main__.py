"""``python -m benchmarks.replay``: build worlds of several sizes, refresh each with the same batches, print the cost.

Everything lies in a temporary folder that is removed at the end.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from benchmarks.replay.homes import Homes, write_delivery
from benchmarks.replay.measure import Measured, alone, rebuild, rebuild_tables, refresh_with
from benchmarks.replay.peer import TABLES, build_by_hand, require_equal, tables_by_hand
from benchmarks.replay.report import HEADER, Line, row
from benchmarks.replay.scenarios import SCENARIOS
from benchmarks.replay.touched import row_counts, rows_touched
from benchmarks.replay.world import World

_SCALES: Final = (100_000, 1_000_000)
_REPETITIONS: Final = 3
_COMPARED_TRADES_MOST: Final = 1_000_000
"""Up to here the tables made by hand are compared with navlog's, row for row; beyond, hashing takes minutes."""


def main() -> None:
    """Measure every scale asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.replay", description=__doc__)
    parser.add_argument("--trades", type=int, nargs="+", default=list(_SCALES), help="trades of history, per scale")
    parser.add_argument("--repetitions", type=int, default=_REPETITIONS, help="of each scenario; the cheapest counts")
    parser.add_argument("--folder", type=Path, default=None, help="where there is room (20 GB for ten million trades)")
    asked = parser.parse_args()
    print(HEADER)
    for trade_count in asked.trades:
        with tempfile.TemporaryDirectory(prefix="navlog-replay-", dir=asked.folder) as folder:
            for line in measure(Path(folder), World(trade_count), asked.repetitions):
                print(row(line), flush=True)


def measure(folder: Path, world: World, repetitions: int) -> Iterator[Line]:
    """Build the world once, then run every scenario on copies of it; a line as soon as it is measured."""
    homes = Homes(folder, world)
    built = alone(refresh_with, homes.settings, [], homes.clock())
    rows_before = row_counts(homes.settings)
    homes.keep()
    yield Line(world.trade_count, "first build, checks and publish", built)
    for name, scenario in SCENARIOS.items():
        runs: list[Measured] = []
        for _ in range(repetitions):
            homes.start_again()
            deliveries = write_delivery(folder, scenario(world))
            runs.append(alone(refresh_with, homes.settings, deliveries, homes.clock()))
        touched = rows_touched(homes.settings, rows_before)
        yield Line(world.trade_count, name, min(runs, key=lambda run: run.processor_s), touched)
    homes.start_again()
    yield Line(world.trade_count, "full rebuild", alone(rebuild, homes.settings))
    tables = tables_by_hand(homes.settings)
    yield Line(world.trade_count, "rebuild of the tables made by hand", alone(rebuild_tables, homes.settings, TABLES))
    by_hand = folder / "by_hand.duckdb"
    yield Line(world.trade_count, "the same tables by hand", alone(build_by_hand, homes.settings, by_hand))
    if world.trade_count <= _COMPARED_TRADES_MOST:
        require_equal(homes.settings, tables, by_hand)


if __name__ == "__main__":
    main()
