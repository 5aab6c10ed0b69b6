"""The lake on PostgreSQL, its files in the home or in a bucket: moved there with its history, and lived in.

Runs where a PostgreSQL server is installed; with a bucket where moto's S3 server is, too (`moto_server`).
"""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import duckdb
import httpx
import pytest

from benchmarks.readers import Begun, begin, publish_deposit
from eventlog.clock import system_clock
from eventlog.settings import Settings
from flows import lake
from flows.lake import LakeUnreachableError, NothingPublishedError, Watch
from flows.steps.maintain import maintain
from flows.steps.move_lake import NotMovedError, move_lake
from flows.steps.publish import publish
from flows.steps.transform import Pending
from flows.steps.verify import Audit
from tests.postgres import PASSWORD, USER, Postgres, free_port, postgres_server, serving
from tests.services import wait_for

KEY = "not-a-key-outside-this-test"
DEPOSITS = "select count(*), sum(amount) from main_facts.fact_cash_moves where type = 'DEPOSIT'"
VALUES = "select count(*), sum(total_value), sum(hash(one)) from main_facts.fact_portfolio_value_daily as one"


@pytest.fixture(scope="module", autouse=True)
def postgres() -> Iterator[Postgres]:
    """One server for this file; each lake has a database of its own there."""
    with pytest.MonkeyPatch.context() as environment, postgres_server() as server:
        for name in ("NAVLOG_HOME", "DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS", "GX_ANALYTICS_ENABLED"):
            environment.setenv(name, "")
        environment.setenv("NAVLOG_LAKE_CATALOG_PASSWORD", PASSWORD)
        yield server


@pytest.fixture(scope="module")
def begun(postgres: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Begun:
    """Books in a home, published once; tests that change them take a copy."""
    return begin(tmp_path_factory.mktemp("elsewhere") / "home", day_count=3)


@pytest.fixture(params=["folder", "bucket"])
def elsewhere(begun, postgres, tmp_path, monkeypatch, request) -> Iterator[tuple[Begun, Settings]]:
    """The books in their home after two more publishes, and the place where their lake shall go."""
    shutil.copytree(begun.settings.home, tmp_path / "home")
    home = Settings(tmp_path / "home", tmp_path / "home" / "warehouse")
    for number in (1, 2):
        publish_deposit(replace(begun, settings=home), number)
    server = replace(home, lake_server=database_of(postgres, request.param))
    if request.param == "folder":
        yield replace(begun, settings=home), server
    else:
        with s3_server() as endpoint:
            monkeypatch.setenv("NAVLOG_S3_ENDPOINT", endpoint)
            monkeypatch.setenv("NAVLOG_S3_KEY_ID", "tests")
            monkeypatch.setenv("NAVLOG_S3_SECRET_KEY", KEY)
            yield replace(begun, settings=home), replace(server, lake_bucket="s3://books/navlog")


@contextmanager
def s3_server() -> Iterator[str]:
    """A server that speaks S3, with an empty bucket."""
    executable = shutil.which("moto_server")
    if executable is None:
        pytest.skip("no S3 server on this machine: `moto_server` (of moto[server]) is not on the PATH")
    port = free_port()
    with serving([executable, "-H", "127.0.0.1", "-p", str(port)]):
        wait_for(lambda: is_made(f"http://127.0.0.1:{port}/books"), "the S3 server", seconds=60)
        yield f"http://127.0.0.1:{port}"


def is_made(bucket: str) -> bool:
    try:
        return httpx.put(bucket, timeout=10).is_success
    except httpx.TransportError:
        return False


def database_of(postgres: Postgres, name: str) -> str:
    """The address of a new database."""
    postgres.query(f"create database {name}")
    return f"postgres:dbname={name} host=127.0.0.1 port={postgres.port} user={USER}"


def states_of(settings: Settings) -> dict[int, list[tuple]]:
    """What each published state that is left holds."""
    seen = {}
    states = lake.snapshots(settings)
    with lake.connected(settings) as database:
        for state in states:
            name = f"state_{state.snapshot_id}"
            lake.attach_published(database, settings, name, state.snapshot_id)
            database.execute(f"use {name}")
            seen[state.publication.published_seq] = [
                *database.sql(DEPOSITS).fetchall(),
                *database.sql(VALUES).fetchall(),
            ]
    return seen


def test_a_lake_moves_with_its_history_and_lives_on(elsewhere):
    """Given three states, when the lake moves, then all are there, the next one too, and maintenance moves no figure.

    The lake that it was stays readable, and a second move overwrites nothing.
    """
    at_home, there = elsewhere
    three_states = states_of(at_home.settings)

    moved = move_lake(there)

    assert moved.states == len(three_states) == 3
    assert states_of(there) == three_states == states_of(at_home.settings)
    with pytest.raises(NotMovedError, match="published there already"):
        move_lake(there)

    watch = Watch(there)
    before = watch.stamp()
    publish_deposit(replace(at_home, settings=there), 3)
    four_states = states_of(there)

    assert watch.stamp() != before
    assert states_of(at_home.settings) == three_states
    assert {number: four_states[number] for number in three_states} == three_states
    (deposits, _), *_ = list(four_states.values())[-1]
    assert deposits == list(three_states.values())[-1][0][0] + 1

    done = maintain(there, system_clock(), keep_days=30)

    assert 0 < done.catalog_bytes_after
    assert done.orphans_removed == 0
    assert states_of(there) == four_states


def test_a_lake_begins_on_a_server(begun, postgres, tmp_path):
    """Given an empty database, then nothing is published there; after a publish it says what the lake at home says."""
    home = begun.settings
    there = Settings(tmp_path, home.warehouse_folder, lake_server=database_of(postgres, "begins"))
    with pytest.raises(NothingPublishedError), lake.reading(there):
        pass
    assert (lake.snapshots(there), Watch(there).stamp()) == ([], ())

    publish(there, Pending(0, begun.last_seq), Audit(0, ()), "first", begun.clock())

    assert list(states_of(there).values()) == list(states_of(home).values())


def test_a_password_is_shown_nowhere(begun, postgres, tmp_path, monkeypatch):
    """Given a lake on a server, then neither settings nor what SQL can ask nor an error tells how to sign in."""
    there = Settings(tmp_path, begun.settings.warehouse_folder, lake_server=database_of(postgres, "shown"))
    with lake.writing(there) as database:
        asked = [database.sql(f"from {what}").fetchall() for what in ("duckdb_secrets()", "duckdb_databases()")]
        with pytest.raises(duckdb.Error, match="disabled"):
            database.sql("from duckdb_secrets(redact = false)")
    monkeypatch.setenv("NAVLOG_LAKE_CATALOG_PASSWORD", f"wrong-{PASSWORD}")
    with pytest.raises(LakeUnreachableError, match="password authentication failed") as refused:
        lake.last_publication(there)

    assert "shown" in str(refused.value)
    for told in (repr(there), str(pickle.dumps(there)), str(asked), str(refused.value)):
        assert PASSWORD not in told


def test_readers_can_be_given_a_server_that_they_only_read(begun, postgres, tmp_path):
    """Given a user who may only select, then it reads the published tables, and a publish is refused to it."""
    home = begun.settings
    owner = Settings(tmp_path, home.warehouse_folder, lake_server=database_of(postgres, "readers"))
    publish(owner, Pending(0, begun.last_seq), Audit(0, ()), "first", begun.clock())
    postgres.query(f"create role reader login password '{PASSWORD}'")
    postgres.query("grant pg_read_all_data to reader")
    reader = replace(owner, lake_server=owner.lake_server.replace(f"user={USER}", "user=reader"))

    assert states_of(reader) == states_of(owner)
    with pytest.raises(duckdb.Error, match="permission denied"):
        publish(reader, Pending(0, begun.last_seq), Audit(0, ()), "second", begun.clock())
