"""The Prefect flow `replay-verify`: the whole log again, compared with the current state hash by hash."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import acreate_table_artifact

from eventlog.settings import settings_from_environment
from flows.lock import BusyError
from flows.steps.replay import NotUpToDateError, verify_replay
from flows.tasks import run_as_task


class ReplayDiffersError(RuntimeError):
    """The incremental state is not what the log gives; the message names the tables."""


@flow(name="replay-verify", description="Prove that incremental equals rebuild.", persist_result=False)
async def replay_verify() -> str:
    """Replay the log into a second database and compare every public table.

    Raises:
        ReplayDiffersError: a table differs.
    """
    try:
        comparisons = run_as_task(verify_replay, settings_from_environment())
    except (BusyError, NotUpToDateError) as not_now:
        return str(not_now)
    rows = [{"table": one.table, "rows": one.replayed.rows, "equal": one.is_equal} for one in comparisons]
    await acreate_table_artifact(rows, key="replay-verify", description="Replay against the current state")
    differing = [one.table for one in comparisons if not one.is_equal]
    if differing:
        raise ReplayDiffersError(f"These tables differ from the replayed log: {', '.join(differing)}.")
    return f"{len(comparisons)} tables are equal."
