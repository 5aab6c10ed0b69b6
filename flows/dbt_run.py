"""The only door to dbt: one run of it, and what came of it."""

from __future__ import annotations

import contextlib
import io
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from eventlog.settings import Settings, export_to_environment
from flows.contract import keep_contract
from flows.dbt_project import parsed_project
from flows.heap import collect_garbage_seldom, give_freed_blocks_back

PROJECT: Final = Path(__file__).resolve().parent.parent / "dbt"
_NO_TESTS: Final = ("--exclude-resource-type", "unit_test", "--exclude-resource-type", "test")
_TRACEBACK: Final = "Traceback (most recent call last):"
Report = Callable[[float], None]
"""Takes how much of a build is done, in percent."""


class BuildFailedError(RuntimeError):
    """dbt did not finish, or a rebuild breaks a law; ``failures`` are sentences that name the model or law."""

    def __init__(self, failures: tuple[str, ...]) -> None:
        """Join the sentences into the message."""
        super().__init__("\n".join(failures))
        self.failures = failures


@dataclass(frozen=True, slots=True)
class ModelRun:
    """One model of a dbt run: how long it took, once compiled, and which models it reads."""

    name: str
    seconds: float
    reads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """What one dbt run did: models, seconds of the run, and how much it replayed."""

    models: int
    seconds: float
    model_runs: tuple[ModelRun, ...] = ()
    touched_keys: int = 0
    """(account, symbol) whose daily rows were computed again; cash counts as a symbol."""
    touched_accounts: int = 0
    laws: int = 0
    """Laws that the whole of it keeps; 0 if nobody has asked yet."""


def build(settings: Settings, *options: str, on_progress: Report | None = None) -> Build:
    """Run the models that the options of `dbt build` choose; tests of dbt are for developers.

    ``on_progress`` is told the percentage of models that are done.

    Raises:
        BuildFailedError: a model failed.
    """
    export_to_environment(settings)
    give_freed_blocks_back()
    collect_garbage_seldom()
    callbacks = [_progress(on_progress)] if on_progress else []
    with contextlib.redirect_stdout(io.StringIO()), _held_open_by_dbt():
        project = parsed_project(PROJECT, lambda: parse(settings))
        result = _call(settings, "build", *_NO_TESTS, *options, manifest=project, callbacks=callbacks)
    done: Any = result.result
    outcomes = list(done.results)
    failed = [outcome for outcome in outcomes if outcome.status in ("error", "fail", "runtime error")]
    if failed or not result.success:
        failures = tuple(_failure(outcome) for outcome in failed)
        raise BuildFailedError(failures or ("dbt did not succeed: see the log under warehouse/dbt/logs.",))
    keep_contract(settings, project.nodes)
    models = _model_runs(outcomes)
    return Build(len(models), round(done.elapsed_time, 2), models)


def parse(settings: Settings) -> Any:  # noqa: ANN401 - dbt is untyped here
    """The manifest of the models as they are on the disk; it takes seconds.

    Raises:
        BuildFailedError: they can't be parsed.
    """
    return _call(settings, "parse").result


def _call(settings: Settings, command: str, *options: str, **told: Any) -> Any:  # noqa: ANN401 - dbt is untyped here
    """What a command of dbt returns.

    Raises:
        BuildFailedError: dbt itself did not come to an end.
        KeyboardInterrupt: somebody ended it, which says nothing of the books; dbt hands it back like a failure.
    """
    # Imported here: dbt takes seconds to import, and most commands don't need it.
    from dbt.cli.main import dbtRunner  # noqa: PLC0415

    target = settings.warehouse.parent / "dbt"
    result = dbtRunner(**told).invoke([
        "--no-print", "--no-use-colors", "--no-send-anonymous-usage-stats",
        "--log-level", "none", "--log-level-file", "warn", "--log-path", str(target / "logs"),
        command, *options, "--no-write-json",
        "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--target-path", str(target),
    ])  # fmt: skip
    if isinstance(result.exception, KeyboardInterrupt):
        raise result.exception
    if result.exception is not None:
        raise BuildFailedError((_first_sentence(str(result.exception)),)) from result.exception
    return result


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
            round(_execution_s(outcome), 3),
            tuple(name.rpartition(".")[2] for name in outcome.node.depends_on.nodes if name.startswith("model.")),
        )
        for outcome in outcomes
        if outcome.node.resource_type == "model"
    )


def _execution_s(outcome: Any) -> float:  # noqa: ANN401 - dbt's own untyped result
    """Without the time that it took to compile it."""
    executed = [phase for phase in outcome.timing if phase.name == "execute" and phase.completed_at is not None]
    return float(sum((phase.completed_at - phase.started_at).total_seconds() for phase in executed))


def _failure(outcome: Any) -> str:  # noqa: ANN401 - dbt's own untyped result
    return f"{outcome.node.resource_type} {outcome.node.name}: {_first_sentence(outcome.message or 'failed')}"


def _first_sentence(message: str) -> str:
    """Of a Python model that raised dbt tells the whole traceback: its last line says what went wrong."""
    lines = [line.strip() for line in re.sub(r"\x1b\[[0-9;]*m", "", message).splitlines() if line.strip()]
    return re.sub(r"^(\w+\.)+", "", lines[-1]) if _TRACEBACK in message else " ".join(lines[:3])
