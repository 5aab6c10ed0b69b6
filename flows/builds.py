"""Build databases of moments: one that holds the log up to a given commit, staging tables and all.

The build database of the runs serves when it holds exactly that commit. Otherwise the log is folded up to it into a
database beside it; the last few of these are kept.
"""

from __future__ import annotations

import fcntl
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows import lake, warehouse
from flows.dbt_run import BuildFailedError
from flows.lake import LAKE
from flows.moments import Moment, NoSuchMomentError

KEPT: Final = 4
"""Folded moments that stay for the next question; the one least recently asked for goes first."""


def build_of(settings: Settings, moment: Moment) -> Settings:
    """Settings whose build database holds exactly the moment's commit, folded by the models of today.

    Raises:
        NoSuchMomentError: the log up to that commit can't be folded.
    """
    if warehouse.holds_exactly(settings, moment.seq, moment.entry_sha256):
        return settings
    name = f"{moment.seq}-{moment.entry_sha256[:12]}-{warehouse.models_sha256()[:12]}"
    beside = replace(settings, warehouse_folder=_folder(settings) / name)
    with _one_folder(settings):
        if not warehouse.holds_exactly(beside, moment.seq, moment.entry_sha256):
            _fold(beside, moment)
        beside.warehouse_folder.touch()
        forget_folded(settings, KEPT)
    return beside


def log_of(settings: Settings, moment: Moment) -> Settings:
    """Settings whose build database holds every event up to the moment's commit, and perhaps later ones.

    Raises:
        NoSuchMomentError: the log up to that commit can't be folded.
    """
    return settings if warehouse.holds_at_least(settings, moment.seq) else build_of(settings, moment)


def beside_the_runs(settings: Settings) -> Settings:
    """Settings for a reader that lives long: it folds into a folder of its own and never opens the runs' database.

    Whoever reads that one keeps a run from writing it meanwhile.
    """
    return replace(settings, warehouse_folder=settings.warehouse_folder / "readers")


@contextmanager
def reading_build(settings: Settings, moment: Moment) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to a build database that holds exactly the moment's commit.

    Raises:
        NoSuchMomentError: the log up to that commit can't be folded.
    """
    with warehouse.reading(build_of(settings, moment)) as database:
        yield database


def attach_books(database: duckdb.DuckDBPyConnection, settings: Settings, name: str, moment: Moment) -> None:
    """Attach the public tables of a moment read-only under a name: from the lake if it was published, else folded.

    Raises:
        NoSuchMomentError: the log up to that commit can't be folded.
    """
    if moment.snapshot_id is None:
        database.execute(f"attach '{build_of(settings, moment).warehouse}' as {name} (read_only)")
    else:
        lake.attach_published(database, settings, name, moment.snapshot_id)


@contextmanager
def reading_books(settings: Settings, moment: Moment) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection whose default database holds the public tables of a moment.

    Raises:
        NoSuchMomentError: the log up to that commit can't be folded.
    """
    with lake.connected(settings) as database:
        attach_books(database, settings, LAKE, moment)
        database.execute(f"use {LAKE}")
        yield database


def forget_folded(settings: Settings, kept: int) -> None:
    """Remove folded moments but for those asked for last; a reader that has one open reads on."""
    folders = sorted(
        (one for one in _folder(settings).glob("*-*-*") if one.is_dir()), key=lambda one: one.stat().st_mtime_ns
    )
    for folder in folders[: max(len(folders) - kept, 0)]:
        shutil.rmtree(folder, ignore_errors=True)


def _folder(settings: Settings) -> Path:
    return settings.warehouse_folder / "known"


@contextmanager
def _one_folder(settings: Settings) -> Iterator[None]:
    """One fold at a time: a second question about the same moment waits and finds it there."""
    folder = _folder(settings)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "_lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fold(beside: Settings, moment: Moment) -> None:
    shutil.rmtree(beside.warehouse_folder, ignore_errors=True)
    try:
        warehouse.rebuild_unasked(beside, moment.seq)
    except BuildFailedError as failed:
        raise NoSuchMomentError(f"The log up to commit {moment.seq} can't be folded: {failed}") from failed
