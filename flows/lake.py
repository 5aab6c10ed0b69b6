"""The published tables: a DuckLake with its catalog in SQLite and its data in Parquet files.

Readers never wait for a publish and never see half of one. The last commit message says which run published, up to
which commit of the log, and what its audit found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb

from eventlog.settings import Settings

LAKE = "lake"


class NothingPublishedError(RuntimeError):
    """There is no lake yet; the message says how to get one."""

    def __init__(self, settings: Settings) -> None:
        """Name the home."""
        super().__init__(f"Nothing is published under {settings.home} yet. Run `navlog refresh` first.")


@dataclass(frozen=True, slots=True)
class Publication:
    """What the lake says of its last publish: by which run, up to which commit, by which models, after which checks."""

    run_id: str
    published_seq: int
    entry_sha256: str
    models_sha256: str
    published_at: str
    checks: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A published state that the lake still holds."""

    snapshot_id: int
    publication: Publication


@contextmanager
def reading(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection on the published tables, with the lake as default database.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    with connected(settings) as database:
        attach_published(database, settings, LAKE)
        database.execute(f"use {LAKE}")
        yield database


def attach_published(
    database: duckdb.DuckDBPyConnection, settings: Settings, name: str, snapshot_id: int | None = None
) -> None:
    """Attach the published tables read-only under a name, as they are or as one snapshot holds them.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    if not settings.lake_catalog.exists():
        raise NothingPublishedError(settings)
    version = "" if snapshot_id is None else f", snapshot_version {snapshot_id}"
    _attach(database, settings, name, f"read_only{version}, ")


@contextmanager
def writing(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may publish, with the lake as default database; made if there is none."""
    settings.lake_data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with connected(settings) as database:
        _attach(database, settings, LAKE, "")
        database.execute(f"use {LAKE}")
        # What a publish writes has no order of its own, and keeping one holds whole tables in memory.
        database.execute("set preserve_insertion_order = false")
        settings.lake_catalog.chmod(0o600)
        yield database


def last_publication(settings: Settings) -> Publication | None:
    """What the lake says it holds; None before the first publish."""
    held = snapshots(settings)
    return held[-1].publication if held else None


def snapshots(settings: Settings) -> list[Snapshot]:
    """Every published state that is left, in the order of publishing; none before the first publish.

    Maintenance writes the files of the last one anew and says the same of it: the newest snapshot of both counts.
    """
    if not settings.lake_catalog.exists():
        return []
    with reading(settings) as database:
        rows = database.execute(
            f"select max(snapshot_id) as newest, commit_extra_info from {LAKE}.snapshots() "
            "where commit_extra_info is not null group by commit_extra_info order by newest"
        ).fetchall()
    return [Snapshot(snapshot_id, Publication(**json.loads(said))) for snapshot_id, said in rows]


def has_forgotten(settings: Settings) -> bool:
    """Whether `navlog maintain` has removed the first states of this lake: their numbers begin with 0."""
    with reading(settings) as database:
        (first,) = database.execute(f"select min(snapshot_id) from {LAKE}.snapshots()").fetchall()[0]
    return bool(first > 0)


@contextmanager
def connected(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own that can read lakes; nothing is attached yet."""
    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as database:
        database.execute("set TimeZone = 'UTC'")
        database.execute(f"set memory_limit = '{settings.memory_limit}'")
        database.execute(f"set temp_directory = '{settings.spill}'")
        for package, extension in (
            ("duckdb_extension_ducklake", "ducklake"),
            ("duckdb_extension_sqlite_scanner", "sqlite_scanner"),
        ):
            database.load_extension(str(_extension_file(package, extension)))
        yield database


def _extension_file(package: str, extension: str) -> Path:
    """The signed binary inside the wheel: nothing is fetched, and nothing is written to the home directory."""
    return Path(str(files(package))) / "extensions" / f"v{duckdb.__version__}" / f"{extension}.duckdb_extension"


def _attach(database: duckdb.DuckDBPyConnection, settings: Settings, name: str, option: str) -> None:
    # The data path is stated each time so that the home may be moved as a whole.
    database.execute(
        f"attach 'ducklake:sqlite:{settings.lake_catalog}' as {name} "
        f"({option}data_path '{settings.lake_data}/', override_data_path true)"
    )
