"""The Markdown report that a run leaves in the Prefect UI."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from eventlog.intake import Receipt
from eventlog.landing import Commit, Landing
from eventlog.settings import Settings, docs_url_from_environment
from flows.gate import Gate
from flows.pipeline import Refreshed
from flows.plain import commits, counted

_SUSPECTS_SHOWN = 20
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
            f"- Checked: {counted(done.audit.laws, 'law')}, {counted(done.audit.evaluated, 'expectation')}",
            f"- Published as run `{done.run_id}`",
            f"- Data Docs of this run: {docs_link(done.audit.docs_page)}",
            *(f"- Warning: {_quoted(warning)}" for warning in done.audit.warnings),
        ]
    lines += ["", "| step | seconds |", "|---|---:|"]
    lines += [f"| {step} | {seconds:.1f} |" for step, seconds in done.seconds.items()]
    return "\n".join(lines)


def intake_report(title: str, receipts: Sequence[Receipt]) -> str:
    """What became of files: counts, reasons with a row of each, what was refused whole, and what else to look after."""
    lines = [f"# {title}", "", *_counts_table(receipts)]
    reasons = Counter({reason: 0 for receipt in receipts for reason in receipt.reasons})
    for receipt in receipts:
        reasons.update(receipt.reasons)
    lines += ["", *(f"- Quarantined: {count} x {reason}" for reason, count in reasons.items())]
    for receipt in receipts:
        file = receipt.source.rsplit("/", 1)[-1]
        lines += [f"- For example {_quoted(f'{file}, {example}')}" for example in receipt.examples]
    lines += [f"- Refused: {_quoted(receipt.refusal)}" for receipt in receipts if receipt.refusal]
    notices = dict.fromkeys(receipt.notice for receipt in receipts if receipt.notice)
    lines += [f"- Note: {_quoted(notice)}" for notice in notices]
    return "\n".join(lines)


def model_rows(done: Refreshed) -> list[dict[str, Any]]:
    """The models of the dbt run in their order: seconds, and which models each reads."""
    runs = done.build.model_runs if done.build else ()
    return [{"model": run.name, "seconds": run.seconds, "reads": ", ".join(run.reads)} for run in runs]


def gate_report(gate: Gate) -> str:
    """Why a run has published nothing, and which events to look at."""
    lines = [f"# The gate is closed: {commits(gate.first_seq, gate.last_seq)}", ""]
    lines += ["Nothing of this run is published; what was published before is still served.", ""]
    for finding in gate.failures:
        lines += [f"- {_quoted(finding.sentence)}", *(f"    - {_quoted(example)}" for example in finding.examples)]
    if gate.suspects:
        lines += ["", "| commit | stream | event to look at | what |", "|---:|---|---|---|"]
        lines += [
            f"| {event.commit_seq} | {event.stream} | {_quoted(event.event_id)} | {_quoted(event.what)} |"
            for event in gate.suspects[:_SUSPECTS_SHOWN]
        ]
    lines += ["", f"Data Docs of this run: {docs_link(gate.docs_page)}", ""]
    lines += ["Correct the events with a CANCEL or AMEND in the stream `corrections`; the next refresh starts anew."]
    return "\n".join(lines)


def docs_link(page: str | None) -> str:
    """Where the evidence of a run is: below the address of Data Docs, or, where nobody serves them, below the home."""
    below = page or "index.html"
    url = docs_url_from_environment()
    return f"[{below}]({url}/{below})" if url else f"`docs/{below}` below the home"


def _quoted(text: str) -> str:
    """Text that may quote an event: code, in which neither Markdown nor HTML means anything."""
    return "`" + " ".join(text.replace("`", "'").replace("|", "\\|").split()) + "`"


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
