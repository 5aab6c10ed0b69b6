"""The Prefect flow `simulate-market`: the next days of the simulated market -> the event log."""

from __future__ import annotations

from typing import Annotated

from prefect import flow
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.steps.simulate import NothingToSimulateError, simulate_days
from flows.tasks import run_as_task
from generators.simulation import default_scenario


@flow(name="simulate-market", description="Append the next business days of a simulated market.", persist_result=False)
async def simulate_market(
    days: Annotated[int, Field(ge=1, le=5000, description="Business days to append.")] = 1,
    seed: Annotated[int, Field(ge=0, description="Chance of the simulated world; keep it for one log.")] = 7,
) -> str:
    """Append events as a broker and a price feed would send them; a day that is still to come is no failure."""
    try:
        receipts = run_as_task(simulate_days, settings_from_environment(), default_scenario(seed), days, system_clock)
    except NothingToSimulateError as nothing:
        return str(nothing)
    return f"{sum(receipt.accepted for receipt in receipts)} events accepted."
