"""Keeps a home small: merges the lake's files, forgets old states and old log lines, and what crashes have left.

A reader is never broken: what it may have opened stays for ``READERS_MAY_TAKE`` after it was replaced, whatever is
asked.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows import builds, lake
from flows.lake import LAKE
from flows.lock import one_writer

READERS_MAY_TAKE: Final = timedelta(days=1)
"""Longer than any read: a state that was replaced, or a file that no state names, is left alone for so long."""

_KEEP_DAYS_MOST: Final = 36_500
"""A century: no state is older, and the calendar reaches back so far."""

_SMALL_TABLE_BYTES: Final = 8_000_000
_FILES_WITH_DELETED_ROWS_MOST: Final = 8
_DELETED_SHARE_MOST: Final = 0.5
"""A table that is small, or has more such files, is freed of all deleted rows; in others files of mostly such rows."""

_LOG_BYTES_MOST: Final = 5_000_000
_LOG_BYTES_KEPT: Final = 1_000_000
"""A longer log of a service loses its beginning."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """Published states, and files of the newest one, before and after; what is on disk, and what was removed."""

    states_before: int
    states_after: int
    files_before: int
    files_after: int
    files_on_disk: int
    orphans_removed: int
    catalog_bytes_before: int
    catalog_bytes_after: int


def maintain(settings: Settings, now: datetime, keep_days: int) -> Maintained:
    """Merge small files and forget states that were replaced more than ``keep_days`` ago; the newest always stays.

    Moments that were folded for a question are forgotten too: the next question folds them again. The log, and the
    verdict of the last run, are never touched.

    Raises:
        BusyError: a run is writing.
        NothingPublishedError: there is no lake yet.
    """
    unread_since = now - READERS_MAY_TAKE
    forget_before = min(now - timedelta(days=min(keep_days, _KEEP_DAYS_MOST)), unread_since)
    with one_writer(settings):
        states_before = len(lake.snapshots(settings))
        if not states_before:
            raise lake.NothingPublishedError(settings)
        before = lake.size(settings)
        with lake.writing(settings) as database:
            files_before = _files_of_newest(database)
            _merge(database)
            _forget(database, forget_before)
            database.execute(f"call ducklake_cleanup_old_files('{LAKE}', older_than => ?)", [unread_since])
            orphans_removed = _remove_orphans(database, unread_since)
            files_after = _files_of_newest(database)
        lake.shrink_catalog(settings)
        for folded in (settings, builds.beside_the_runs(settings)):
            builds.forget_folded(folded, kept=0)
        _remove_set_aside(settings, forget_before)
        _shorten_logs(settings.service_logs)
        after = lake.size(settings)
    return Maintained(
        states_before,
        len(lake.snapshots(settings)),
        files_before,
        files_after,
        after.files,
        orphans_removed,
        before.catalog_bytes,
        after.catalog_bytes,
    )


def _merge(database: duckdb.DuckDBPyConnection) -> None:
    """Move small inserts out of the catalog, write files with deleted rows anew, and make one file of small ones.

    In this order: only files without a deleted row are merged, and moving inserts out writes such rows too. Every
    state keeps its rows: files that are written anew stay for the older states until these are forgotten.
    """
    with lake.on_one_thread(database):
        _as_published(database, lake.FLUSH)
    for schema, table, threshold in _deleted_shares_kept(database):
        _as_published(
            database,
            f"call ducklake_rewrite_data_files('{LAKE}', '{table}', schema => '{schema}', "
            f"delete_threshold => {threshold})",
        )
    _as_published(database, f"call ducklake_merge_adjacent_files('{LAKE}')")


def _deleted_shares_kept(database: duckdb.DuckDBPyConnection) -> list[tuple[str, str, float]]:
    """Tables with deleted rows, and the share of deleted rows up to which a file of theirs is left as it is.

    Anything but none would let files pile up, as those with deleted rows are never merged. But writing a large table
    anew each time would store it as often as there are states kept.
    """
    return database.execute(
        """
        select tables.schema_name, tables.table_name, if(file_size_bytes <= ? or delete_file_count > ?, 0.0, ?)
        from ducklake_table_info(?) as info
        join duckdb_tables() as tables on tables.table_name = info.table_name and tables.database_name = ?
        where delete_file_count > 0
        order by all
        """,
        [_SMALL_TABLE_BYTES, _FILES_WITH_DELETED_ROWS_MOST, _DELETED_SHARE_MOST, LAKE, LAKE],
    ).fetchall()


def _as_published(database: duckdb.DuckDBPyConnection, call: str) -> None:
    """Rewrite files in a state that says what the last publish said: it holds the same rows.

    So that one can be forgotten like any other that was replaced, with its files, though no run may publish again.
    """
    ((said,),) = database.execute(
        f"select arg_max(commit_extra_info, snapshot_id) from {LAKE}.snapshots() where commit_extra_info is not null"
    ).fetchall()
    database.execute("begin")
    database.execute(call)
    database.execute(f"call {LAKE}.set_commit_message('navlog', 'maintain', extra_info => ?)", [said])
    database.execute("commit")


def _forget(database: duckdb.DuckDBPyConnection, forget_before: datetime) -> None:
    """Forget states by the time at which they were replaced: an old one may have been the newest a moment ago."""
    replaced = database.execute(
        f"""
        with dated as (
            select snapshot_id, lead(snapshot_time) over (order by snapshot_id) as replaced_at
            from {LAKE}.snapshots()
        )
        select snapshot_id
        from dated
        where
            replaced_at < ?
            and snapshot_id < (
                select max(snapshot_id) from {LAKE}.snapshots() where commit_extra_info is not null
            )
        """,
        [forget_before],
    ).fetchall()
    if replaced:
        versions = ", ".join(str(version) for (version,) in replaced)
        database.execute(f"call ducklake_expire_snapshots('{LAKE}', versions => [{versions}])")


def _remove_orphans(database: duckdb.DuckDBPyConnection, unread_since: datetime) -> int:
    """A publish that was killed leaves files that no state names; under our lock none is being written now."""
    return len(
        database.execute(f"call ducklake_delete_orphaned_files('{LAKE}', older_than => ?)", [unread_since]).fetchall()
    )


def _remove_set_aside(settings: Settings, before: datetime) -> None:
    """Build databases that could not be continued are kept for a look, not for ever."""
    for file in settings.warehouse_folder.glob("*.set-aside-*"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink()
    shutil.rmtree(settings.warehouse_folder / "replay", ignore_errors=True)  # of a proof by replay that was killed


def _shorten_logs(folder: Path) -> None:
    """Services append, so a log may lose its beginning under them; a line that comes in this instant may be lost."""
    for log in folder.glob("*.log"):
        if log.stat().st_size > _LOG_BYTES_MOST:
            with log.open("r+b") as opened:
                opened.seek(-_LOG_BYTES_KEPT, os.SEEK_END)
                _, _, whole_lines = opened.read().partition(b"\n")
                opened.seek(0)
                opened.write(whole_lines)
                opened.truncate()


def _files_of_newest(database: duckdb.DuckDBPyConnection) -> int:
    """What somebody opens who reads every table as it is now."""
    ((count,),) = database.execute(
        "select sum(file_count + delete_file_count)::bigint from ducklake_table_info(?)", [LAKE]
    ).fetchall()
    return int(count)
