"""Steps as Prefect tasks in a process of their own: named, timed, retried where a retry can help, never cached."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Annotated, Any, Final

import duckdb
from prefect import Task, task
from prefect.artifacts import create_progress_artifact, update_progress_artifact
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun
from pydantic import Field

from flows.gate_aside import TOOLS, gate_aside
from flows.pipeline import StepRunner
from flows.step_process import StepProcess, step_process

MinutesAtMost = Annotated[int, Field(ge=1, le=1440)]
"""A parameter of every flow that runs steps; at the latest after a day a run is ended."""

_PASSING_FAULTS: Final = (duckdb.IOException, duckdb.TransactionException, OSError)
"""A file held by a reader for a moment, a busy catalog: the same call may go through later."""


@contextmanager
def steps_as_tasks(minutes_at_most: int, *locks: int) -> Iterator[StepRunner]:
    """Run steps as tasks of the flow run around it, in child processes that hold the given locks too."""
    with (
        _own_process(minutes_at_most, *locks) as process,
        gate_aside(process.run, lambda: process.beside(TOOLS)) as run,
    ):
        yield lambda step, *arguments: _as_task(step, lambda: run(step, *arguments))()


@contextmanager
def long_steps_as_tasks(minutes_at_most: int) -> Iterator[StepRunner]:
    """The same for steps that report their progress: the page of the run shows how far they are."""
    with _own_process(minutes_at_most) as process:
        yield lambda step, *arguments: _as_task(step, lambda: _run_with_progress(process, step, *arguments))()


def _own_process(minutes_at_most: int, *locks: int) -> AbstractContextManager[StepProcess]:
    os.umask(0o077)
    return step_process(60 * minutes_at_most, kept_open=locks)


def _run_with_progress(process: StepProcess, step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    name = _spoken(step)
    artifact = create_progress_artifact(0.0, key=f"{name}-progress", description=f"{name}: models done")
    result = process.run(step, *arguments, on_progress=lambda percent: _tell(artifact, percent))
    _tell(artifact, 100.0)
    return result


def _tell(artifact: Any, percent: float) -> None:  # noqa: ANN401 - Prefect's type says that it may be a coroutine
    update_progress_artifact(artifact, percent)


def _as_task(step: Callable[..., Any], run: Callable[[], Any]) -> Task[[], Any]:
    make_task = task(
        name=_spoken(step),
        retries=2,
        retry_delay_seconds=[2, 10],
        retry_condition_fn=_is_passing_fault,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return make_task(run)


def _spoken(step: Callable[..., Any]) -> str:
    return step.__name__.replace("_", "-")


async def _is_passing_fault(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        await state.aresult()
    except _PASSING_FAULTS:
        return True
    except Exception:  # whatever else failed will fail again
        return False
    return False
