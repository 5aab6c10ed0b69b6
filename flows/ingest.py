"""The Prefect flow `ingest-inbox`: files dropped into inbox/<stream>/ -> the event log."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.plain import counted
from flows.reports import intake_report
from flows.runs import done, nothing_done, tell_of_commits
from flows.steps.ingest import take_inbox
from flows.tasks import MinutesAtMost, steps_as_tasks


@flow(name="ingest-inbox", description="Take up the files of the inbox, exactly once.", persist_result=False)
async def ingest_inbox(minutes_at_most: MinutesAtMost = 30) -> State[Any]:
    """Bring every finished file of the inbox into the log; refused rows and files go to quarantine.

    Args:
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    with steps_as_tasks(minutes_at_most) as run_step:
        receipts = run_step(take_inbox, settings, system_clock)
    if not receipts:
        return await nothing_done("Nothing new", "The inbox is empty.")
    tell_of_commits(settings, receipts)
    await acreate_markdown_artifact(
        intake_report("Files of the inbox", receipts), key="ingest-report", description="Files of the inbox"
    )
    accepted, quarantined = (sum(getattr(one, count) for one in receipts) for count in ("accepted", "quarantined"))
    return await done(
        f"{counted(len(receipts), 'file')}, {counted(accepted, 'event')} accepted, {quarantined:,} quarantined"
    )
