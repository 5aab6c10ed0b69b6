"""The published tables: a DuckLake with its data in Parquet files; flows/lake_places.py says where.

Readers never wait for a publish and never see half of one. The last commit message says which run published, up to
which commit of the log, and what its audit found.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows.lake_places import Catalog, CatalogServer, Extension, Stamp, catalog_of, data_of

LAKE = "lake"
FLUSH: Final = f"call ducklake_flush_inlined_data('{LAKE}')"
"""Makes files of small inserts, which are rows of the catalog until then. Only `on_one_thread`."""
_DUCKLAKE: Final = Extension("duckdb_extension_ducklake", "ducklake")
_NOTHING_FROM_OUTSIDE: Final[dict[str, str | bool | int | float | list[str]]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_persistent_secrets": False,  # keys in the user's own ~/.duckdb are not ours to use
    # The wheels were checked by hash when they were installed. To check the signature of 70 MB each time that a lake is
    # opened took longer than to open it (docs/decisions/0032); flows/books.py lets no question load anything.
    "allow_unsigned_extensions": True,
}


class NothingPublishedError(RuntimeError):
    """There is no lake yet; the message says how to get one."""

    def __init__(self, settings: Settings) -> None:
        """Name the home, and what fills it: of an empty log `refresh` alone makes nothing."""
        super().__init__(
            f"Nothing is published under {settings.home} yet. `navlog ingest` brings your files in and `navlog "
            "refresh` publishes them; `navlog demo` fills an empty home with a simulated market."
        )


class LakeUnreachableError(RuntimeError):
    """The server of the catalog does not answer; the message says which one and what to look at."""

    def __init__(self, server: CatalogServer, error: duckdb.Error) -> None:
        """Name the server, whose address holds no password, and quote its reason."""
        reason = str(error).splitlines()[0].rpartition(": ")[2].strip(" .")
        super().__init__(
            f"The lake's catalog {server.address} can't be opened: {reason}. Check that the server is up, and check "
            "NAVLOG_LAKE_CATALOG and NAVLOG_LAKE_CATALOG_PASSWORD."
        )


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


@dataclass(frozen=True, slots=True)
class Size:
    """What the lake takes: its data files, whether a state names them or not, and the bytes of its catalog."""

    files: int
    catalog_bytes: int


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
    if not _is_begun(database, settings):
        raise NothingPublishedError(settings)
    version = "" if snapshot_id is None else f", snapshot_version {snapshot_id}"
    _attach(database, settings, name, f"read_only{version}, ")


@contextmanager
def writing(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection that may publish, with the lake as default database; made if there is none."""
    settings.lake_folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    data_of(settings).make()
    with connected(settings) as database:
        _attach(database, settings, LAKE, "")
        database.execute(f"use {LAKE}")
        # What a publish writes has no order of its own, and keeping one holds whole tables in memory.
        database.execute("set preserve_insertion_order = false")
        catalog_of(settings).make_private()
        yield database


def last_publication(settings: Settings) -> Publication | None:
    """What the lake says it holds; None before the first publish."""
    held = snapshots(settings)
    return held[-1].publication if held else None


def snapshots(settings: Settings) -> list[Snapshot]:
    """Every published state that is left, in the order of publishing; none before the first publish.

    Maintenance writes the files of the last one anew and says the same of it: the newest snapshot of both counts.
    """
    try:
        with reading(settings) as database:
            rows = database.execute(
                f"select max(snapshot_id) as newest, commit_extra_info from {LAKE}.snapshots() "
                "where commit_extra_info is not null group by commit_extra_info order by newest"
            ).fetchall()
    except NothingPublishedError:
        return []
    return [Snapshot(snapshot_id, Publication(**json.loads(said))) for snapshot_id, said in rows]


def has_forgotten(settings: Settings) -> bool:
    """Whether `navlog maintain` has removed the first states of this lake: their numbers begin with 0."""
    with reading(settings) as database:
        (first,) = database.execute(f"select min(snapshot_id) from {LAKE}.snapshots()").fetchall()[0]
    return bool(first > 0)


def size(settings: Settings) -> Size:
    """Count the files and the bytes of a lake that is there."""
    with connected(settings) as database:
        catalog = catalog_of(settings)
        with _looking_at(catalog, database):
            held = catalog.bytes_held(database)
        pattern = f"{data_of(settings).address}/**/*.parquet"
        ((files,),) = database.execute("select count(*) from glob(?)", [pattern]).fetchall()
    return Size(files, held)


def shrink_catalog(settings: Settings) -> None:
    """Give the room of forgotten states back where nobody else does."""
    catalog_of(settings).shrink()


def whereabouts(settings: Settings) -> str:
    """Where the catalog and the data are, for people; no password is in it."""
    return f"its catalog {catalog_of(settings).address} and its files below {data_of(settings).address}"


class Watch:
    """Sees whether anything was published or forgotten, without opening the lake each time."""

    def __init__(self, settings: Settings) -> None:
        """Look at the catalog until nobody refers to this any more.

        Raises:
            LakeUnreachableError: the server of the catalog does not answer.
        """
        self._catalog = catalog_of(settings)
        self._opened = ExitStack()
        self._database = self._opened.enter_context(connected(settings))
        with _reaching(self._catalog):
            self._catalog.look_at(self._database)

    def stamp(self) -> Stamp:
        """Changes with every publish, every forgotten state, and when the lake is another one.

        Raises:
            LakeUnreachableError: the server of the catalog does not answer.
        """
        with _reaching(self._catalog):
            return self._catalog.stamp(self._database)


@contextmanager
def connected(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection of its own that can read lakes; nothing is attached yet."""
    catalog, data = catalog_of(settings), data_of(settings)
    with duckdb.connect(config=_NOTHING_FROM_OUTSIDE) as database:
        database.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        database.execute(f"set memory_limit = '{settings.memory_limit}'")
        database.execute(f"set temp_directory = '{settings.spill}'")
        for extension in (_DUCKLAKE, catalog.extension, data.extension):
            if extension is not None:
                load(database, extension)
        catalog.sign_in(database)
        data.sign_in(database)
        yield database


@contextmanager
def on_one_thread(database: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """For FLUSH: every table of it ends in a task of its own, which asks the catalog over a connection that all share.

    On several threads, DuckLake of DuckDB 1.5.5 ended the process now and then, or built broken SQL.
    """
    database.execute("set threads = 1")
    yield
    database.execute("reset threads")


def load(database: duckdb.DuckDBPyConnection, extension: Extension) -> None:
    """Take the binary inside the wheel: nothing is fetched, and nothing is written to the home directory."""
    folder = Path(str(files(extension.package))) / "extensions" / f"v{duckdb.__version__}"
    database.load_extension(str(folder / f"{extension.name}.duckdb_extension"))


def _is_begun(database: duckdb.DuckDBPyConnection, settings: Settings) -> bool:
    catalog = catalog_of(settings)
    with _looking_at(catalog, database):
        return bool(catalog.stamp(database))


@contextmanager
def _looking_at(catalog: Catalog, database: duckdb.DuckDBPyConnection) -> Iterator[None]:
    with _reaching(catalog):
        catalog.look_at(database)
        yield
        catalog.look_away(database)


@contextmanager
def _reaching(catalog: Catalog) -> Iterator[None]:
    try:
        yield
    except duckdb.IOException as error:
        if isinstance(catalog, CatalogServer):
            raise LakeUnreachableError(catalog, error) from error
        raise


def _attach(database: duckdb.DuckDBPyConnection, settings: Settings, name: str, option: str) -> None:
    # The data path is stated each time so that the home may be moved as a whole.
    catalog = catalog_of(settings)
    with _reaching(catalog):
        database.execute(
            f"attach 'ducklake:{catalog.address}' as {name} "
            f"({option}data_path '{data_of(settings).address}/', override_data_path true{catalog.attach_option})"
        )
