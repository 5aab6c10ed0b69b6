"""Where everything lives. The only reader of the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

_NOT_IN_A_HOME = frozenset("*?[]{}'\"#\n")
_MEMORY = re.compile(r"(?=.*[1-9])\d+(?:\.\d+)? ?[KMGT]i?B", re.IGNORECASE)
_OF_THE_LAKE = ("NAVLOG_LAKE_", "NAVLOG_S3_")
_SERVER = re.compile(r"postgres:(?:(?!\w*password)[a-z_]+=[^\s'\"\\=]+ ?)+")
_BUCKET = re.compile(r"s3://[a-z0-9.-]+(?:/[\w.=-]+)+")
_ENDPOINT = re.compile(r"https?://[\w.:\[\]-]+")
_S3_NAMES = ("KEY_ID", "SECRET_KEY", "SESSION_TOKEN", "REGION", "ENDPOINT")


class SettingsError(ValueError):
    """A setting that navlog can't work with; the message says which one and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders under one home. Nothing is created by reading them."""

    home: Path
    warehouse_folder: Path
    """Where the build database is; apart from the home when one log is replayed beside the current state."""
    memory_limit: str = "1600MB"
    """What DuckDB may hold before it spills to disk; a run on ten million trades held up to two gigabytes beside it."""
    lake_server: str | None = None
    """The PostgreSQL database that holds the lake's catalog, without a password; None: the file ``lake_catalog``."""
    lake_bucket: str | None = None
    """``s3://bucket/prefix`` that holds the lake's data; None: the folder ``lake_data``."""

    @property
    def landing(self) -> Path:
        """Committed batches and the commit log."""
        return self.home / "landing"

    @property
    def quarantine(self) -> Path:
        """Rows and files that were refused, with their reasons."""
        return self.home / "quarantine"

    @property
    def inbox(self) -> Path:
        """Files dropped here, in a folder per stream, are ingested by the next refresh."""
        return self.home / "inbox"

    @property
    def warehouse(self) -> Path:
        """The build database: a cache of the log."""
        return self.warehouse_folder / "portfolio.duckdb"

    @property
    def spill(self) -> Path:
        """Where a publish puts what does not fit into memory."""
        return self.warehouse_folder / "spill"

    @property
    def lake_folder(self) -> Path:
        """What this machine knows of the published tables."""
        return self.home / "lake"

    @property
    def lake_catalog(self) -> Path:
        """Catalog of the published tables, unless a server holds it: ask flows/lake.py."""
        return self.lake_folder / "catalog.sqlite"

    @property
    def lake_data(self) -> Path:
        """Parquet files of the published tables, unless a bucket holds them: ask flows/lake.py."""
        return self.lake_folder / "data"

    @property
    def has_lake_elsewhere(self) -> bool:
        """Whether a part of the lake is outside of the home, where others may use it too."""
        return self.lake_server is not None or self.lake_bucket is not None

    @property
    def last_gate(self) -> Path:
        """Whether the books of the last run have passed, and if not, why."""
        return self.lake_folder / "last_gate.json"

    @property
    def docs(self) -> Path:
        """Data Docs."""
        return self.home / "docs"

    @property
    def reports(self) -> Path:
        """Tear sheets."""
        return self.home / "reports"

    @property
    def expectations_state(self) -> Path:
        """State of the Great Expectations context."""
        return self.warehouse_folder / "expectations"

    @property
    def services(self) -> Path:
        """Which server, worker and dashboard `navlog up` has started, their logs, and the key to sign in."""
        return self.home / "services"

    @property
    def service_logs(self) -> Path:
        """What the services have to say."""
        return self.services / "logs"

    @property
    def prefect_home(self) -> Path:
        """Prefect's own database and settings, apart from the user's."""
        return self.home / "prefect"

    @property
    def alerts(self) -> Path:
        """What needed somebody's attention, one JSON object a line."""
        return self.home / "alerts.jsonl"


@dataclass(frozen=True, slots=True)
class BucketAccess:
    """How to sign in to the bucket of the lake; its repr shows no key."""

    key_id: str = field(repr=False)
    secret_key: str = field(repr=False)
    session_token: str | None = field(repr=False)
    region: str
    endpoint: str | None
    """``host:port`` of a server other than Amazon's."""
    is_encrypted: bool


def settings_from_environment() -> Settings:
    """Read where everything is; what is not stated is in the home.

    NAVLOG_HOME (default ``data`` in the working directory), NAVLOG_MEMORY_LIMIT (such as ``6GB``), NAVLOG_LAKE_CATALOG
    (such as ``postgres:dbname=lake host=db.example``) and NAVLOG_LAKE_DATA (such as ``s3://bucket/prefix``). One that
    is empty counts as not stated.

    Raises:
        SettingsError: the path has a character that an engine would read as a pattern, a quote or a comment, the
            memory is no size, or the lake is somewhere where it can't be.
    """
    settings = settings_for(Path(os.environ.get("NAVLOG_HOME") or "data"))
    return replace(
        settings,
        memory_limit=_memory_limit() or settings.memory_limit,
        lake_server=_lake_server(),
        lake_bucket=_lake_bucket(),
    )


def settings_for(home: Path) -> Settings:
    """Settings of a given home.

    Raises:
        SettingsError: the path has a character that an engine would read as a pattern, a quote or a comment.
    """
    home = home.absolute()
    if _NOT_IN_A_HOME & set(str(home)):
        raise SettingsError(f"NAVLOG_HOME {home} contains one of * ? [ ] {{ }} # or a quote; choose a plain path.")
    return Settings(home=home, warehouse_folder=home / "warehouse")


def max_age_from_environment() -> timedelta:
    """Read NAVLOG_MAX_AGE_HOURS: how old the last publish may be (default 96, a long weekend) before an alert.

    Raises:
        SettingsError: it is not a positive number.
    """
    hours = os.environ.get("NAVLOG_MAX_AGE_HOURS", "96")
    try:
        age = timedelta(hours=float(hours))
    except (ValueError, OverflowError):
        age = timedelta()
    if age <= timedelta():
        raise SettingsError(f"NAVLOG_MAX_AGE_HOURS {hours} is not a number of hours; write it like 96.")
    return age


def prefect_database_url() -> str | None:
    """Read NAVLOG_PREFECT_DATABASE_URL; None: Prefect keeps its state in an SQLite file of its own.

    Apart from ``Settings``, which travel through Prefect: the address may hold a password.

    Raises:
        SettingsError: it is not the address of a PostgreSQL database.
    """
    url = os.environ.get("NAVLOG_PREFECT_DATABASE_URL")
    if url and not url.startswith("postgresql+asyncpg://"):
        raise SettingsError(
            "NAVLOG_PREFECT_DATABASE_URL is not the address of a PostgreSQL database; "
            "write it like postgresql+asyncpg://user:password@host:5432/prefect."
        )
    return url or None


def docs_url_from_environment() -> str | None:
    """Read NAVLOG_DOCS_URL, where `navlog up` serves Data Docs; None: they are files only."""
    return os.environ.get("NAVLOG_DOCS_URL")


def lake_catalog_password() -> str | None:
    """Read NAVLOG_LAKE_CATALOG_PASSWORD; apart from ``Settings``, which travel through Prefect."""
    return os.environ.get("NAVLOG_LAKE_CATALOG_PASSWORD") or None


def bucket_access() -> BucketAccess:
    """Read NAVLOG_S3_KEY_ID, _SECRET_KEY, _SESSION_TOKEN, _REGION and _ENDPOINT; apart from ``Settings``, as above.

    Raises:
        SettingsError: a key is missing, or the endpoint is no address of a server.
    """
    stated = {name: os.environ.get(f"NAVLOG_S3_{name}") or None for name in _S3_NAMES}
    key_id, secret_key = stated["KEY_ID"], stated["SECRET_KEY"]
    if key_id is None or secret_key is None:
        raise SettingsError(
            "NAVLOG_LAKE_DATA is a bucket: set NAVLOG_S3_KEY_ID and NAVLOG_S3_SECRET_KEY to keys that may read it, "
            "and for a run write it."
        )
    endpoint = stated["ENDPOINT"]
    if endpoint is not None and not _ENDPOINT.fullmatch(endpoint):
        raise SettingsError(f"NAVLOG_S3_ENDPOINT {endpoint} is no server; write it like https://s3.example:9000.")
    return BucketAccess(
        key_id=key_id,
        secret_key=secret_key,
        session_token=stated["SESSION_TOKEN"],
        region=stated["REGION"] or "us-east-1",
        endpoint=endpoint.partition("://")[2] if endpoint else None,
        is_encrypted=endpoint is None or endpoint.startswith("https://"),
    )


def lake_environment() -> dict[str, str]:
    """What the processes that open the lake are told of it, keys among them, and no other."""
    return {name: value for name, value in os.environ.items() if name.startswith(_OF_THE_LAKE)}


def _memory_limit() -> str | None:
    """Checked here: DuckDB is told it in SQL."""
    limit = os.environ.get("NAVLOG_MEMORY_LIMIT")
    if limit and not _MEMORY.fullmatch(limit):
        raise SettingsError(f"NAVLOG_MEMORY_LIMIT {limit!r} is not a size of memory; write it like 6GB or 1600MB.")
    return limit or None


def _lake_server() -> str | None:
    address = os.environ.get("NAVLOG_LAKE_CATALOG")
    if address and not _SERVER.fullmatch(address):  # not shown: there may be a password in it
        raise SettingsError(
            "NAVLOG_LAKE_CATALOG is not a PostgreSQL database; write it like "
            "postgres:dbname=lake host=db.example port=5432 user=navlog, and the password into "
            "NAVLOG_LAKE_CATALOG_PASSWORD."
        )
    return address or None


def _lake_bucket() -> str | None:
    address = (os.environ.get("NAVLOG_LAKE_DATA") or "").rstrip("/")
    if address and not _BUCKET.fullmatch(address):
        raise SettingsError(
            f"NAVLOG_LAKE_DATA {address} is not a prefix in a bucket; write it like s3://bucket/prefix. "
            "The prefix belongs to this lake alone: maintenance removes what no published state needs."
        )
    return address or None


def environment_of_services(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process of `navlog up`: the user's own settings of Prefect and Streamlit stay outside.

    So does what only some of them are told: the database of Prefect, and the lake.
    """
    foreign = ("PREFECT_", "STREAMLIT_", "NAVLOG_PREFECT_", *_OF_THE_LAKE)
    return {name: value for name, value in os.environ.items() if not name.startswith(foreign)} | dict(additions)


@contextmanager
def commits_in_environment(replay_after_seq: int | None, last_seq: int | None) -> Iterator[None]:
    """Tell dbt which commits to read until the block ends: those above the first and up to the second.

    None leaves the beginning to dbt, which knows what it has applied, and means no end.
    """
    for name, seq in (("NAVLOG_REPLAY_AFTER_SEQ", replay_after_seq), ("NAVLOG_LAST_SEQ", last_seq)):
        os.environ.pop(name, None)
        if seq is not None:
            os.environ[name] = str(seq)
    try:
        yield
    finally:
        os.environ.pop("NAVLOG_REPLAY_AFTER_SEQ", None)
        os.environ.pop("NAVLOG_LAST_SEQ", None)


def export_to_environment(settings: Settings) -> None:
    """Let dbt, which reads its profile from the environment, see the same home, and switch telemetry off."""
    os.environ["NAVLOG_HOME"] = str(settings.home)
    os.environ["NAVLOG_WAREHOUSE"] = str(settings.warehouse_folder)
    os.environ["NAVLOG_MEMORY_LIMIT"] = settings.memory_limit
    os.environ["DO_NOT_TRACK"] = "1"
    os.environ["DBT_SEND_ANONYMOUS_USAGE_STATS"] = "false"
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    os.environ["PREFECT_SERVER_ANALYTICS_ENABLED"] = "false"
