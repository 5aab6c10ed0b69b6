"""The Prefect flow `maintain`: keeps the published lake small."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.lake import NothingPublishedError
from flows.lock import BusyError
from flows.steps.maintain import maintain as maintain_step
from flows.tasks import run_as_task


@flow(name="maintain", description="Merge small files, forget old published states.", persist_result=False)
async def maintain(
    keep_days: Annotated[int, Field(ge=0, description="Published states older than this may be forgotten.")] = 30,
) -> str:
    """Compact the lake; the log is never touched."""
    try:
        done = run_as_task(maintain_step, settings_from_environment(), system_clock(), keep_days)
    except (BusyError, NothingPublishedError) as nothing_done:
        return str(nothing_done)
    return f"{done.files_before} -> {done.files_after} files, {done.snapshots_before} -> {done.snapshots_after} states."
