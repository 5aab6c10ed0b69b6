"""The Markdown report that a run leaves in the Prefect UI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from eventlog.intake import Receipt
from eventlog.landing import Commit, Landing
from eventlog.settings import Settings
from flows.pipeline import Refreshed
from flows.runs import commits, counted

_COUNTS = ("received", "accepted", "duplicate", "quarantined")


def refresh_report(settings: Settings, done: Refreshed) -> str:
    """What a refresh read, replayed, checked and published."""
    read = Landing(settings.landing).commits(done.first_seq - 1)[: done.last_seq - done.first_seq + 1]
    lines = [f"# Refresh: {commits(done.first_seq, done.last_seq)}", "", *_counts_table(read)]
    if done.build and done.audit:
        keys, accounts = counted(done.build.touched_keys, "key"), counted(done.build.touched_accounts, "account")
        lines += [
            "",
            f"- Replayed: {keys} (account and symbol) of {accounts}",
            f"- Checked: {counted(done.build.tests, 'law')} and other dbt tests, "
            f"{counted(done.audit.evaluated, 'expectation')}",
            f"- Published as run `{done.run_id}`",
            f"- Data Docs of this run: {docs_link(settings, done.run_id)}",
            *(f"- Warning: {warning}" for warning in done.audit.warnings),
        ]
    lines += ["", "| step | seconds |", "|---|---:|"]
    lines += [f"| {step} | {seconds:.1f} |" for step, seconds in done.seconds.items()]
    return "\n".join(lines)


def intake_report(title: str, receipts: Sequence[Receipt]) -> str:
    """What became of files: counts, reasons, and what was refused whole."""
    lines = [f"# {title}", "", *_counts_table(receipts)]
    reasons = Counter({reason: 0 for receipt in receipts for reason in receipt.reasons})
    for receipt in receipts:
        reasons.update(receipt.reasons)
    lines += ["", *(f"- Quarantined: {count} x {reason}" for reason, count in reasons.items())]
    lines += [f"- Refused: {receipt.refusal}" for receipt in receipts if receipt.refusal]
    return "\n".join(lines)


def model_rows(done: Refreshed) -> list[dict[str, Any]]:
    """The models of the dbt run in their order: seconds, and which models each reads."""
    runs = done.build.model_runs if done.build else ()
    return [{"model": run.name, "seconds": run.seconds, "reads": ", ".join(run.reads)} for run in runs]


def docs_link(settings: Settings, run_id: str) -> str:
    """Where the evidence of a run is. Browsers open it from the address line: a web page may not link to files."""
    pages = sorted((settings.docs / "runs").glob(f"*-{run_id}"))
    page = pages[-1] if pages else settings.docs / "index.html"
    return f"[{page.name}]({page.as_uri()}) `{page}`"


def _counts_table(counted_things: Sequence[Commit | Receipt]) -> list[str]:
    """Rows in = accepted + duplicate + quarantined, per stream and in all."""
    totals: dict[str, Counter[str]] = {}
    for one in counted_things:
        for row in (one.stream, "**all**"):
            totals.setdefault(row, Counter()).update({count: getattr(one, count) for count in _COUNTS})
    totals["**all**"] = totals.pop("**all**", Counter())
    lines = ["| stream | received = | accepted | + duplicate | + quarantined |", "|---|---:|---:|---:|---:|"]
    return lines + [
        f"| {stream} | " + " | ".join(f"{counts[count]:,}" for count in _COUNTS) + " |"
        for stream, counts in totals.items()
    ]
