"""What the command shows: tables for people, JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from math import isfinite
from typing import Any

from rich.console import Console
from rich.markup import escape

from eventlog.intake import Receipt
from eventlog.quarantine import Refused
from eventlog.settings import SettingsError, max_age_from_environment
from flows.books import Answer, State
from flows.gate import Gate
from flows.pipeline import Refreshed
from flows.plain import commits, counted, plain
from flows.steps.replay import Comparison
from flows.table_screen import show_table, table_of

ROWS_SHOWN = 100
FAILURES_SHOWN = 10
SUSPECTS_SHOWN = 10
ACCOUNTS_SHOWN = 20
_ALL_ACCOUNTS = (
    "SELECT account_id, name, base_currency, value_date, total_value FROM main_facts.fact_portfolio_value_daily "
    "JOIN main_dimensions.dim_account USING (account_id) "
    "QUALIFY value_date = max(value_date) OVER (PARTITION BY account_id) ORDER BY abs(total_value) DESC"
)


def json_text(content: object) -> str:
    """JSON of a result; decimals and dates as strings, so that nothing is lost. JSON knows no NaN: it is null."""
    return json.dumps(_finite(content), default=_as_text, ensure_ascii=False, allow_nan=False)


def _finite(content: object) -> object:
    """The same, however deep, with None for a float that is no number or infinite."""
    if isinstance(content, dict):
        return {key: _finite(value) for key, value in content.items()}
    if isinstance(content, list | tuple):
        return [_finite(value) for value in content]
    return None if isinstance(content, float) and not isfinite(content) else content


def _as_text(value: object) -> str:
    """A decimal with all its places: left to itself a zero is 0E-8."""
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def json_of(result: Any) -> str:  # noqa: ANN401 - any dataclass, or a list of them
    """JSON of a dataclass or of a list of them."""
    return json_text([asdict(one) for one in result] if isinstance(result, list) else asdict(result))


def json_rows(answer: Answer) -> str:
    """JSON of a query: a list of objects. Columns of one name are told apart, as an object keeps only one of them."""
    columns = _told_apart(answer.columns)
    return json_text([dict(zip(columns, row, strict=True)) for row in answer.rows])


def _told_apart(names: Sequence[str]) -> list[str]:
    """`a`, `a_1`, `a_2` for three times `a`; no name that is another column's own is taken."""
    told: list[str] = []
    for name in names:
        others = (f"{name}_{number}" for number in count(1))
        told.append(name if name not in told else next(one for one in others if one not in {*names, *told}))
    return told


def show_answer(console: Console, answer: Answer) -> None:
    """A query as a table, cut at ``ROWS_SHOWN`` rows."""
    table = table_of(None, answer.columns, numbers=_number_columns(answer))
    for row in answer.rows[:ROWS_SHOWN]:
        table.add_row(*(escape(plain(value)) for value in row))
    show_table(console, table)
    hidden = len(answer.rows) - ROWS_SHOWN
    if hidden > 0:
        console.print(f"[dim]... and {counted(hidden, 'more row')}; --json gives all of them.[/dim]")


def show_receipts(console: Console, receipts: Sequence[Receipt]) -> None:
    """What became of files: a line for each that arrived, a sentence for each that was refused whole."""
    table = table_of(None, ("stream", "file", "received", "accepted", "duplicate", "quarantined", "why"),
                   numbers={2, 3, 4, 5}, names={1})  # fmt: skip
    for receipt in (receipt for receipt in receipts if receipt.received):
        why = ", ".join(f"{count} {reason}" for reason, count in receipt.reasons.items())
        table.add_row(
            receipt.stream, escape(receipt.source.rsplit("/", 1)[-1]), f"{receipt.received:,}",
            f"{receipt.accepted:,}", f"{receipt.duplicate:,}", f"{receipt.quarantined:,}", why,
        )  # fmt: skip
    if table.row_count:
        show_table(console, table)
    for receipt in receipts:
        if receipt.refusal:
            console.print(f"[red]refused:[/red] {escape(receipt.refusal)}", soft_wrap=True)
        if receipt.notice:
            console.print(f"[yellow]{escape(receipt.notice)}[/yellow]", soft_wrap=True)
    _say_where_refused_rows_are(console, [receipt for receipt in receipts if not receipt.refusal])


def _say_where_refused_rows_are(console: Console, receipts: Sequence[Receipt]) -> None:
    rows = sum(receipt.quarantined for receipt in receipts)
    if not rows:
        return
    streams = sorted({receipt.stream for receipt in receipts if receipt.quarantined})
    folders = ", ".join(f"quarantine/{stream}/" for stream in streams)
    console.print(
        f"[yellow]{counted(rows, 'row')} refused[/yellow], kept whole with the reason in {folders} below the home; "
        "`navlog status` shows the first of each reason, and docs/events.md says what the reasons mean.\n"
        "Correct them in the file and ingest it again: rows that the log has already count as duplicates.",
        soft_wrap=True,
    )


def show_refreshed(console: Console, done: Refreshed) -> None:
    """What a refresh did, in three lines at most."""
    if done.taken:
        show_receipts(console, done.taken)
    if done.publication is None or done.build is None or done.audit is None:
        console.print(
            f"Nothing new: everything up to commit {done.last_seq} is published."
            if done.last_seq
            else "The log is empty. `navlog ingest` brings files in, `navlog demo` fills it with a simulated market."
        )
        return
    steps = ", ".join(f"{name} {seconds:.1f} s" for name, seconds in done.seconds.items())
    console.print(
        f"[green]Published[/green] {commits(done.first_seq, done.last_seq)}: {done.build.models} models, "
        f"{done.audit.laws} laws, {done.audit.evaluated} expectations; {steps}."
    )
    for warning in done.audit.warnings:
        console.print(f"  [yellow]warning:[/yellow] {escape(warning)}")


def show_comparisons(console: Console, comparisons: Iterable[Comparison]) -> None:
    """Replay against the current state, hash by hash."""
    table = table_of(
        "incremental = published = replayed from the log", ("table", "rows", "content hash", ""), numbers={1}
    )
    for one in comparisons:
        verdict = "[green]equal[/green]" if one.is_equal else "[red]DIFFERENT[/red]"
        hashes = one.replayed.sha[:16] if one.is_equal else _three_hashes(one)
        table.add_row(one.table, f"{one.replayed.rows:,}", hashes, verdict)
    show_table(console, table)


def show_accounts(console: Console, answer: Answer) -> None:
    """The accounts on their last valuation day; of many those with the largest amounts."""
    hidden = len(answer.rows) - ACCOUNTS_SHOWN
    title = "accounts" if hidden <= 0 else f"accounts, the {ACCOUNTS_SHOWN} largest of {len(answer.rows):,}"
    table = table_of(title, ("account", "name", "day", "value", "return %", "max drawdown %", "volatility %"),
                   numbers={3, 4, 5, 6}, names={0, 1})  # fmt: skip
    for account_id, name, value_date, value, currency, *percents in _largest(answer):
        table.add_row(
            escape(account_id), escape(name or "-"), str(value_date), f"{value:,.2f} {currency}",
            *("-" if percent is None else f"{percent:,.2f}" for percent in percents),
        )  # fmt: skip
    show_table(console, table)
    if hidden > 0:
        console.print(f"... and {counted(hidden, 'more account')}. To see them all:")
        console.print(f'navlog query --json "{_ALL_ACCOUNTS}"', soft_wrap=True)


def _largest(answer: Answer) -> list[tuple[Any, ...]]:
    """The rows of the largest accounts, in the order of the answer; one that owes much is large too."""
    value = answer.columns.index("total_value")
    by_size = sorted(answer.rows, key=lambda row: -abs(row[value]))
    shown = {row[0] for row in by_size[:ACCOUNTS_SHOWN]}
    return [row for row in answer.rows if row[0] in shown]


def show_refused(console: Console, rows: Sequence[Refused]) -> None:
    """What is in quarantine and why."""
    table = table_of("quarantine", ("stream", "file", "rows", "reason", "what"), numbers={2}, names={1})
    for row in rows:
        where = "" if row.first_row_number is None else f"row {row.first_row_number}: "
        table.add_row(
            row.stream, escape(row.source.rsplit("/", 1)[-1]), str(row.rows), row.reason, escape(where + row.detail)
        )
    show_table(console, table)


def show_state(console: Console, state: State, now: datetime) -> None:
    """A home at a glance; ``now`` tells the age of what is published."""
    if not state.last_seq:
        console.print("The log is empty. `navlog demo` fills it with a simulated market, `navlog ingest` with files.")
        return
    console.print(f"Log: {counted(state.last_seq, 'commit')}, the last recorded at {_when(state.recorded_at)} UTC.")
    table = table_of(None, ("stream", "received", "accepted", "duplicate", "quarantined"), numbers={1, 2, 3, 4})
    for counts in state.streams:
        table.add_row(
            counts.stream, f"{counts.received:,}", f"{counts.accepted:,}", f"{counts.duplicate:,}",
            f"{counts.quarantined:,}",
        )  # fmt: skip
    show_table(console, table)
    _show_published(console, state, now)
    if state.gate is not None and not state.gate.is_passed:
        show_closed_gate(console, state.gate)
    if state.refused:
        console.print()
        show_refused(console, state.refused)
    if state.accounts:
        console.print()
        show_accounts(console, state.accounts)


def _show_published(console: Console, state: State, now: datetime) -> None:
    if state.publication is None:
        is_stopped = state.gate is not None and not state.gate.is_passed
        console.print("Nothing is published yet." if is_stopped else "Nothing is published yet: run `navlog refresh`.")
        return
    said, behind = state.publication, state.last_seq - state.publication.published_seq
    console.print(
        f"Published: up to commit {said.published_seq} at {_when(said.published_at)} UTC"
        f" ({_ago(said.published_at, now)}, run {said.run_id}, {said.checks} expectations); {_standing(state, behind)}"
    )
    _say_if_old(console, said.published_at, now)


def _standing(state: State, behind: int) -> str:
    """How far the published books are behind the log, and what brings them on."""
    if not behind:
        return "all of the log."
    is_behind = f"[yellow]{counted(behind, 'commit')} behind[/yellow]"
    if state.gate is not None and state.gate.has_refused(state.last_seq):
        return f"{is_behind}: the events that are named below have to be corrected first."
    return f"{is_behind}, run `navlog refresh`."


def _say_if_old(console: Console, published_at: str, now: datetime) -> None:
    """A wrong setting is told, and the rest of the status shown all the same."""
    try:
        allowed = max_age_from_environment()
    except SettingsError as wrong:
        console.print(f"[yellow]{escape(str(wrong))}[/yellow]")
        return
    if now - datetime.fromisoformat(published_at) > allowed:
        console.print(
            f"[yellow]These books are old: published {_ago(published_at, now)}, and NAVLOG_MAX_AGE_HOURS allows "
            f"{allowed / timedelta(hours=1):g} hours. Newer ones take newer files and a run that passes.[/yellow]"
        )


def show_closed_gate(console: Console, gate: Gate) -> None:
    """Why nothing is published: since when, what failed, and which events to look at."""
    runs = "the last run" if gate.failed_runs == 1 else f"the last {gate.failed_runs} runs"
    unpublished, are = commits(gate.first_seq, gate.last_seq), "is" if gate.first_seq == gate.last_seq else "are"
    console.print(
        f"[red]The gate is closed[/red] since {_when(gate.failing_since)} UTC: {runs} did not pass, {unpublished} "
        f"{are} not published. What was published before is still served."
    )
    for finding in gate.failures[:FAILURES_SHOWN]:
        console.print(f"  [red]failed:[/red] {escape(finding.sentence)}", soft_wrap=True)
        for example in finding.examples:
            console.print(f"    {escape(example)}", soft_wrap=True)
    hidden = len(gate.failures) - FAILURES_SHOWN
    if hidden > 0:
        console.print(f"  ... and {hidden} more")
    if gate.suspects:
        table = table_of("events to look at", ("commit", "stream", "event", "what"), numbers={0})
        for event in gate.suspects[:SUSPECTS_SHOWN]:
            table.add_row(str(event.commit_seq), event.stream, escape(event.event_id), escape(event.what))
        show_table(console, table)
    if gate.docs_page:
        console.print(f"Data Docs: docs/{gate.docs_page} below the home.", soft_wrap=True)
    console.print("Correct the events (a CANCEL or AMEND in the stream corrections) and run `navlog refresh`.")


def _ago(moment: str, now: datetime) -> str:
    """How long ago, in the unit that a person would use."""
    minutes = int((now - datetime.fromisoformat(moment)).total_seconds() // 60)
    for unit, length in (("day", 24 * 60), ("hour", 60)):
        if minutes >= 2 * length:
            return f"{minutes // length} {unit}s ago"
    return f"{counted(minutes, 'minute')} ago" if minutes > 0 else "just now"


def state_json(state: State) -> str:
    """JSON of a home's state."""
    content: dict[str, Any] = asdict(state)
    if state.accounts:
        content["accounts"] = [dict(zip(state.accounts.columns, row, strict=True)) for row in state.accounts.rows]
    return json_text(content)


def _three_hashes(one: Comparison) -> str:
    return f"{one.incremental.sha[:8]} / {one.published.sha[:8]} / {one.replayed.sha[:8]}"


def _when(moment: str | None) -> str:
    return (moment or "never")[:19].replace("T", " ")


def _number_columns(answer: Answer) -> set[int]:
    first = next(iter(answer.rows), ())
    return {
        position
        for position, value in enumerate(first)
        if isinstance(value, int | float | Decimal) and not isinstance(value, bool | date)
    }
