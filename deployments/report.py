"""The Prefect flow `report`: tear sheets, written regularly. It is here because flows/ does not know of reports/."""

from __future__ import annotations

from typing import Annotated, Any

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact
from prefect.client.schemas.objects import State
from pydantic import Field

from eventlog.settings import settings_from_environment
from flows.lake import NothingPublishedError
from flows.plain import counted
from flows.runs import done, nothing_done
from flows.tasks import MinutesAtMost, steps_as_tasks
from reports.writing import WrittenSheets, write_sheets


@flow(name="report", description="Write tear sheets of accounts and of the whole book.", persist_result=False)
async def report(
    accounts: Annotated[tuple[str, ...], Field(max_length=1000)] = (),
    accounts_at_most: Annotated[int, Field(ge=0, le=1000)] = 50,
    minutes_at_most: MinutesAtMost = 60,
) -> State[Any]:
    """Write one HTML file for each account; it opens without a network.

    Args:
        accounts: Accounts to write a sheet of; none: the largest ones, and the whole book in each currency.
        accounts_at_most: Sheets of single accounts that a run writes at most (5 MB each).
        minutes_at_most: The run is ended, whatever it is doing, after so many minutes.
    """
    settings = settings_from_environment()
    try:
        with steps_as_tasks(minutes_at_most) as run_step:
            written = run_step(write_sheets, settings, list(accounts), accounts_at_most)
    except NothingPublishedError as nothing:
        return await nothing_done("Nothing published", str(nothing))
    await acreate_markdown_artifact(summary_of(written), key="report-sheets", description="Tear sheets")
    return await done(counted(len(written.sheets), "sheet"))


def summary_of(written: WrittenSheets) -> str:
    """What was written, in Markdown. Identifiers of accounts hold nothing that Markdown reads inside of code."""
    lines = [f"# Tear sheets of commit {written.published_seq}", "", "In `reports/` of the home:", ""]
    lines += ["| file | accounts | days |", "|---|---:|---:|"]
    lines += [f"| `{sheet.file.name}` | {sheet.accounts:,} | {sheet.days:,} |" for sheet in written.sheets]
    if written.left_out:
        left_out = counted(written.left_out, "account")
        lines += ["", f"{left_out} left out: `accounts_at_most` allows no more. The whole book counts all of them."]
    return "\n".join(lines)
