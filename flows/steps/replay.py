"""Proof by replay: build everything again from the log, beside the current state, and compare content hashes."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace

from eventlog.settings import Settings
from flows import lake, warehouse
from flows.contract import public_tables
from flows.dbt_run import Build, Report
from flows.hashes import Content, content_of
from flows.lock import one_writer
from flows.steps.transform import find_pending


class NotUpToDateError(RuntimeError):
    """There are commits that no run has published yet: a comparison would compare two different logs."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One public table as incremental runs left it, as readers see it, and as the log gives it from the start."""

    table: str
    incremental: Content
    published: Content
    replayed: Content

    @property
    def is_equal(self) -> bool:
        """Whether all three hold the same rows."""
        return self.incremental == self.published == self.replayed


def replay_beside(settings: Settings) -> Settings:
    """Settings under which the same log is built into a database of its own."""
    return replace(settings, warehouse_folder=settings.warehouse_folder / "replay")


def verify_replay(settings: Settings, on_progress: Report | None = None) -> list[Comparison]:
    """Replay the whole log into a second database and compare every public table; the second one is removed.

    Views are left out: they say what their tables say, and over a long history that takes long.

    Raises:
        BusyError: a run is writing.
        NotUpToDateError: there is something to refresh first, or nothing to compare with.
        BuildFailedError: the replay itself failed.
    """
    with one_writer(settings):
        pending = find_pending(settings)
        if not pending.is_nothing:
            raise NotUpToDateError("The log holds commits that are not published. Run `navlog refresh` first.")
        if not settings.warehouse.exists():
            raise NotUpToDateError("There is no build database to compare with. Run `navlog replay` first.")
        return _compare(settings, pending.last_seq, on_progress)


def _compare(settings: Settings, last_seq: int, on_progress: Report | None) -> list[Comparison]:
    beside = replay_beside(settings)
    try:
        warehouse.rebuild(beside, last_seq, on_progress)
        tables = [table for table in public_tables(beside) if not table.is_view]
        with warehouse.reading(beside) as database:
            replayed = content_of(database, tables)
    finally:
        shutil.rmtree(beside.warehouse_folder, ignore_errors=True)
    with warehouse.reading(settings) as database:
        incremental = content_of(database, tables)
    with lake.reading(settings) as database:
        published = content_of(database, tables)
    return [Comparison(name, incremental[name], published[name], replayed[name]) for name in replayed]


def rebuild_from_log(settings: Settings, on_progress: Report | None = None) -> Build:
    """Replace the build database by one built from the first commit.

    Raises:
        BusyError: another run is writing.
        BuildFailedError: the replay failed.
    """
    with one_writer(settings):
        warehouse.set_aside_if_unusable(settings)
        return warehouse.rebuild(settings, on_progress=on_progress)
