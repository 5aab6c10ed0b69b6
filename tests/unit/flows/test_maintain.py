"""Files of a lake that is published to and maintained again and again: they stay few, and no kept state loses a row."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta

import pytest

from eventlog.clock import system_clock
from eventlog.settings import settings_for
from flows import lake
from flows.lake import LAKE, Publication
from flows.steps.maintain import maintain

ROUNDS = 8


@pytest.fixture
def settings(tmp_path):
    settings = settings_for(tmp_path)
    with lake.writing(settings) as database:
        database.execute("create table main.moves (day integer, amount integer)")
    return settings


def publish(settings, day):
    """Twenty moves of a day; one of the day before is taken back, so that its file has a deleted row."""
    said = Publication(f"run-{day}", day, "0" * 64, "0" * 64, f"2024-01-{day:02}T22:00:00", 1)
    with lake.writing(settings) as database:
        database.execute("begin")
        database.execute("delete from main.moves where day = ? and amount = 20", [day - 1])
        database.execute("insert into main.moves select ?, amount from range(1, 21) as moves (amount)", [day])
        database.execute(f"call {LAKE}.set_commit_message('navlog', '', extra_info => ?)", [json.dumps(asdict(said))])
        database.execute("commit")


def files(settings):
    """Files with rows, and files that say which of these rows are deleted."""
    with lake.reading(settings) as database:
        return database.sql(f"select file_count, delete_file_count from ducklake_table_info('{LAKE}')").fetchall()


def held(settings, snapshot_id=None):
    with lake.connected(settings) as database:
        lake.attach_published(database, settings, LAKE, snapshot_id)
        return database.sql(f"select count(*), sum(amount) from {LAKE}.main.moves").fetchall()


def test_a_small_table_becomes_one_file_and_every_state_keeps_its_rows(settings):
    """Given publish and maintenance in turns, when nothing is forgotten, then each state says what it said."""
    said = {}
    for day in range(1, ROUNDS + 1):
        publish(settings, day)
        said[lake.snapshots(settings)[-1].snapshot_id] = [(19 * day + 1, 190 * day + 20)]
        done = maintain(settings, system_clock(), keep_days=30)

        assert files(settings) == [(1, 0)]
    assert (done.states_before, done.states_after, done.files_after) == (ROUNDS, ROUNDS, 1)
    assert {snapshot_id: held(settings, snapshot_id) for snapshot_id in said} == said


def test_a_large_table_is_written_anew_only_when_many_files_have_deleted_rows(settings, monkeypatch):
    """Given a table that counts as large, then files with deleted rows gather until there are three, and begin anew."""
    monkeypatch.setattr("flows.steps.maintain._SMALL_TABLE_BYTES", 0)
    monkeypatch.setattr("flows.steps.maintain._FILES_WITH_DELETED_ROWS_MOST", 2)
    seen = []
    for day in range(1, ROUNDS + 1):
        publish(settings, day)
        maintain(settings, system_clock() + timedelta(days=2 * day), keep_days=0)
        seen += files(settings)

    assert seen == [(1, 0), (2, 1), (3, 2), (1, 0), (2, 1), (3, 2), (1, 0), (2, 1)]
    assert held(settings) == [(19 * ROUNDS + 1, 190 * ROUNDS + 20)]


def test_files_that_maintenance_has_replaced_go_though_no_run_publishes_again(settings):
    """Given a last publish, when its states are two months old, then what is left is one file of one state."""
    for day in range(1, 4):
        publish(settings, day)
    maintain(settings, system_clock(), keep_days=30)

    done = maintain(settings, system_clock() + timedelta(days=60), keep_days=30)

    assert (done.states_after, done.files_on_disk) == (1, 1)
    assert held(settings) == [(58, 590)]


def test_states_may_be_kept_for_longer_than_the_calendar(settings):
    publish(settings, 1)

    done = maintain(settings, system_clock(), keep_days=9_999_999)

    assert (done.states_before, done.states_after) == (1, 1)


def test_a_long_log_of_a_service_keeps_its_last_lines_and_goes_on(settings, monkeypatch):
    """Given a service that writes and its log of a thousand lines, then a few are left and it writes behind them."""
    monkeypatch.setattr("flows.steps.maintain._LOG_BYTES_MOST", 1_000)
    monkeypatch.setattr("flows.steps.maintain._LOG_BYTES_KEPT", 25)
    publish(settings, 1)
    settings.service_logs.mkdir(parents=True)
    with (settings.service_logs / "worker.log").open("ab", buffering=0) as service:
        service.write(b"".join(b"line %d\n" % number for number in range(1_000)))

        maintain(settings, system_clock(), keep_days=30)
        service.write(b"line 1000\n")

    assert (settings.service_logs / "worker.log").read_text() == "line 998\nline 999\nline 1000\n"
