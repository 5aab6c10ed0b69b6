"""What a flow run says of itself in the Prefect UI: its name, its final state, its events."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from prefect import get_client, runtime
from prefect.client.schemas.objects import State
from prefect.events import emit_event
from prefect.states import Completed

from eventlog.clock import Clock
from eventlog.intake import Receipt
from eventlog.settings import Settings
from flows import lake

BATCH_COMMITTED: Final = "navlog.batch.committed"
DATA_STALE: Final = "navlog.data.stale"
"""Events; prefect.yaml names them as triggers."""


async def nothing_done(state_name: str, sentence: str) -> State[Any]:
    """End a run that had nothing to do as completed, under a state name that says why."""
    await call_run(state_name.lower())
    return Completed(name=state_name, message=sentence)


async def done(summary: str) -> State[Any]:
    """End a run as completed; its name says what it did."""
    await call_run(summary)
    return Completed(message=summary)


async def call_run(what: str) -> None:
    """Name this flow run after its flow and what it did."""
    async with get_client() as client:
        name = f"{runtime.flow_run.get_flow_name()}: {what}"
        await client.update_flow_run(UUID(runtime.flow_run.get_id()), name=name)


def tell_of_commits(settings: Settings, receipts: Iterable[Receipt]) -> list[int]:
    """Emit the event that starts a refresh, if anything was committed; the numbers of the commits."""
    seqs = [receipt.seq for receipt in receipts if receipt.seq is not None]
    if seqs:
        emit_event(BATCH_COMMITTED, resource=_resource(settings), payload={"first_seq": seqs[0], "last_seq": seqs[-1]})
    return seqs


def tell_if_stale(settings: Settings, clock: Clock, max_age: timedelta) -> None:
    """Emit the event that raises an alert, if the last publish is older than it may be."""
    published = lake.last_publication(settings)
    if published is None:
        return
    age = clock() - datetime.fromisoformat(published.published_at)
    if age > max_age:
        sentence = f"The last publish is {_spoken(age)} old; at most {_spoken(max_age)} are allowed."
        emit_event(DATA_STALE, resource=_resource(settings), payload={"message": sentence})


def _resource(settings: Settings) -> dict[str, str]:
    return {"prefect.resource.id": "navlog.books", "prefect.resource.name": str(settings.home)}


def _spoken(age: timedelta) -> str:
    return f"{age / timedelta(hours=1):.0f} hours"
