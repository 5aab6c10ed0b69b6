"""What `explain`, `restatement` and `lots` show: sections for people, JSON for programs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from pathlib import PurePath
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from eventlog.events import SCALE
from flows.explained_events import ExplainedEvent
from flows.explanation import CASH, Explanation
from flows.lots import MethodResult
from flows.plain import named, plain, units
from flows.restatement import Mover, RestatedRow, Restatement
from flows.screens import json_text, table_of

LOTS_SHOWN = 15
EVENTS_SHOWN = 25
MOVERS_SHOWN = 25
HASH_CHARACTERS = 12


def json_of(result: Any) -> str:  # noqa: ANN401 - any dataclass, or a list of them
    """JSON of a result; decimals, dates and times as strings."""
    return json_text([asdict(one) for one in result] if isinstance(result, list) else asdict(result))


def show_explanation(console: Console, one: Explanation) -> None:
    """The figure, then the lots, then the events."""
    console.print(f"[bold]{escape(one.account_id)} {escape(one.symbol)} on {one.asked_day}[/bold], {one.moment.asked}")
    if one.figure is None:
        console.print(_why_no_figure(one))
    else:
        console.print()
        console.print(_cash_figure(one) if one.symbol == CASH else _position_figure(one))
    _show_cash_parts(console, one.cash_parts)
    _show_open_lots(console, one.open_lots)
    _show_ended_lots(console, one.ended_lots)
    _show_events(console, one.events)


def _why_no_figure(one: Explanation) -> str:
    if one.symbol == CASH:
        return f"The account has no balance on a valuation day up to {one.asked_day}."
    traded = ", ".join(one.held_symbols) or "nothing"
    return (
        f"No position: no trade of {escape(one.symbol)} counts up to {one.asked_day}, or no valuation day has come "
        f"since. Traded up to then: {escape(traded)}."
    )


def _position_figure(one: Explanation) -> Table:
    figure = one.figure or {}
    gains = sum(1 for lot in one.ended_lots if lot["realized_pnl"] is not None)
    average = f"{plain(figure['avg_cost_per_share'])} a unit; {plain(figure['cost_basis_incl_fees'])} with entry fees"
    is_open = figure["cumulative_position"] != 0
    return _figure_table(f"figure of {figure['value_date']}", [
        ("position", units(figure["cumulative_position"]),
         f"sum of {_count(len(one.open_lots), 'open lot')}" if is_open else "closed: flat since this day"),
        ("cost", plain(figure["cost_basis"]), average if is_open else ""),
        ("price", plain(figure["close_price"]), _price_origin(one)),
        ("market value", plain(figure["market_value"]), "position x price"),
        ("unrealized", plain(figure["unrealized_pnl"]),
         f"market value - cost; net of fees {plain(figure['unrealized_pnl_net'])}"),
        ("realized", plain(figure["realized_pnl"]),
         f"sum of {_count(gains, 'ended slice')}; net of fees {plain(figure['realized_pnl_net'])}"),
        ("income", plain(figure["income"]), "dividends booked on the symbol"),
        ("fees", plain(figure["fees_and_charges"]), "of its trades, and charges booked on the symbol"),
        ("taxes", plain(figure["taxes"]), "booked on the symbol"),
    ])  # fmt: skip


def _price_origin(one: Explanation) -> str:
    figure = one.figure or {}
    if figure["is_price_from_trade"]:
        return "of the last own trade: no price has come yet"
    event = next((event for event in reversed(one.events) if event.stream == "prices" and event.counts), None)
    age = f", {figure['price_age_days']} valuation days old" if figure["price_age_days"] else ""
    stale = ", [yellow]stale[/yellow]" if figure["is_price_stale"] else ""
    return f"of {figure['price_date']}{age}{stale}" + (f", event {escape(event.event_id)}" if event else "")


def _cash_figure(one: Explanation) -> Table:
    figure = one.figure or {}
    note = "[yellow]negative[/yellow]" if figure["is_cash_negative"] else "by trade date"
    return _figure_table(f"figure of {figure['value_date']}", [
        ("cash", plain(figure["cash_balance"]), note),
        ("settled", plain(figure["cash_settled"]), "by settlement date"),
        ("receivables", plain(figure["receivables"]), "traded or declared, not yet settled"),
        ("payables", plain(figure["payables"]), "traded, not yet settled"),
        ("positions", plain(figure["positions_value"]), "navlog explain ACCOUNT SYMBOL DAY shows each"),
        ("total value", plain(figure["total_value"]), "cash + positions"),
    ])  # fmt: skip


def _figure_table(title: str, lines: Iterable[tuple[str, str, str]]) -> Table:
    table = table_of(title, ("", "", ""), numbers={1})
    table.show_header = False
    for name, value, note in lines:
        table.add_row(name, value, f"[dim]{note}[/dim]")
    return table


def _show_cash_parts(console: Console, parts: Sequence[dict[str, Any]]) -> None:
    if not parts:
        return
    table = table_of("what it is made of", ("part", "events", "amount"), numbers={1, 2})
    for part in parts:
        table.add_row(part["part"], f"{part['events']:,}", plain(part["amount"]))
    table.add_row("[bold]sum[/bold]", "", f"[bold]{plain(sum(part['amount'] for part in parts))}[/bold]")
    console.print()
    console.print(table)


def _show_open_lots(console: Console, lots: Sequence[dict[str, Any]]) -> None:
    if not lots:
        return
    table = table_of(
        "open lots", ("lot", "acquired", "quantity", "unit cost", "cost", "entry fee"), numbers={2, 3, 4, 5}
    )
    for lot in lots[:LOTS_SHOWN]:
        table.add_row(
            escape(lot["lot_id"]), str(lot["acquired_at"].date()), units(lot["quantity"]), plain(lot["unit_cost"]),
            plain(lot["cost"]), plain(lot["entry_fee"]),
        )  # fmt: skip
    quantity, cost, entry_fee = (_sum(lots, column) for column in ("quantity", "cost", "entry_fee"))
    table.add_row(*_bold(f"sum of {len(lots)}", "", units(quantity), "", plain(cost), plain(entry_fee)))
    console.print()
    console.print(table)
    _say_hidden(console, len(lots) - LOTS_SHOWN, "lots")


def _show_ended_lots(console: Console, lots: Sequence[dict[str, Any]]) -> None:
    sold = [lot for lot in lots if lot["realized_pnl"] is not None]
    if not sold:
        return
    columns = ("lot", "acquired", "ended", "by", "quantity", "cost", "proceeds", "gain")
    table = table_of("ended slices and their gains", columns, numbers={4, 5, 6, 7})
    for lot in sold[-LOTS_SHOWN:]:
        table.add_row(
            escape(lot["lot_id"]), str(lot["acquired_at"].date()), str(lot["closed_at"].date()),
            escape(lot["closed_by_event_id"]), units(lot["quantity"]), plain(lot["cost"]), plain(lot["proceeds"]),
            plain(lot["realized_pnl"]),
        )  # fmt: skip
    table.add_row(*_bold(f"sum of {len(sold)}", "", "", "", "", "", "", plain(_sum(sold, "realized_pnl"))))
    console.print()
    console.print(table)
    _say_hidden(console, len(sold) - LOTS_SHOWN, "earlier slices")


def _show_events(console: Console, events: Sequence[ExplainedEvent]) -> None:
    if not events:
        return
    shown = events[-EVENTS_SHOWN:]
    table = table_of("events, in the order in which they became known", ("event", "what", "day", "commit", "standing"),
                     numbers={3})  # fmt: skip
    for event in shown:
        style = None if event.counts else "dim"
        day = "-" if event.occurred_at is None else str(event.occurred_at.date())
        table.add_row(
            escape(event.event_id), escape(event.what), day, str(event.evidence.commit_seq), escape(event.status),
            style=style,
        )  # fmt: skip
    console.print()
    console.print(table)
    _say_hidden(console, len(events) - EVENTS_SHOWN, "earlier events")
    _show_evidence(console, shown)


def _show_evidence(console: Console, events: Sequence[ExplainedEvent | Mover]) -> None:
    table = table_of("where they came from", ("commit", "known at (UTC)", "brought by", "batch", "sha256"),
                     numbers={0})  # fmt: skip
    for evidence in {event.evidence.commit_seq: event.evidence for event in events}.values():
        table.add_row(
            str(evidence.commit_seq), evidence.recorded_at[:19].replace("T", " "),
            escape(PurePath(evidence.source).name), evidence.batch_id[:HASH_CHARACTERS],
            (evidence.sha256 or "-")[:HASH_CHARACTERS],
        )  # fmt: skip
    console.print()
    console.print(table)


def show_restatement(console: Console, one: Restatement) -> None:
    """Per table what changed, per event what it moved, then the figures themselves."""
    console.print(f"[bold]From[/bold] {one.before.asked}\n[bold]to[/bold]   {one.after.asked}", soft_wrap=True)
    rows = sum(table.rows for table in one.tables)
    if not rows:
        grown = sum(table.grown for table in one.tables)
        console.print(f"Nothing was restated; {grown:,} rows were added for later days.")
        return
    console.print(_verdict(one, rows))
    _show_tables(console, one)
    _show_movers(console, one)
    _show_figures(console, one)


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
    console.print(table)


def _show_movers(console: Console, one: Restatement) -> None:
    columns = ("event", "what it is", "commit", "rows", "accounts", "largest change of a total value")
    table = table_of("events that moved them", columns, numbers={2, 3, 4})
    for mover in one.movers[:MOVERS_SHOWN]:
        table.add_row(
            escape(mover.event_id), escape(_what(mover)), str(mover.evidence.commit_seq), f"{mover.rows:,}",
            f"{mover.accounts:,}", escape(_largest_change(mover)),
        )  # fmt: skip
    console.print()
    console.print(table)
    _say_hidden(console, len(one.movers) - MOVERS_SHOWN, "more events")
    _show_evidence(console, one.movers[:MOVERS_SHOWN])


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
        console.print(table)
        _say_hidden(console, restated[name] - len(rows), "more rows")


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
    if mover.account_id is None:
        return "-"
    change = Decimal(mover.total_value_after or 0) - Decimal(mover.total_value_before or 0)
    return f"{plain(change)} on {mover.day}, {mover.account_id}"


def show_methods(console: Console, results: Sequence[MethodResult]) -> None:
    """Symbols of each account, the six methods below each other; the account's own one stands out."""
    columns = ("account", "symbol", "method", "open", "cost", "realized", "unrealized", "together")
    table = table_of("six lot methods, one log", columns, numbers={3, 4, 5, 6, 7})
    previous = None
    for one in results:
        is_new = (one.account_id, one.symbol) != previous
        previous = (one.account_id, one.symbol)
        table.add_row(
            escape(one.account_id) if is_new else "", escape(one.symbol) if is_new else "",
            f"{one.lot_method} *" if one.is_published else one.lot_method,
            units(one.open_quantity), plain(one.cost_basis), plain(one.realized_pnl), plain(one.unrealized_pnl),
            plain(one.realized_pnl + one.unrealized_pnl),
            style="bold" if one.is_published else None,
        )  # fmt: skip
    console.print(table)
    console.print("[dim]* the account's own method, as published. Before fees, on the last valuation day.[/dim]")


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


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")


def _sum(rows: Iterable[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _bold(*cells: str) -> list[str]:
    return [f"[bold]{cell}[/bold]" if cell else "" for cell in cells]


def _say_hidden(console: Console, hidden: int, what: str) -> None:
    if hidden > 0:
        console.print(f"[dim]... and {hidden:,} {what}; --json gives all of them.[/dim]")
