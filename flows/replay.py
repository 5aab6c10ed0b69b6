"""The Prefect flows over the whole log: `replay` replaces the build database, `replay-verify` compares with it."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State

from eventlog.settings import settings_from_environment
from flows.lock import BusyError, not_busy
from flows.plain import counted
from flows.runs import done, nothing_done
from flows.steps.replay import NotUpToDateError, rebuild_from_log, verify_replay
from flows.tasks import MinutesAtMost, long_steps_as_tasks


class ReplayDiffersError(RuntimeError):
    """The incremental state is not what the log gives; the message names the tables."""


@flow(name="replay", description="Build everything again from the log.", persist_result=False)
async def replay(minutes_at_most: MinutesAtMost = 240) -> State[Any]:
    """Replace the build database by one built from the first commit; what is published stays as it is.

    Args:
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    try:
        not_busy(settings)
        with long_steps_as_tasks(minutes_at_most) as run_step:
            build = run_step(rebuild_from_log, settings)
    except BusyError as busy:
        return await nothing_done("Busy", str(busy))
    summary = f"{counted(build.models, 'model')}, {counted(build.laws, 'law')} in {build.seconds:.0f} s"
    await acreate_markdown_artifact(
        f"# Replay of the whole log\n\n{summary}", key="replay-report", description="The whole log again"
    )
    return await done(summary)


@flow(name="replay-verify", description="Prove that incremental equals rebuild.", persist_result=False)
async def replay_verify(minutes_at_most: MinutesAtMost = 240) -> State[Any]:
    """Replay the log into a second database and compare every public table.

    Args:
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.

    Raises:
        ReplayDiffersError: a table differs.
    """
    settings = settings_from_environment()
    try:
        not_busy(settings)
        with long_steps_as_tasks(minutes_at_most) as run_step:
            comparisons = run_step(verify_replay, settings)
    except BusyError as busy:
        return await nothing_done("Busy", str(busy))
    except NotUpToDateError as not_now:
        return await nothing_done("Not up to date", str(not_now))
    rows = [{"table": one.table, "rows": one.replayed.rows, "equal": one.is_equal} for one in comparisons]
    await acreate_table_artifact(rows, key="replay-verify", description="Replay against the current state")
    differing = [one.table for one in comparisons if not one.is_equal]
    if differing:
        raise ReplayDiffersError(f"These tables differ from the replayed log: {', '.join(differing)}.")
    return await done(f"{counted(len(comparisons), 'table')} equal")
