"""The Prefect flow `maintain`: keeps the published lake small."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.lake import NothingPublishedError
from flows.lock import BusyError, not_busy
from flows.runs import done, nothing_done
from flows.steps.maintain import maintain as maintain_step
from flows.tasks import MinutesAtMost, steps_as_tasks


@flow(name="maintain", description="Merge small files, forget old published states.", persist_result=False)
async def maintain(
    keep_days: Annotated[int, Field(ge=0)] = 30,
    minutes_at_most: MinutesAtMost = 60,
) -> State[Any]:
    """Compact the lake; the log is never touched.

    Args:
        keep_days: Published states older than this may be forgotten.
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    try:
        not_busy(settings)
        with steps_as_tasks(minutes_at_most) as run_step:
            kept = run_step(maintain_step, settings, system_clock(), keep_days)
    except BusyError as busy:
        return await nothing_done("Busy", str(busy))
    except NothingPublishedError as nothing:
        return await nothing_done("Nothing published", str(nothing))
    summary = f"{kept.files_before} -> {kept.files_after} files, {kept.states_before} -> {kept.states_after} states"
    await acreate_markdown_artifact(
        f"# Lake\n\nThe newest state and all states: {summary}. On disk: {kept.files_on_disk} files.",
        key="maintain-report",
        description="Files and states of the lake",
    )
    return await done(summary)
