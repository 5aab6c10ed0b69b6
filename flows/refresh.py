"""The Prefect flow `refresh`: inbox -> log -> build database -> gate -> published lake."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact, acreate_table_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import Settings, max_age_from_environment, settings_from_environment
from flows.dbt_run import BuildFailedError
from flows.gate import last_gate
from flows.lock import BusyError, one_writer
from flows.pipeline import Refreshed, refresh_locked_books
from flows.plain import commits, counted
from flows.reports import gate_report, model_rows, refresh_report
from flows.runs import done, nothing_done, tell_if_stale
from flows.steps.transform import last_seq_before
from flows.steps.verify import GateClosedError
from flows.tasks import MinutesAtMost, steps_as_tasks


@flow(name="refresh", description="Replay what is new, check it, publish it.", persist_result=False)
async def refresh(
    replay_after_seq: Annotated[int | None, Field(ge=0)] = None,
    from_date: date | None = None,
    minutes_at_most: MinutesAtMost = 60,
) -> State[Any]:
    """Bring everything published up to the last accepted event, and leave a report of the run.

    A run that finds another one writing, or nothing new, ends at once and says so.

    Args:
        replay_after_seq: Backfill: replay and publish the commits above this one once more; 0 means the whole log.
        from_date: Backfill: replay and publish every figure from this day on once more.
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    try:
        with one_writer(settings) as lock, steps_as_tasks(minutes_at_most, lock) as run_step:
            again_after = _again_after(settings, replay_after_seq, from_date)
            refreshed = refresh_locked_books(settings, system_clock, run_step, again_after)
    except BusyError as busy:
        return await nothing_done("Busy", str(busy))
    except (BuildFailedError, GateClosedError):
        await _explain(settings)
        raise
    finally:
        tell_if_stale(settings, system_clock, max_age_from_environment())
    if refreshed.publication is None:
        return await nothing_done("Nothing new", f"Everything up to commit {refreshed.last_seq} is published.")
    return await _report(settings, refreshed)


def _again_after(settings: Settings, replay_after_seq: int | None, from_date: date | None) -> int | None:
    """Of two ways to say where to begin the earlier holds; None: only what is new."""
    asked = [] if replay_after_seq is None else [replay_after_seq]
    return min([*asked, last_seq_before(settings, from_date)] if from_date else asked, default=None)


async def _explain(settings: Settings) -> None:
    gate = last_gate(settings)
    if gate is not None:
        await acreate_markdown_artifact(
            gate_report(gate), key="gate-report", description=f"Why run {gate.run_id} has published nothing"
        )


async def _report(settings: Settings, refreshed: Refreshed) -> State[Any]:
    await acreate_markdown_artifact(
        refresh_report(settings, refreshed), key="refresh-report", description=f"Run {refreshed.run_id}"
    )
    await acreate_table_artifact(
        model_rows(refreshed), key="dbt-models", description="Models of the dbt run, their seconds and what they read"
    )
    accounts = refreshed.build.touched_accounts if refreshed.build else 0
    return await done(f"{commits(refreshed.first_seq, refreshed.last_seq)}, {counted(accounts, 'account')}")
