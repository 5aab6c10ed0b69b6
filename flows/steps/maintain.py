"""Keeps a home small: merges the lake's files, forgets old states, and removes what crashes and old runs have left.

A reader is never broken: what it may have opened stays for ``READERS_MAY_TAKE`` after it was replaced, whatever is
asked.
"""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
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

_FREE_SHARE_MOST: Final = 0.25
"""From this share of empty pages on the catalog is worth writing anew."""


@dataclass(frozen=True, slots=True)
class Maintained:
    """Snapshots and data files of the lake before and after, and what was removed beside them."""

    snapshots_before: int
    snapshots_after: int
    files_before: int
    files_after: int
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
    forget_before = min(now - timedelta(days=keep_days), unread_since)
    with one_writer(settings):
        if lake.last_publication(settings) is None:
            raise lake.NothingPublishedError(settings)
        files_before, bytes_before = _file_count(settings), settings.lake_catalog.stat().st_size
        with lake.writing(settings) as database:
            snapshots_before = _snapshot_count(database)
            _merge(database)
            _forget(database, forget_before)
            database.execute(f"call ducklake_cleanup_old_files('{LAKE}', older_than => ?)", [unread_since])
            orphans_removed = _remove_orphans(database, unread_since)
            snapshots_after = _snapshot_count(database)
        _shrink_catalog(settings.lake_catalog)
        for folded in (settings, builds.beside_the_runs(settings)):
            builds.forget_folded(folded, kept=0)
        _remove_set_aside(settings, forget_before)
    return Maintained(
        snapshots_before,
        snapshots_after,
        files_before,
        _file_count(settings),
        orphans_removed,
        bytes_before,
        settings.lake_catalog.stat().st_size,
    )


def _merge(database: duckdb.DuckDBPyConnection) -> None:
    """Move small inserts out of the catalog, write files full of deleted rows anew, and make one file of small ones.

    Every state keeps its rows.
    """
    database.execute(f"call ducklake_flush_inlined_data('{LAKE}')")
    database.execute(f"call ducklake_rewrite_data_files('{LAKE}')")
    database.execute(f"call ducklake_merge_adjacent_files('{LAKE}')")


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


def _shrink_catalog(catalog: Path) -> None:
    """Give the room of forgotten entries back to the disk; a reader that is just there is not kept waiting for it."""
    with closing(sqlite3.connect(catalog, timeout=0)) as database:
        ((pages,),) = database.execute("pragma page_count").fetchall()
        ((free,),) = database.execute("pragma freelist_count").fetchall()
        if free > _FREE_SHARE_MOST * pages:
            try:
                database.execute("vacuum")
            except sqlite3.OperationalError:
                return  # somebody reads: the next time will do


def _remove_set_aside(settings: Settings, before: datetime) -> None:
    """Build databases that could not be continued are kept for a look, not for ever."""
    for file in settings.warehouse_folder.glob("*.set-aside-*"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink()
    shutil.rmtree(settings.warehouse_folder / "replay", ignore_errors=True)  # of a proof by replay that was killed


def _snapshot_count(database: duckdb.DuckDBPyConnection) -> int:
    return len(database.sql(f"select 1 from {LAKE}.snapshots()").fetchall())


def _file_count(settings: Settings) -> int:
    return sum(1 for _file in settings.lake_data.rglob("*.parquet"))
