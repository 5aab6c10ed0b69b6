"""Maintenance of a lake in use: what crashes left goes, what anybody may be reading stays, nobody's figures move."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from benchmarks.readers import Begun, begin, publish_deposit, reader_beside, reads_of
from eventlog.clock import system_clock
from flows import lake
from flows.lake import LAKE
from flows.steps.maintain import maintain

pytestmark = pytest.mark.timeout(600)  # publishes beside a reader in a tight loop, on a machine that is busy

PUBLISHES = 10
DEPOSITS = "select count(*), sum(amount) from main_facts.fact_cash_moves where type = 'DEPOSIT'"
TABLES = "select schema_name || '.' || table_name from duckdb_tables() where database_name = 'lake'"
VALUES = "select count(*), sum(total_value) from main_facts.fact_portfolio_value_daily"


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Begun, Path]]:
    """Books with ten small publishes behind each other, and what a reader beside them has seen."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("NAVLOG_HOME", "DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS", "GX_ANALYTICS_ENABLED"):
            environment.setenv(name, "")
        folder = tmp_path_factory.mktemp("readers")
        begun = begin(folder / "home", day_count=10)
        with reader_beside(begun.settings, folder / "reads.jsonl"):
            for number in range(1, PUBLISHES + 1):
                publish_deposit(begun, number)
        yield begun, folder / "reads.jsonl"


@pytest.fixture
def begun(published, tmp_path):
    """A copy of the published books for one test."""
    original, _ = published
    shutil.copytree(original.settings.home, tmp_path / "home")
    return Begun(
        type(original.settings)(tmp_path / "home", tmp_path / "home" / "warehouse"),
        original.clock, original.day, original.last_seq, original.deposits,
    )  # fmt: skip


def seen(begun, snapshot_id=None):
    """What a reader sees now, or in an older state."""
    with lake.connected(begun.settings) as database:
        lake.attach_published(database, begun.settings, LAKE, snapshot_id)
        database.execute(f"use {LAKE}")
        return [*database.sql(DEPOSITS).fetchall(), *database.sql(VALUES).fetchall()]


def count_of_tables_with_rows(begun):
    """These books have no benchmark: a table without rows is a table without a file."""
    with lake.reading(begun.settings) as database:
        tables = [name for (name,) in database.sql(TABLES).fetchall()]
        return sum(1 for name in tables if database.sql(f"from {name} limit 1").fetchall())


def test_a_reader_beside_publishes_sees_whole_states_only(published):
    """Given ten publishes and a reader in a loop, then every read took two tables and the commit of one state."""
    begun, report = published
    reads = reads_of(report)

    assert len(reads) > 1
    assert [read.error for read in reads if read.error] == []
    assert [read for read in reads if read.is_mixed(begun)] == []
    assert len(lake.snapshots(begun.settings)) == PUBLISHES + 1


def test_what_a_killed_publish_left_goes_when_it_is_old(begun):
    """Given two files that no state names, one of them just written, then only the old one is removed."""
    data = begun.settings.lake_data
    some = next(data.rglob("*.parquet"))
    left, new = some.with_name("left.parquet"), some.with_name("new.parquet")
    for file in (left, new):
        shutil.copyfile(some, file)
    two_days_ago = (system_clock() - timedelta(days=2)).timestamp()
    os.utime(left, (two_days_ago, two_days_ago))
    before = seen(begun)

    done = maintain(begun.settings, system_clock(), keep_days=30)

    assert (done.orphans_removed, left.exists(), new.exists()) == (1, False, True)
    assert seen(begun) == before


def test_states_are_kept_by_age_and_every_kept_one_has_its_rows(begun):
    """Given the states of today, when nothing older than a month is to go, then each still says what it said."""
    states = lake.snapshots(begun.settings)
    before = {state.snapshot_id: seen(begun, state.snapshot_id) for state in states}

    done = maintain(begun.settings, system_clock(), keep_days=30)

    assert (done.states_before, done.states_after) == (len(states), len(states))
    assert lake.snapshots(begun.settings)[-1].publication == states[-1].publication
    assert {state.snapshot_id: seen(begun, state.snapshot_id) for state in states} == before


def test_a_month_later_one_state_is_left_with_its_rows(begun):
    """Given the clock of next month, then the newest state alone is left, whole, in a file per table."""
    before, newest = seen(begun), lake.last_publication(begun.settings)
    later = system_clock() + timedelta(days=40)

    maintain(begun.settings, later, keep_days=30)
    done = maintain(begun.settings, later + timedelta(days=2), keep_days=30)

    assert [state.publication for state in lake.snapshots(begun.settings)] == [newest]
    assert seen(begun) == before
    assert done.catalog_bytes_after <= done.catalog_bytes_before
    files = count_of_tables_with_rows(begun)
    assert files > 0
    assert (done.files_after, done.files_on_disk) == (files, files)


def test_a_reader_of_a_replaced_state_reads_on_through_maintenance(begun):
    """Given a state that somebody has opened and a publish replaces, when nothing is to be kept, it stays whole."""
    with lake.reading(begun.settings) as reader:
        reader.execute("begin")
        deposits = reader.sql(DEPOSITS).fetchall()
        reader.execute("commit")
        old = lake.snapshots(begun.settings)[-1].snapshot_id
        publish_deposit(begun, PUBLISHES + 1)

        maintain(begun.settings, system_clock(), keep_days=0)

        assert seen(begun, old)[:1] == deposits
        assert reader.sql(DEPOSITS).fetchall()[0][0] == deposits[0][0] + 1


def test_build_databases_that_were_set_aside_go_with_the_old_states(begun):
    aside = begun.settings.warehouse.with_name("portfolio.duckdb.set-aside-1")
    aside.write_bytes(b"not a database")
    os.utime(aside, (0, datetime(2024, 1, 1).timestamp()))

    maintain(begun.settings, system_clock(), keep_days=30)

    assert not aside.exists()
