"""Where everything lives. The only reader of the environment."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

GLOB_CHARACTERS = frozenset("*?[]{}'\"\n")


class SettingsError(ValueError):
    """A setting that navlog can't work with; the message says which one and what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The folders under one home. Nothing is created by reading them."""

    home: Path
    warehouse_folder: Path
    """Where the build database is; apart from the home when one log is replayed beside the current state."""
    memory_limit: str = "3GB"
    """What DuckDB may hold before it spills to disk; with the rest of a run that stays below four gigabytes."""

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
    def lake_catalog(self) -> Path:
        """Catalog of the published tables."""
        return self.home / "lake" / "catalog.sqlite"

    @property
    def lake_data(self) -> Path:
        """Parquet files of the published tables."""
        return self.home / "lake" / "data"

    @property
    def last_gate(self) -> Path:
        """Whether the books of the last run have passed, and if not, why."""
        return self.home / "lake" / "last_gate.json"

    @property
    def docs(self) -> Path:
        """Data Docs."""
        return self.home / "docs"

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


def settings_from_environment() -> Settings:
    """Read NAVLOG_HOME (default ``data`` in the working directory) and NAVLOG_MEMORY_LIMIT (such as ``6GB``).

    Raises:
        SettingsError: the path has a character that an engine would read as a pattern or a quote.
    """
    home = Path(os.environ.get("NAVLOG_HOME", "data")).absolute()
    settings = settings_for(home)
    return replace(settings, memory_limit=os.environ.get("NAVLOG_MEMORY_LIMIT", settings.memory_limit))


def settings_for(home: Path) -> Settings:
    """Settings of a given home.

    Raises:
        SettingsError: the path has a character that an engine would read as a pattern or a quote.
    """
    if GLOB_CHARACTERS & set(str(home)):
        raise SettingsError(f"NAVLOG_HOME {home} contains one of * ? [ ] {{ }} or a quote; choose a plain path.")
    home = home.absolute()
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


def environment_of_services(additions: Mapping[str, str]) -> dict[str, str]:
    """The environment for a process of `navlog up`: the user's own settings of Prefect and Streamlit stay outside."""
    foreign = ("PREFECT_", "STREAMLIT_", "NAVLOG_PREFECT_")
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
