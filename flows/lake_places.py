"""Where the lake is: its catalog in a file or on a PostgreSQL server, its data in a folder or in a bucket.

A password and the keys of a bucket become secrets of one connection, which DuckDB shows to nobody. They are read when
it is opened and stand in no address, so nothing that is logged, shown or pickled holds them.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

import duckdb

from eventlog.settings import Settings, bucket_access, lake_catalog_password

_FREE_SHARE_MOST: Final = 0.25
"""From this share of empty pages on a catalog in a file is worth writing anew."""
_SERVER: Final = "lake_server"
Stamp = tuple[Any, ...]


class Extension(NamedTuple):
    """An extension of DuckDB, and the wheel that brings it."""

    package: str
    name: str


@dataclass(frozen=True, slots=True)
class CatalogFile:
    """The catalog in an SQLite file of the home."""

    path: Path
    extension: ClassVar = Extension("duckdb_extension_sqlite_scanner", "sqlite_scanner")
    attach_option: ClassVar = ""

    @property
    def address(self) -> str:
        """For DuckLake, and to be shown."""
        return f"sqlite:{self.path}"

    def sign_in(self, database: duckdb.DuckDBPyConnection) -> None:
        """A file asks for no password."""

    def bytes_held(self, database: duckdb.DuckDBPyConnection) -> int:
        """What it takes on the disk."""
        return self.path.stat().st_size

    def look_at(self, database: duckdb.DuckDBPyConnection) -> None:
        """A file can be looked at as it is."""

    def look_away(self, database: duckdb.DuckDBPyConnection) -> None:
        """Nothing is open."""

    def stamp(self, database: duckdb.DuckDBPyConnection) -> Stamp:
        """Changes whenever it is written or replaced; nothing, where no lake was begun."""
        if not self.path.exists():
            return ()
        stat = self.path.stat()
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def make_private(self) -> None:
        """For its owner alone, whatever the umask of the run."""
        self.path.chmod(0o600)

    def shrink(self) -> None:
        """Give the room of forgotten entries back to the disk; a reader that is just there is not kept waiting."""
        with closing(sqlite3.connect(self.path, timeout=0)) as database:
            ((pages,),) = database.execute("pragma page_count").fetchall()
            ((free,),) = database.execute("pragma freelist_count").fetchall()
            if free > _FREE_SHARE_MOST * pages:
                try:
                    database.execute("vacuum")
                except sqlite3.OperationalError:
                    return  # somebody reads: the next time will do


@dataclass(frozen=True, slots=True)
class CatalogServer:
    """The catalog in a PostgreSQL database of its own."""

    address: str
    extension: ClassVar = Extension("duckdb_extension_postgres_scanner", "postgres_scanner")
    attach_option: ClassVar = ", meta_secret lake_catalog"

    def sign_in(self, database: duckdb.DuckDBPyConnection) -> None:
        """Make the secret of this connection; without a password the server and the user's .pgpass decide."""
        password = lake_catalog_password()
        stated, values = (", password ?", [password]) if password else ("", [])
        database.execute(f"create secret lake_catalog (type postgres{stated})", values)

    def bytes_held(self, database: duckdb.DuckDBPyConnection) -> int:
        """What its tables and their indexes take on the server; needs ``look_at``."""
        sizes = (
            "select sum(pg_total_relation_size(oid))::bigint as bytes from pg_class "
            "where relkind = 'r' and relname like 'ducklake\\_%'"
        )
        ((held,),) = _ask_server(database, sizes)
        return int(held)

    def look_at(self, database: duckdb.DuckDBPyConnection) -> None:
        """Open the server itself, read-only."""
        attached = self.address.removeprefix("postgres:")
        database.execute(f"attach '{attached}' as {_SERVER} (type postgres, read_only, secret lake_catalog)")

    def look_away(self, database: duckdb.DuckDBPyConnection) -> None:
        """Let go of the server."""
        database.execute(f"detach {_SERVER}")

    def stamp(self, database: duckdb.DuckDBPyConnection) -> Stamp:
        """Changes with every publish, every forgotten state, and when the lake is another one; needs ``look_at``.

        Nothing, where no lake was begun.
        """
        ((is_begun,),) = _ask_server(database, "select to_regclass('ducklake_snapshot') is not null as is_begun")
        if not is_begun:
            return ()
        states = "select max(snapshot_id) as newest, count(*) as held, max(snapshot_time) as at from ducklake_snapshot"
        return _ask_server(database, states)[0]

    def make_private(self) -> None:
        """Who may read a database is said on its server."""

    def shrink(self) -> None:
        """PostgreSQL reuses the room of forgotten entries by itself (autovacuum)."""


@dataclass(frozen=True, slots=True)
class DataFolder:
    """Parquet files in a folder of the home."""

    path: Path
    extension: ClassVar[Extension | None] = None

    @property
    def address(self) -> str:
        """For DuckLake, and to be shown."""
        return str(self.path)

    def sign_in(self, database: duckdb.DuckDBPyConnection) -> None:
        """A folder asks for no keys."""

    def make(self) -> None:
        """The folder, for its owner alone."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)


@dataclass(frozen=True, slots=True)
class DataBucket:
    """Parquet files below a prefix of an S3 bucket, which belongs to this lake alone."""

    address: str
    extension: ClassVar[Extension | None] = Extension("duckdb_extension_httpfs", "httpfs")

    def sign_in(self, database: duckdb.DuckDBPyConnection) -> None:
        """Make the secret of this connection; it opens nothing but the prefix."""
        access = bucket_access()
        options = {
            "scope": f"{self.address}/",
            "key_id": access.key_id,
            "secret": access.secret_key,
            "session_token": access.session_token,
            "region": access.region,
            "endpoint": access.endpoint,
            "use_ssl": str(access.is_encrypted).lower(),
            "url_style": "path" if access.endpoint else None,  # servers of one's own rarely have a name per bucket
        }
        stated = {name: value for name, value in options.items() if value is not None}
        names = ", ".join(f"{name} ?" for name in stated)
        database.execute(f"create secret lake_data (type s3, {names})", list(stated.values()))

    def make(self) -> None:
        """A prefix begins with its first file; the bucket is made by whoever gives the keys."""


Catalog = CatalogFile | CatalogServer
Data = DataFolder | DataBucket


def catalog_of(settings: Settings) -> Catalog:
    """Where the catalog is."""
    if settings.lake_server is not None:
        return CatalogServer(settings.lake_server)
    return CatalogFile(settings.lake_catalog)


def data_of(settings: Settings) -> Data:
    """Where the data are."""
    return DataFolder(settings.lake_data) if settings.lake_bucket is None else DataBucket(settings.lake_bucket)


def _ask_server(database: duckdb.DuckDBPyConnection, sql: str) -> list[Stamp]:
    with database.cursor() as cursor:
        return cursor.execute(f"from postgres_query('{_SERVER}', ?)", [sql]).fetchall()
