"""The only door to the build database, which dbt fills.

The build database is a cache of the log: if it can't be opened, or was built from another log, it is set aside and
built again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import duckdb

from eventlog.landing import Landing, LandingError
from eventlog.settings import Settings, commits_in_environment
from flows import dbt_run
from flows.contract import declared_laws
from flows.dbt_run import PROJECT, Build, BuildFailedError, Report
from flows.laws import broken_laws
from flows.lock import BusyError

_WHAT_EVENTS_CHANGE: Final = ("--selector", "what_events_change")
"""Declared in dbt/selectors.yml."""


@dataclass(frozen=True, slots=True)
class Applied:
    """Up to which commit the build database holds the log, the hash of that entry (0: of none), and what ran last.

    ``replayed_after_seq`` says above which commit the last build replayed: its keys tables speak of those commits.
    """

    seq: int
    entry_sha256: str | None
    replayed_after_seq: int


def build(settings: Settings, replay_after_seq: int | None = None, last_seq: int | None = None) -> Build:
    """Bring the build database up to a commit. Whether the rows that this touched keep the laws is for the gate to ask.

    Args:
        settings: where everything lives.
        replay_after_seq: replay the commits above this one, even if they were applied; None: those not yet applied.
        last_seq: leave later commits to a later run; None: read all there are.

    Raises:
        BuildFailedError: a model failed; the watermark has not moved.
    """
    _prepare_file(settings.warehouse)
    goes_on = replay_after_seq != 0 and applied(settings).seq > 0
    with commits_in_environment(replay_after_seq, last_seq):
        done = dbt_run.build(settings, *(_WHAT_EVENTS_CHANGE if goes_on else ()))
    with reading(settings) as database:
        keys, accounts = database.execute(
            "select count(*), count(distinct account_id) from main_intermediate.int_replay_keys"
        ).fetchall()[0]
    return replace(done, touched_keys=keys, touched_accounts=accounts)


def rebuild(settings: Settings, last_seq: int | None = None, on_progress: Report | None = None) -> Build:
    """Build everything again from the first commit, up to ``last_seq`` or all there are, and ask every law of it.

    ``on_progress`` is told the percentage of models that are done.

    Raises:
        BuildFailedError: a model failed, or a law is broken.
    """
    done = rebuild_unasked(settings, last_seq, on_progress)
    laws = declared_laws(settings)
    with reading(settings) as database:
        broken = broken_laws(database, laws)
    if broken:
        raise BuildFailedError(broken)
    return replace(done, laws=len(laws))


def rebuild_unasked(settings: Settings, last_seq: int | None = None, on_progress: Report | None = None) -> Build:
    """The same without a question about laws.

    For looking at what was known: also at a time at which the books would not have passed.

    Raises:
        BuildFailedError: a model failed.
    """
    _prepare_file(settings.warehouse)
    with commits_in_environment(None, last_seq):
        return dbt_run.build(settings, "--full-refresh", on_progress=on_progress)


def rebuild_tables(settings: Settings, tables: Sequence[str]) -> Build:
    """Build some public tables again from the first commit, with all that they are made of.

    The build database then holds older rows of all other tables: for measuring, not for publishing.

    Raises:
        BuildFailedError: a model failed.
    """
    _prepare_file(settings.warehouse)
    with commits_in_environment(None, None):
        return dbt_run.build(settings, "--full-refresh", "--select", *(f"+{table}" for table in tables))


def applied(settings: Settings) -> Applied:
    """What the build database says it holds; nothing if there is no usable one."""
    if not settings.warehouse.exists():
        return Applied(0, None, 0)
    with reading(settings) as database:
        known = database.execute(
            "select 1 from information_schema.tables where table_schema = 'event_log' and table_name = 'applied'"
        ).fetchall()
        if not known:
            return Applied(0, None, 0)
        rows = database.execute(
            "select applied_seq, entry_sha256, replay_after_seq from event_log.applied, event_log.watermark"
        ).fetchall()
    return Applied(*rows[0]) if rows else Applied(0, None, 0)


def holds_exactly(settings: Settings, seq: int, entry_sha256: str) -> bool:
    """Whether the build database, made by these models, holds the log up to this commit and nothing of a later one.

    False while a run writes it, and after a run that died half way: its tables are then ahead of its watermark.
    """
    if not _is_built_by_these_models(settings):
        return False
    try:
        held = applied(settings)
        if (held.seq, held.entry_sha256) != (seq, entry_sha256):
            return False
        with reading(settings) as database:
            return database.execute("select last_seq from event_log.watermark").fetchall() == [(seq,)]
    except duckdb.Error:
        return False


def holds_at_least(settings: Settings, seq: int) -> bool:
    """Whether the build database, made by these models from this log, holds every event up to a commit.

    False while a run writes it.
    """
    try:
        held = applied(settings)
        if not _is_built_by_these_models(settings) or held.seq < seq:
            return False
        return Landing(settings.landing).entry_sha256(held.seq) == held.entry_sha256
    except (duckdb.Error, LandingError):
        return False


def models_sha256() -> str:
    """Name of the models, fold and measures as they are: state that others have built is not continued."""
    files = [*PROJECT.glob("models/**/*.sql"), *PROJECT.glob("models/**/*.py"), *PROJECT.glob("macros/*.sql")]
    files += [*PROJECT.glob("models/**/*.yml"), *PROJECT.glob("seeds/*"), PROJECT / "dbt_project.yml"]
    files += [*PROJECT.parent.glob("ledger/*.py"), *PROJECT.parent.glob("measures/*.py")]
    content = hashlib.sha256()
    for file in sorted(files):
        content.update(file.relative_to(PROJECT.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return content.hexdigest()


def set_aside_if_unusable(settings: Settings) -> str | None:
    """Move a build database away that can't be continued; say why, None if all is well.

    It can't be continued if it can't be opened, or was built from another log or by other models.

    Raises:
        BusyError: another process has it open for writing.
    """
    if not settings.warehouse.exists():
        return None
    if not _is_built_by_these_models(settings):
        return _set_aside(settings.warehouse, "it was built by other models")
    try:
        held = applied(settings)
        if held.seq and Landing(settings.landing).entry_sha256(held.seq) != held.entry_sha256:
            return _set_aside(settings.warehouse, "it was built from another log")
    except duckdb.Error as error:
        if "Could not set lock" in str(error):
            raise BusyError(settings) from error
        return _set_aside(settings.warehouse, str(error).splitlines()[0])
    except LandingError:
        return _set_aside(settings.warehouse, "it holds commits that the log does not have")
    return None


@contextmanager
def reading(settings: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A read-only connection to the build database; no run can write it meanwhile."""
    with duckdb.connect(str(settings.warehouse), read_only=True) as database:
        database.execute("set TimeZone = 'UTC'; set enable_progress_bar = false")
        database.execute(f"set memory_limit = '{settings.memory_limit}'")
        yield database


def _set_aside(file: Path, reason: str) -> str:
    taken = len(list(file.parent.glob(f"{file.name}.set-aside-*")))
    file.replace(file.with_name(f"{file.name}.set-aside-{taken + 1}"))
    write_ahead = file.with_name(f"{file.name}.wal")
    if write_ahead.exists():
        write_ahead.replace(file.with_name(f"{file.name}.wal.set-aside-{taken + 1}"))
    return f"The build database was set aside and is built again: {reason}."


def _prepare_file(file: Path) -> None:
    """Creating a DuckDB file is not safe against a crash: create it under another name first.

    docs/decisions/0026 says why it has this format and these blocks.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        begun = file.with_name(f"{file.name}.begun")
        begun.unlink(missing_ok=True)
        duckdb.connect(
            str(begun), config={"storage_compatibility_version": "latest", "default_block_size": 65_536}
        ).close()
        _built_by(file).write_text(models_sha256(), encoding="ascii")
        begun.replace(file)


def _is_built_by_these_models(settings: Settings) -> bool:
    built_by = _built_by(settings.warehouse)
    return built_by.exists() and built_by.read_text(encoding="ascii") == models_sha256()


def _built_by(file: Path) -> Path:
    """Beside the database: which models have built it."""
    return file.with_name(f"{file.name}.models")
