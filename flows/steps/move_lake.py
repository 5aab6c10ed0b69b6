"""Takes a lake with all its published states out of the home, to where the settings say that it is from now on.

Nothing is removed from the home. A move that was interrupted is simply begun again: the catalog arrives last and in one
transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows import lake
from flows.lake import NothingPublishedError
from flows.lake_places import CatalogFile, catalog_of, data_of
from flows.lock import one_writer

_OLD: Final = "old_catalog"
_NEW: Final = "new_catalog"


class NotMovedError(RuntimeError):
    """The lake can't go there; the message says why. Nothing of what is there was changed."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What is at the new place."""

    states: int
    files_copied: int
    whereabouts: str
    unused: tuple[Path, ...]
    """What in the home nobody reads any more."""


def move_lake(settings: Settings) -> Moved:
    """Copy the files, if a bucket is to hold them, then the catalog, if a server is to hold it.

    Raises:
        NotMovedError: the settings name no other place, or something else is there.
        NothingPublishedError: there is no lake in the home.
        BusyError: a run is writing.
    """
    if not settings.has_lake_elsewhere:
        raise NotMovedError("Say where the lake is to go: set NAVLOG_LAKE_CATALOG, NAVLOG_LAKE_DATA, or both.")
    old = replace(settings, lake_server=None, lake_bucket=None)
    with one_writer(settings):
        states = lake.snapshots(old)
        if not states:
            raise NothingPublishedError(old)
        if settings.lake_server is not None and lake.snapshots(settings):
            raise NotMovedError(f"A lake is published there already: {lake.whereabouts(settings)}.")
        _take_rows_out_of_the_catalog(old)
        copied = 0 if settings.lake_bucket is None else _copy_files(old, settings)
        if settings.lake_server is not None:
            _copy_catalog(old, settings)
        if lake.snapshots(settings) != states:
            raise NotMovedError("The published states there are not those of the home. Use the lake in the home.")
    replaced = ((settings.lake_server, old.lake_catalog), (settings.lake_bucket, old.lake_data))
    unused = tuple(path for address, path in replaced if address is not None)
    return Moved(len(states), copied, lake.whereabouts(settings), unused)


def _take_rows_out_of_the_catalog(old: Settings) -> None:
    """Small inserts are rows of the catalog, in types that differ between SQLite and PostgreSQL: make files of them."""
    with lake.writing(old) as database, lake.on_one_thread(database):
        database.execute(lake.FLUSH)


def _copy_files(old: Settings, new: Settings) -> int:
    folder, target = old.lake_data, data_of(new).address
    files = sorted(file.relative_to(folder) for file in folder.rglob("*.parquet"))
    with lake.connected(new) as database:
        _refuse_foreign(database, target, files)
        for file in files:
            database.execute(
                f"copy (select content from read_blob('{folder / file}')) to '{target}/{file.as_posix()}' (format blob)"
            )
    return len(files)


def _refuse_foreign(database: duckdb.DuckDBPyConnection, target: str, files: list[Path]) -> None:
    """Maintenance removes what no state names, so nothing else may be there."""
    there = database.execute("select file from glob(?)", [f"{target}/**"]).fetchall()
    foreign = {PurePosixPath(file).relative_to(target) for (file,) in there} - {PurePosixPath(file) for file in files}
    if foreign:
        raise NotMovedError(
            f"{target} holds {len(foreign)} other files, such as {min(foreign)}. Give the lake a prefix of its own."
        )


def _copy_catalog(old: Settings, new: Settings) -> None:
    """Let DuckLake make an empty catalog, then put the rows of the old one into its tables."""
    with lake.writing(new):
        pass
    catalog = catalog_of(new)
    with lake.connected(new) as database:
        lake.load(database, CatalogFile.extension)
        database.execute(f"attach '{old.lake_catalog}' as {_OLD} (type sqlite, read_only)")
        database.execute(
            f"attach '{catalog.address.removeprefix('postgres:')}' as {_NEW} (type postgres, secret lake_catalog)"
        )
        tables = _tables(database, _NEW)
        if tables != _tables(database, _OLD):
            raise NotMovedError("The two catalogs have other tables: were they made by two versions of navlog?")
        database.execute("begin")
        for table in tables:
            database.execute(f"delete from {_NEW}.{table}")
            database.execute(f"insert into {_NEW}.{table} by name from {_OLD}.{table}")
        database.execute(
            f"update {_NEW}.ducklake_metadata set value = ? where key = 'data_path'", [f"{data_of(new).address}/"]
        )
        database.execute("commit")


def _tables(database: duckdb.DuckDBPyConnection, catalog: str) -> list[str]:
    """Those that every catalog has; the tables of small inserts are empty now, and made again when they are needed."""
    names = database.execute(
        "select table_name from duckdb_tables() where database_name = ? and starts_with(table_name, 'ducklake_') "
        "and not starts_with(table_name, 'ducklake_inlined_') order by table_name",
        [catalog],
    ).fetchall()
    return [name for (name,) in names]
