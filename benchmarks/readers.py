"""``python -m benchmarks.readers``: somebody reads in a loop while 500 small batches are published; who notices?

Each batch is one deposit of 1.00: it is accepted by the log, its effect is written into the build database, and
``flows.steps.publish`` publishes it. The effect is written by three statements here and not by dbt, which would be
nearly all of the time and which readers never see; a rebuild of the log at the end has to give the same rows.

The reader reads all the time. Publishing goes on in ten phases with a quiet one of the same length after each, so that
whatever else keeps the machine busy, and the growing number of published states, touch both kinds alike.

A read takes the deposits in two tables and the commit that the published state names. In every state they are one
number; anything else is a mix of two states.
"""

from __future__ import annotations

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Final

import duckdb

from eventlog.clock import Clock, fixed_clock
from eventlog.landing import Landing
from eventlog.settings import Settings, settings_for
from flows import lake, warehouse
from flows.contract import public_tables
from flows.hashes import content_of
from flows.steps.ingest import ingest
from flows.steps.publish import publish
from flows.steps.simulate import evening_of, simulate_days
from flows.steps.transform import Pending
from flows.steps.verify import Audit
from generators.simulation import default_scenario

ACCOUNT: Final = "ACC001"
_DAYS: Final = 60
_PHASES: Final = 10
_TABLES_WRITTEN: Final = ("main_facts.fact_cash_moves", "main_facts.fact_portfolio_value_daily")
_KEYS: Final = {"int_replay_keys": ", '$CASH' as symbol", "int_replay_accounts": "", "int_replay_returns": ""}
"""Models of touched keys, and their column beside account and day."""
_READ: Final = f"""
    select
        (select sum(amount) from main_facts.fact_cash_moves where account_id = '{ACCOUNT}' and type = 'DEPOSIT'),
        (select sum(inflow) from main_facts.fact_portfolio_value_daily where account_id = '{ACCOUNT}'),
        (
            select commit_extra_info::json ->> 'published_seq'
            from {lake.LAKE}.snapshots()
            where snapshot_id = (select id from {lake.LAKE}.current_snapshot())
        )::bigint
"""


@dataclass(frozen=True, slots=True)
class Begun:
    """The published home before the first deposit: the day they are booked on, and what is there already."""

    settings: Settings
    clock: Clock
    day: date
    last_seq: int
    deposits: float


@dataclass(frozen=True, slots=True)
class Read:
    """One read: when it began and how long it took (monotonic seconds), and what it saw."""

    begun_at: float
    seconds: float
    in_moves: float | None
    in_values: float | None
    published_seq: int | None
    error: str | None = None

    def is_mixed(self, begun: Begun) -> bool:
        """Whether the two tables and the commit belong to different states."""
        if self.error is not None or self.published_seq is None:
            return False
        due = begun.deposits + self.published_seq - begun.last_seq
        return not self.in_moves == self.in_values == due


def begin(folder: Path, day_count: int = _DAYS) -> Begun:
    """Simulate some days and publish them; dbt's tests and the gate are not what is measured here."""
    settings = settings_for(folder)
    scenario = default_scenario()
    clock = fixed_clock(evening_of(scenario.first_day + timedelta(days=2 * day_count)))
    simulate_days(settings, scenario, day_count, clock)
    last_seq = Landing(settings.landing).last_seq()
    warehouse.rebuild_unasked(settings, last_seq)
    publish(settings, Pending(0, last_seq), Audit(0, ()), "first", clock())
    first = read_once(settings)
    with warehouse.reading(settings) as database:
        ((day,),) = database.sql("select max(value_date) from main_facts.fact_portfolio_value_daily").fetchall()
    return Begun(settings, clock, day, first.published_seq or 0, first.in_moves or 0.0)


def read_once(settings: Settings) -> Read:
    """Open the lake like any reader, and take both tables and the commit in one statement."""
    begun_at = time.monotonic()
    try:
        with lake.reading(settings) as database:
            ((moves, values, seq),) = database.execute(_READ).fetchall()
    except duckdb.Error as error:
        return Read(begun_at, time.monotonic() - begun_at, None, None, None, str(error))
    return Read(begun_at, time.monotonic() - begun_at, float(moves), float(values), seq)


def publish_deposit(begun: Begun, number: int) -> tuple[float, float]:
    """Accept one deposit, let the build database follow, publish it: from when to when the publish took."""
    settings, seq = begun.settings, begun.last_seq + number
    file = settings.home / "deposit.csv"
    file.write_text(
        f"event_id,account_id,type,amount,occurred_at\nD{number},{ACCOUNT},DEPOSIT,1,{begun.day.isoformat()}\n"
    )
    (receipt,) = ingest(settings, "cash_events", [file], begun.clock)
    if receipt.accepted != 1:
        raise RuntimeError(f"deposit {number} was not accepted: {receipt}")
    _follow(begun, number, seq)
    published_from = time.monotonic()
    publish(settings, Pending(seq - 1, seq), Audit(0, ()), f"deposit-{number}", begun.clock())
    return published_from, time.monotonic()


def _follow(begun: Begun, number: int, seq: int) -> None:
    """What dbt would write for this deposit into the tables that are read here."""
    keys = {"account_id": ACCOUNT, "day": begun.day}
    with duckdb.connect(str(begun.settings.warehouse)) as database:
        database.execute(
            """
            insert into main_facts.fact_cash_moves by name
            select 'D' || $number as event_id, 'cash_events' as stream, $account_id as account_id, '$CASH' as symbol,
                'DEPOSIT' as type, 1 as amount, 1 as signed_amount, 'USD' as currency, $day as occurred_on,
                $day as settle_date
            """,
            keys | {"number": number},
        )
        database.execute(
            """
            update main_facts.fact_portfolio_value_daily
            set inflow = inflow + 1, net_deposits = net_deposits + 1, cash_balance = cash_balance + 1,
                cash_settled = cash_settled + 1, total_value = total_value + 1
            where account_id = $account_id and value_date = $day
            """,
            keys,
        )
        for model, symbol in _KEYS.items():
            database.execute(
                f"create or replace table main_intermediate.{model} as "
                f"select $account_id as account_id{symbol}, $day::date as replay_from",
                keys,
            )
        for table in public_tables(begun.settings):
            if table.replay_keys in _KEYS:
                relation = f"main_intermediate.{table.replay_keys}"
                database.execute(
                    f"create or replace view {table.replayed_rows} as select touched.* "
                    f"from {table.qualified} as touched, {relation} as replay "
                    f"where {table.is_touched('touched', relation)}"
                )
        database.execute("delete from main_intermediate.int_replay_lots")
        entry_sha256 = Landing(begun.settings.landing).entry_sha256(seq)
        database.execute("update event_log.applied set applied_seq = ?, entry_sha256 = ?", [seq, entry_sha256])
        database.execute("update event_log.watermark set replay_after_seq = ?, last_seq = ?", [seq - 1, seq])


def is_what_the_log_gives(begun: Begun) -> bool:
    """Whether a rebuild of the whole log has the rows that were written here, hash for hash."""
    tables = [table for table in public_tables(begun.settings) if table.qualified in _TABLES_WRITTEN]
    with lake.reading(begun.settings) as database:
        published = content_of(database, tables)
    warehouse.rebuild_unasked(begun.settings, Landing(begun.settings.landing).last_seq())
    with warehouse.reading(begun.settings) as database:
        return published == content_of(database, tables)


@contextmanager
def reader_beside(settings: Settings, report: Path) -> Iterator[None]:
    """Another process that reads in a loop until the block ends; ``report`` then holds its reads."""
    arguments = [sys.executable, "-m", "benchmarks.readers", "--read", str(settings.home), "--report", str(report)]
    reader = subprocess.Popen(arguments, stdin=subprocess.PIPE)
    try:
        yield
    finally:
        reader.communicate()
    if reader.returncode:
        raise RuntimeError(f"the reader ended with {reader.returncode}")


def reads_of(report: Path) -> list[Read]:
    """What a reader has reported."""
    return [Read(**json.loads(line)) for line in report.read_text(encoding="utf-8").splitlines()]


def _read_until_told(home: Path, report: Path) -> None:
    """Read until the standard input is closed."""
    import select  # noqa: PLC0415 - the reader alone needs it

    settings = settings_for(home)
    with report.open("w", encoding="utf-8") as lines:
        while not select.select([sys.stdin], [], [], 0)[0]:
            read = read_once(settings)
            lines.write(json.dumps({name: getattr(read, name) for name in Read.__slots__}) + "\n")


@dataclass(frozen=True, slots=True)
class Phase:
    """Some publishes, each from when to when, all of them with what goes before, and the quiet time after them."""

    publishes: list[tuple[float, float]]
    busy: tuple[float, float]
    quiet: tuple[float, float]


def live_through(begun: Begun, numbers: range) -> Phase:
    """Publish these deposits, then keep still for as long as that took."""
    since = time.monotonic()
    publishes = [publish_deposit(begun, number) for number in numbers]
    until = time.monotonic()
    time.sleep(until - since)
    return Phase(publishes, (since, until), (until, time.monotonic()))


def _overlapping(reads: list[Read], spans: list[tuple[float, float]]) -> list[Read]:
    return [
        read
        for read in reads
        if any(read.begun_at < until and read.begun_at + read.seconds > since for since, until in spans)
    ]


def _told_ms(reads: list[Read]) -> str:
    if len(reads) < 2:  # noqa: PLR2004 - a quantile needs two
        return f"{len(reads)} reads"
    cuts = quantiles((read.seconds for read in reads), n=20)
    return f"p50 {1000 * cuts[9]:.0f} ms, p95 {1000 * cuts[-1]:.0f} ms ({len(reads):,} reads)"


def measure(folder: Path, publish_count: int) -> None:
    """Publish so many deposits beside a reader and print what it met."""
    begun, report = begin(folder / "home"), folder / "reads.jsonl"
    bounds = [publish_count * phase // _PHASES for phase in range(_PHASES + 1)]
    with reader_beside(begun.settings, report):
        phases = [live_through(begun, range(after + 1, last + 1)) for after, last in itertools.pairwise(bounds)]
    reads = reads_of(report)
    publishes = [span for phase in phases for span in phase.publishes]
    busy = _overlapping(reads, [phase.busy for phase in phases])
    quiet = list(set(_overlapping(reads, [phase.quiet for phase in phases])) - set(busy))
    seconds = sorted(until - since for since, until in publishes)
    print(f"{publish_count} publishes, {seconds[len(seconds) // 2]:.2f} s each in the middle, {seconds[-1]:.2f} s most")
    print(f"reads: {len(reads):,}, errors: {sum(read.error is not None for read in reads)}, ", end="")
    print(f"mixed states: {sum(read.is_mixed(begun) for read in reads)}, ", end="")
    print(f"states seen: {len({read.published_seq for read in reads if read.error is None}):,}")
    print(f"quiet:                        {_told_ms(quiet)}")
    print(f"while batches come in:        {_told_ms(busy)}")
    print(f"  of these during a publish:  {_told_ms(_overlapping(busy, publishes))}")
    for error in sorted({read.error for read in reads if read.error}):
        print(f"  {error}")
    print(f"a rebuild of the log has the same rows: {is_what_the_log_gives(begun)}")


def main() -> None:
    """Measure, or be the reader of a measurement."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.readers", description=__doc__)
    parser.add_argument("--publishes", type=int, default=500, help="how many small batches")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--report", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.read:
        _read_until_told(asked.read, asked.report)
        return
    with tempfile.TemporaryDirectory(prefix="navlog-readers-") as folder:
        measure(Path(folder), asked.publishes)


if __name__ == "__main__":
    main()
