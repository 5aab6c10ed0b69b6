"""``python -m benchmarks.next_day``: what does one more day cost 2,000 accounts after one year, and what after five?

Every account holds two symbols and trades each ten times a year. The new day brings a close of every symbol and a trade
of every twentieth account; positions, values, returns, risk, periods and the checks follow, and are published. A day
adds as much after five years as after one, so it should cost as much.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Final

from benchmarks.replay.homes import Homes, write_delivery
from benchmarks.replay.measure import Measured, alone, refresh_with
from benchmarks.replay.scenarios import Batch
from benchmarks.replay.world import DAY_COUNT, World, spread
from generators.market import price_events

ACCOUNTS: Final = 2_000
SYMBOLS_PER_ACCOUNT: Final = 2
TRADES_PER_KEY_AND_YEAR: Final = 10
_TRADES_OF_THE_DAY: Final = ACCOUNTS // 20
_MEBIBYTE: Final = 2**20


def world_of(years: int, account_count: int) -> World:
    """So many years of so many accounts."""
    keys = account_count * SYMBOLS_PER_ACCOUNT
    return World(
        trade_count=keys * TRADES_PER_KEY_AND_YEAR * years,
        day_count=DAY_COUNT * years,
        symbols_per_account=SYMBOLS_PER_ACCOUNT,
        trades_per_key=TRADES_PER_KEY_AND_YEAR * years,
    )


def next_day(world: World) -> Batch:
    """The closes and some trades of the day after the last."""
    later = replace(world, day_count=world.day_count + 1)
    keys = spread(_TRADES_OF_THE_DAY, world.key_count)
    return {
        "prices": price_events(later.universe, later.days[-1:], later.closes_cents[-1:]),
        "trades": later.trades_on(world.day_count, keys, "next"),
    }


def measure(folder: Path, world: World, repetitions: int) -> Measured:
    """Build the world and let the day come; the cheapest of some repetitions, each on a copy of the home."""
    homes = Homes(folder, world)
    built = alone(refresh_with, homes.settings, [], homes.clock())
    print(f"  first build: {built.processor_s:,.0f} processor s, {built.peak_bytes / _MEBIBYTE:,.0f} MB", flush=True)
    homes.keep()
    runs: list[Measured] = []
    for _ in range(repetitions):
        homes.start_again()
        deliveries = write_delivery(folder, next_day(world))
        runs.append(alone(refresh_with, homes.settings, deliveries, homes.clock()))
    return min(runs, key=lambda run: run.processor_s)


def main() -> None:
    """Measure both and print their ratio."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.next_day", description=__doc__)
    parser.add_argument("--years", type=int, nargs=2, default=[1, 5])
    parser.add_argument("--accounts", type=int, default=ACCOUNTS)
    parser.add_argument("--repetitions", type=int, default=3)
    parser.add_argument("--folder", type=Path, default=None, help="where there is room (10 GB)")
    asked = parser.parse_args()
    costs: list[Measured] = []
    for years in asked.years:
        with tempfile.TemporaryDirectory(prefix="navlog-day-", dir=asked.folder) as folder:
            print(f"{years} years of {asked.accounts:,} accounts", flush=True)
            day = measure(Path(folder), world_of(years, asked.accounts), asked.repetitions)
            costs.append(day)
            steps = ", ".join(f"{step} {seconds:.1f} s" for step, seconds in day.steps_s.items())
            print(f"  one more day: {day.processor_s:.1f} processor s, models {day.models_s:.1f} s ({steps}), ", end="")
            print(f"{day.peak_bytes / _MEBIBYTE:,.0f} MB", flush=True)
    before, after = costs
    print(f"ratio: {after.processor_s / before.processor_s:.2f} of processor time, ", end="")
    print(f"{after.models_s / before.models_s:.2f} of the models")


if __name__ == "__main__":
    main()
