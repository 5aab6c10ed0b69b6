"""The Prefect flow `ingest-inbox`: files dropped into inbox/<stream>/ -> the event log."""

from __future__ import annotations

from prefect import flow

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment
from flows.steps.ingest import take_inbox
from flows.tasks import run_as_task


@flow(name="ingest-inbox", description="Take up the files of the inbox, exactly once.", persist_result=False)
async def ingest_inbox() -> str:
    """Bring every finished file of the inbox into the log; refused rows and files go to quarantine."""
    receipts = run_as_task(take_inbox, settings_from_environment(), system_clock)
    accepted = sum(receipt.accepted for receipt in receipts)
    quarantined = sum(receipt.quarantined for receipt in receipts)
    return f"{len(receipts)} files: {accepted} events accepted, {quarantined} quarantined."
