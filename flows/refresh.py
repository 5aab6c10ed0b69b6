"""The Prefect flow `refresh`: inbox -> log -> build database -> gate -> published lake."""

from __future__ import annotations

from prefect import flow
from prefect.artifacts import acreate_markdown_artifact

from eventlog.clock import system_clock
from eventlog.landing import Landing
from eventlog.settings import Settings, settings_from_environment
from flows.lock import BusyError
from flows.pipeline import Refreshed, refresh_books
from flows.tasks import run_as_task


@flow(name="refresh", description="Replay what is new, check it, publish it.", persist_result=False)
async def refresh() -> str:
    """Bring everything published up to the last accepted event, and leave a report of the run.

    A run that finds another one writing, or nothing new, ends at once and says so.
    """
    settings = settings_from_environment()
    try:
        done = refresh_books(settings, system_clock, run_as_task)
    except BusyError as busy:
        return str(busy)
    if done.publication is None:
        return f"Nothing new: everything up to commit {done.last_seq} is published."
    await acreate_markdown_artifact(_report(settings, done), key="refresh-report", description=f"Run {done.run_id}")
    return f"Published commits {done.first_seq} to {done.last_seq}."


def _report(settings: Settings, done: Refreshed) -> str:
    commits = Landing(settings.landing).commits(done.first_seq - 1)[: done.last_seq - done.first_seq + 1]
    lines = [
        f"# Run {done.run_id}: commits {done.first_seq} to {done.last_seq}",
        "",
        "| stream | received | accepted | duplicate | quarantined |",
        "|---|---:|---:|---:|---:|",
    ]
    lines += [
        f"| {commit.stream} | {commit.received} | {commit.accepted} | {commit.duplicate} | {commit.quarantined} |"
        for commit in commits[-50:]
    ]
    if done.build and done.audit:
        lines += ["", f"{done.build.models} models, {done.build.tests} tests, {done.audit.evaluated} expectations."]
        lines += [f"- warning: {warning}" for warning in done.audit.warnings]
    lines += ["", "| step | seconds |", "|---|---:|"]
    lines += [f"| {step} | {seconds:.1f} |" for step, seconds in done.seconds.items()]
    lines += ["", f"Data Docs: {settings.docs / 'index.html'}"]
    return "\n".join(lines)
