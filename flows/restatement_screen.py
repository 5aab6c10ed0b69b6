"""What `restatement` shows: the tables, the events that moved them, the figures."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal, InvalidOperation

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eventlog.events import SCALE
from flows.evidence_screen import say_hidden, show_evidence
from flows.plain import named, plain
from flows.restatement import Mover, RestatedRow, Restatement
from flows.table_screen import show_table, table_of

MOVERS_SHOWN = 25


def show_restatement(console: Console, one: Restatement) -> None:
    """Per table what changed, per event what it moved, then the figures themselves."""
    console.print(f"[bold]From[/bold] {one.before.asked}\n[bold]to[/bold]   {one.after.asked}", soft_wrap=True)
    if not one.tables:
        console.print("Nothing was restated: this is one and the same state of the books.")
        return
    rows = sum(table.rows for table in one.tables)
    if rows:
        console.print(_verdict(one, rows))
        _show_tables(console, one)
        _show_movers(console, one)
        _show_figures(console, one)
    else:
        grown = sum(table.grown for table in one.tables)
        console.print(
            f"Nothing was restated in the {len(one.tables)} tables compared; {grown:,} rows were added for later days."
        )
    _show_not_compared(console, one)


def _show_not_compared(console: Console, one: Restatement) -> None:
    by_reason: dict[str, list[str]] = defaultdict(list)
    for other in one.not_compared:
        by_reason[other.why].append(_short(other.table))
    console.print()
    console.print("[dim]Not compared:[/dim]")
    for why, names in by_reason.items():
        console.print(f"[dim]  {', '.join(names)}: {why}.[/dim]", soft_wrap=True)


def _verdict(one: Restatement, rows: int) -> str:
    explained = (
        "every one of them is explained by its events"
        if not one.unexplained
        else f"{one.unexplained:,} of them are not touched by any event: other models folded the two moments"
        if one.is_by_other_models
        else f"[red]{one.unexplained:,} of them are not explained by any event[/red]: report this"
    )
    models = (
        "\nThe models changed in between: figures may differ for that reason too." if one.is_by_other_models else ""
    )
    return f"{rows:,} rows for days up to {one.last_day_before} were restated; {explained}.{models}"


def _show_tables(console: Console, one: Restatement) -> None:
    columns = ("table", "changed", "gone", "late", "accounts", "from day", "grown")
    table = table_of(
        "tables (rows changed, gone, added late; grown: rows of later days)", columns, numbers={1, 2, 3, 4, 6}
    )
    for each in (table for table in one.tables if table.rows or table.grown):
        table.add_row(
            _short(each.table), f"{each.changed:,}", f"{each.gone:,}", f"{each.added:,}", f"{each.accounts:,}",
            plain(each.first_day), f"{each.grown:,}",
        )  # fmt: skip
    console.print()
    show_table(console, table)


def _show_movers(console: Console, one: Restatement) -> None:
    columns = ("event", "what it is", "commit", "rows", "accounts", "largest change of a total value")
    table = table_of("events that moved them", columns, numbers={2, 3, 4})
    for mover in one.movers[:MOVERS_SHOWN]:
        table.add_row(
            escape(mover.event_id), escape(_what(mover)), str(mover.evidence.commit_seq), f"{mover.rows:,}",
            f"{mover.accounts:,}", escape(_largest_change(mover)),
        )  # fmt: skip
    console.print()
    show_table(console, table)
    say_hidden(console, len(one.movers) - MOVERS_SHOWN, "more event")
    show_evidence(console, one.movers[:MOVERS_SHOWN])


def _show_figures(console: Console, one: Restatement) -> None:
    by_table: dict[str, list[RestatedRow]] = defaultdict(list)
    for row in one.rows:
        by_table[row.table].append(row)
    restated = {table.table: table.rows for table in one.tables}
    for name, rows in by_table.items():
        table = table_of(_short(name), ("row", "figure", "before", "after", "moved by"), numbers={2, 3})
        for row in rows:
            _add_figures(table, row)
        console.print()
        show_table(console, table)
        say_hidden(console, restated[name] - len(rows), "more row")


def _add_figures(table: Table, row: RestatedRow) -> None:
    label = escape(" ".join(_labels(row)))
    events = escape(named([event.partition("/")[2] for event in row.events]))
    if row.change != "changed":
        table.add_row(label, f"[yellow]{'gone' if row.change == 'gone' else 'added late'}[/yellow]", "", "", events)
        return
    for position, figure in enumerate(row.figures):
        is_first = position == 0
        table.add_row(
            label if is_first else "", figure.name, _shown(figure.before), _shown(figure.after),
            events if is_first else "",
        )  # fmt: skip


def _labels(row: RestatedRow) -> list[str]:
    """The row's key, and whose it is where the key does not say so."""
    key = " ".join(row.key.values())
    return [value for value in (row.account_id, row.symbol) if value and value not in key] + [key]


def _what(mover: Mover) -> str:
    return "new" if mover.corrects is None else f"{mover.action} of {mover.corrects}"


def _largest_change(mover: Mover) -> str:
    if mover.total_value_before is None or mover.total_value_after is None:
        return "-"
    change = Decimal(mover.total_value_after) - Decimal(mover.total_value_before)
    return f"{plain(change)} on {mover.day}, {mover.account_id}"


def _shown(value: str | None) -> str:
    """A figure of any type, given as text."""
    if value is None:
        return "-"
    try:
        number = Decimal(value)
    except InvalidOperation:
        return escape(value)
    is_double = "e" in value or len(value.partition(".")[2]) != SCALE
    return value if "." not in value else plain(float(value)) if is_double else plain(number)


def _short(table: str) -> str:
    return table.partition(".")[2]
