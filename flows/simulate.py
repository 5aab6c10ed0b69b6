"""The Prefect flow `simulate-market`: the next days of the simulated market -> the event log."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.plain import commits, counted
from flows.reports import intake_report
from flows.runs import done, nothing_done, tell_of_commits
from flows.steps.simulate import NothingToSimulateError, simulate_days
from flows.tasks import MinutesAtMost, steps_as_tasks
from generators.simulation import default_scenario


@flow(name="simulate-market", description="Append the next business days of a simulated market.", persist_result=False)
async def simulate_market(
    days: Annotated[int, Field(ge=1, le=5000)] = 1,
    seed: Annotated[int, Field(ge=0)] = 7,
    minutes_at_most: MinutesAtMost = 30,
) -> State[Any]:
    """Append events as a broker and a price feed would send them; a day that is still to come is no failure.

    Args:
        days: Business days to append.
        seed: Chance of the simulated world; keep it for one log.
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    try:
        with steps_as_tasks(minutes_at_most) as run_step:
            receipts = run_step(simulate_days, settings, default_scenario(seed), days, system_clock)
    except NothingToSimulateError as nothing:
        return await nothing_done("Nothing new", str(nothing))
    seqs = tell_of_commits(settings, receipts)
    await acreate_markdown_artifact(
        intake_report("Simulated market", receipts), key="simulate-report", description="Events of the simulated market"
    )
    accepted = sum(receipt.accepted for receipt in receipts)
    return await done(f"{commits(seqs[0], seqs[-1])}, {counted(accepted, 'event')}")
