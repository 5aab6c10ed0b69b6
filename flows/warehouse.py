"""The only door to dbt and to the build database.

The build database is a cache of the log: if it can't be opened, or was built from another log, it is set aside and
built again.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

import duckdb

from eventlog.landing import Landing, LandingError
from eventlog.settings import Settings, commits_in_environment, export_to_environment
from flows.heap import give_freed_blocks_back
from flows.lock import BusyError

PROJECT: Final = Path(__file__).resolve().parent.parent / "dbt"
Report = Callable[[float], None]
"""Takes how much of a build is done, in percent."""
_TABLES: Final = ("model", "seed")
_PUBLIC_SCHEMAS: Final = ("main_dimensions", "main_facts", "main_metrics")


@dataclass(frozen=True, slots=True)
class Test:
    """A dbt test and its SQL, which selects what breaks it; None if dbt has not come to it."""

    name: str
    compiled_sql: str | None


class BuildFailedError(RuntimeError):
    """dbt did not finish; ``failures`` are sentences that name the model or test and what it said.

    ``failed_tests`` are the tests among them: asked again, they tell the rows.
    """

    def __init__(self, failures: tuple[str, ...], failed_tests: tuple[Test, ...] = ()) -> None:
        """Join the sentences into the message."""
        super().__init__("\n".join(failures))
        self.failures = failures
        self.failed_tests = failed_tests


@dataclass(frozen=True, slots=True)
class Applied:
    """Up to which commit the build database holds the log, the hash of that entry (0: of none), and what ran last.

    ``replayed_after_seq`` says above which commit the last build replayed: its keys tables speak of those commits.
    """

    seq: int
    entry_sha256: str | None
    replayed_after_seq: int


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A table of the public contract and how its touched rows are found.

    ``grain`` names the columns that tell its rows apart. ``replay_keys`` names the model that holds the touched keys;
    None means that the whole table is compared. ``replay_on`` are the columns of a key, ``replay_date`` dates a row:
    an event can touch the rows of its key from its own day on, and no other. Without a date it touches all of them.
    """

    schema: str
    name: str
    grain: tuple[str, ...]
    replay_keys: str | None
    replay_on: tuple[str, ...]
    replay_date: str | None
    view_sql: str | None
    """What a view selects; None for a table."""
    is_of_spans: bool = False
    """A row stands for a span of days that ends on ``replay_date``, and changes as long as it goes on."""

    @property
    def qualified(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    def touched_rows(self, relation: str, keys: str) -> str:
        """SQL of the rows of ``relation``, this table or a copy of it, that the last run has replayed."""
        return f"select touched.* from {relation} as touched, {keys} as replay where {self.is_touched('touched', keys)}"

    def is_touched(self, row: str, keys: str) -> str:
        """SQL condition: the last run has replayed the table's ``row``; the ``keys`` are joined as ``replay``.

        That the account is one of the keys' is said twice: the second time in the way that lets DuckDB read only the
        blocks of these accounts (``is_of_touched_account`` in dbt/macros says why).
        """
        on_key = " and ".join(f"{row}.{column} = replay.{column}" for column in self.replay_on)
        on_day = f" and {self.replay_date} >= replay.replay_from" if self.replay_date else ""
        return f"{on_key}{on_day} and {row}.account_id in (select account_id from {keys} where length(account_id) > 0)"


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model of a dbt run: how long it took and which models it reads."""

    name: str
    seconds: float
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """What one dbt run did: nodes by outcome, seconds of the run, and how much it replayed."""

    models: int
    tests: int
    seconds: float
    model_runs: tuple[ModelRun, ...] = ()
    touched_keys: int = 0
    """(account, symbol) whose daily rows were computed again; cash counts as a symbol."""
    touched_accounts: int = 0


def build(settings: Settings, replay_after_seq: int | None = None, last_seq: int | None = None) -> Build:
    """Bring the build database up to a commit and test the rows this touched.

    Args:
        settings: where everything lives.
        replay_after_seq: replay the commits above this one, even if they were applied; None: those not yet applied.
        last_seq: leave later commits to a later run; None: read all there are.

    Raises:
        BuildFailedError: a model or a test failed; the watermark has not moved.
    """
    _prepare_file(settings.warehouse)
    with commits_in_environment(replay_after_seq, last_seq):
        done = _dbt(settings, "build", "--exclude-resource-type", "unit_test")
    with reading(settings) as database:
        keys, accounts = database.execute(
            "select count(*), count(distinct account_id) from main_intermediate.int_replay_keys"
        ).fetchall()[0]
    return replace(done, touched_keys=keys, touched_accounts=accounts)


def rebuild(settings: Settings, last_seq: int | None = None, on_progress: Report | None = None) -> Build:
    """Build everything again from the first commit, up to ``last_seq`` or all there are.

    ``on_progress`` is told the percentage of models and tests that are done.

    Raises:
        BuildFailedError: a model or a test failed.
    """
    _prepare_file(settings.warehouse)
    with commits_in_environment(None, last_seq):
        return _dbt(
            settings, "build", "--exclude-resource-type", "unit_test", "--full-refresh", on_progress=on_progress
        )


def rebuild_untested(settings: Settings, last_seq: int) -> Build:
    """Build the models from the first commit up to ``last_seq`` and leave the tests out.

    For looking at what was known: also at a time at which the books would not have passed.

    Raises:
        BuildFailedError: a model failed.
    """
    _prepare_file(settings.warehouse)
    without_tests = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
    with commits_in_environment(None, last_seq):
        return _dbt(settings, "build", *without_tests, "--full-refresh")


def rebuild_tables(settings: Settings, tables: Sequence[str]) -> Build:
    """Build some public tables again from the first commit, with all that they are made of and the tests of that.

    The build database then holds older rows of all other tables: for measuring, not for publishing.

    Raises:
        BuildFailedError: a model or a test failed.
    """
    _prepare_file(settings.warehouse)
    with_parents = ("--select", *(f"+{table}" for table in tables), "--indirect-selection", "cautious")
    with commits_in_environment(None, None):
        return _dbt(settings, "build", "--exclude-resource-type", "unit_test", "--full-refresh", *with_parents)


def public_tables(settings: Settings) -> list[PublicTable]:
    """The tables of the public contract, as dbt's last manifest declares them, by name.

    Views come after tables, and after the views that they read.
    """
    manifest = json.loads((_target(settings) / "manifest.json").read_text(encoding="utf-8"))
    nodes = {
        name: node
        for name, node in manifest["nodes"].items()
        if node["resource_type"] in _TABLES and node["schema"] in _PUBLIC_SCHEMAS
    }
    tables = {name: _public_table(node) for name, node in sorted(nodes.items(), key=lambda item: item[1]["alias"])}
    reads = {name: [read for read in _reads(nodes[name]) if read in nodes] for name in tables}
    views = [tables[name] for name in TopologicalSorter(reads).static_order() if tables[name].view_sql is not None]
    return sorted((table for table in tables.values() if table.view_sql is None), key=lambda one: one.qualified) + views


def _public_table(node: dict[str, Any]) -> PublicTable:
    config = node["config"]
    return PublicTable(
        schema=node["schema"],
        name=node["alias"],
        grain=tuple(config["meta"]["grain"]),
        replay_keys=config.get("replay_keys"),
        replay_on=tuple(config.get("replay_on") or ()),
        replay_date=config.get("replay_date"),
        view_sql=node["compiled_code"] if config["materialized"] == "view" else None,
        is_of_spans=config["meta"].get("is_of_spans", False),
    )


def _reads(node: dict[str, Any]) -> list[str]:
    """What a node refers to; a seed has nothing of the kind."""
    return list(node.get("depends_on", {}).get("nodes", ()))


def laws(settings: Settings) -> list[Test]:
    """The laws of the books (dbt/tests/singular) as the last build has compiled them, by name."""
    manifest = json.loads((_target(settings) / "manifest.json").read_text(encoding="utf-8"))
    return sorted(
        (
            Test(node["name"], node.get("compiled_code"))
            for node in manifest["nodes"].values()
            if node["resource_type"] == "test" and node["path"].startswith("singular/")
        ),
        key=lambda law: law.name,
    )


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
    """Creating a DuckDB file is not safe against a crash: create it under another name first."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not file.exists():
        begun = file.with_name(f"{file.name}.begun")
        begun.unlink(missing_ok=True)
        duckdb.connect(str(begun)).close()
        _built_by(file).write_text(models_sha256(), encoding="ascii")
        begun.replace(file)


def _is_built_by_these_models(settings: Settings) -> bool:
    built_by = _built_by(settings.warehouse)
    return built_by.exists() and built_by.read_text(encoding="ascii") == models_sha256()


def _built_by(file: Path) -> Path:
    """Beside the database: which models have built it."""
    return file.with_name(f"{file.name}.models")


def _target(settings: Settings) -> Path:
    return settings.warehouse.parent / "dbt"


def _dbt(settings: Settings, *arguments: str, on_progress: Report | None = None) -> Build:
    # Imported here: dbt takes seconds to import, and most commands don't need it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    export_to_environment(settings)
    give_freed_blocks_back()
    chatter = io.StringIO()
    with contextlib.redirect_stdout(chatter), _held_open_by_dbt():
        result = dbtRunner(callbacks=[_progress(on_progress)] if on_progress else []).invoke([
            "--no-print", "--no-use-colors", "--no-send-anonymous-usage-stats",
            "--log-level", "none", "--log-level-file", "info", "--log-path", str(_target(settings) / "logs"),
            *arguments,
            "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(_target(settings)),
        ])  # fmt: skip
    if result.exception is not None:
        raise BuildFailedError((_first_sentence(str(result.exception)),)) from result.exception
    run: Any = result.result
    outcomes = list(run.results)
    failed = [outcome for outcome in outcomes if outcome.status in ("error", "fail", "runtime error")]
    if failed or not result.success:
        failures = tuple(_failure(outcome) for outcome in failed)
        raise BuildFailedError(
            failures or ("dbt did not succeed: see the log under warehouse/dbt/logs.",),
            tuple(Test(one.node.name, one.node.compiled_code) for one in failed if one.node.resource_type == "test"),
        )
    kinds = [str(outcome.node.resource_type) for outcome in outcomes]
    return Build(kinds.count("model"), kinds.count("test"), round(run.elapsed_time, 2), _model_runs(outcomes))


@contextmanager
def _held_open_by_dbt() -> Iterator[None]:
    """Inside, dbt keeps the build database open from node to node; afterwards the file is free again."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415 - imports dbt

    connections: Any = DuckDBConnectionManager
    try:
        yield
    finally:
        with contextlib.suppress(Exception):  # what `env` raises if dbt ended before it opened anything
            connections.env().close()
        connections.close_all_connections()


def _progress(on_progress: Report) -> Callable[[Any], None]:
    """Listens to dbt, which numbers the starts of its nodes; a percentage is told every five points."""
    told = 0

    def tell(event: Any) -> None:  # noqa: ANN401 - dbt's own untyped event
        nonlocal told
        if event.info.name == "LogStartLine":
            percent = 100 * (event.data.index - 1) // event.data.total
            if percent >= told + 5:
                told = percent
                on_progress(percent)

    return tell


def _model_runs(outcomes: list[Any]) -> tuple[ModelRun, ...]:
    return tuple(
        ModelRun(
            outcome.node.name,
            round(outcome.execution_time, 3),
            tuple(name.rpartition(".")[2] for name in outcome.node.depends_on.nodes if name.startswith("model.")),
        )
        for outcome in outcomes
        if outcome.node.resource_type == "model"
    )


def _failure(outcome: Any) -> str:  # noqa: ANN401 - dbt's own untyped result
    return f"{outcome.node.resource_type} {outcome.node.name}: {_first_sentence(outcome.message or 'failed')}"


def _first_sentence(message: str) -> str:
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", message).splitlines() if line.strip()]
    return " ".join(lines[:3])
