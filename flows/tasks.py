"""Steps as Prefect tasks: named, retried where a retry can help, never cached (every step writes)."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

import duckdb
from prefect import Task, task
from prefect.cache_policies import NO_CACHE
from prefect.client.schemas.objects import State, TaskRun

_PASSING_FAULTS: Final = (duckdb.IOException, duckdb.TransactionException, OSError)
"""A file held by a reader for a moment, a busy catalog: the same call may go through later."""


def run_as_task(step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - hands any step through
    """Run a step of the pipeline as a task of the flow run around it; what it writes is for its user alone."""
    os.umask(0o077)
    return as_task(step)(*arguments)


def as_task(step: Callable[..., Any]) -> Task[..., Any]:
    """Make a task of a step."""
    make_task = task(
        name=step.__name__.replace("_", "-"),
        retries=2,
        retry_delay_seconds=[2, 10],
        retry_condition_fn=_is_passing_fault,
        cache_policy=NO_CACHE,
        persist_result=False,
    )
    return make_task(step)


async def _is_passing_fault(_task: Task[..., Any], _run: TaskRun, state: State[Any]) -> bool:
    try:
        await state.aresult()
    except _PASSING_FAULTS:
        return True
    except Exception:  # whatever else failed will fail again
        return False
    return False
