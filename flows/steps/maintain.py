"""Keeps the published lake small: merges small files, forgets old snapshots and removes their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from eventlog.settings import Settings
from flows import builds, lake
from flows.lake import LAKE
from flows.lock import one_writer


@dataclass(frozen=True, slots=True)
class Maintained:
    """Snapshots and data files of the lake before and after."""

    snapshots_before: int
    snapshots_after: int
    files_before: int
    files_after: int


def maintain(settings: Settings, now: datetime, keep_days: int) -> Maintained:
    """Merge small files and forget snapshots older than ``keep_days``; the newest publish always stays.

    Moments that were folded for a question are forgotten too: the next question folds them again.

    Raises:
        BusyError: a run is writing.
        NothingPublishedError: there is no lake yet.
    """
    before = now - timedelta(days=keep_days)
    with one_writer(settings):
        if lake.last_publication(settings) is None:
            raise lake.NothingPublishedError(settings)
        with lake.writing(settings) as database:
            snapshots_before = len(database.sql(f"select 1 from {LAKE}.snapshots()").fetchall())
            files_before = _file_count(settings)
            database.execute(f"call ducklake_merge_adjacent_files('{LAKE}')")
            kept = database.execute(
                f"select max(snapshot_id) from {LAKE}.snapshots() where commit_extra_info is not null"
            ).fetchall()[0][0]
            old = database.execute(
                f"select snapshot_id from {LAKE}.snapshots() where snapshot_time < ? and snapshot_id < ?",
                [before, kept],
            ).fetchall()
            if old:
                versions = ", ".join(str(version) for (version,) in old)
                database.execute(f"call ducklake_expire_snapshots('{LAKE}', versions => [{versions}])")
            database.execute(f"call ducklake_cleanup_old_files('{LAKE}', older_than => ?)", [before])
            for folded in (settings, builds.beside_the_runs(settings)):
                builds.forget_folded(folded, kept=0)
            snapshots_after = len(database.sql(f"select 1 from {LAKE}.snapshots()").fetchall())
    return Maintained(snapshots_before, snapshots_after, files_before, _file_count(settings))


def _file_count(settings: Settings) -> int:
    return sum(1 for _file in settings.lake_data.rglob("*.parquet"))
