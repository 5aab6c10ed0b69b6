"""What `explain` shows: the figure, the lots, the events."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from flows.evidence_screen import say_hidden, show_evidence
from flows.explained_events import ExplainedEvent
from flows.explanation import CASH, Explanation
from flows.plain import counted, plain, units
from flows.table_screen import show_table, table_of

LOTS_SHOWN = 15
EVENTS_SHOWN = 25


def show_explanation(console: Console, one: Explanation) -> None:
    """The figure, then the lots, then the events."""
    console.print(f"[bold]{escape(one.account_id)} {escape(one.symbol)} on {one.asked_day}[/bold], {one.moment.asked}")
    if one.is_by_other_models:
        console.print("[yellow]Other models published this; here it is folded by those of today.[/yellow]")
    if one.figure is None:
        console.print(_why_no_figure(one))
    else:
        console.print()
        show_table(console, _cash_figure(one) if one.symbol == CASH else _position_figure(one))
    _show_cash_parts(console, one.cash_parts)
    _show_open_lots(console, one.open_lots)
    _show_ended_lots(console, one.ended_lots)
    _show_events(console, one.events)


def _why_no_figure(one: Explanation) -> str:
    if one.symbol == CASH:
        return f"The account has no balance on a valuation day up to {one.asked_day}."
    traded = ", ".join(one.held_symbols) or "nothing"
    hint = f" For the cash of the account ask for '{CASH}'." if one.symbol.upper() == CASH.removeprefix("$") else ""
    return (
        f"No position: no trade of {escape(one.symbol)} counts up to {one.asked_day}, or no valuation day has come "
        f"since. Traded up to then: {escape(traded)}.{hint}"
    )


def _position_figure(one: Explanation) -> Table:
    figure = one.figure or {}
    gains = sum(1 for lot in one.ended_lots if lot["realized_pnl"] is not None)
    average = f"{plain(figure['avg_cost_per_share'])} a unit; {plain(figure['cost_basis_incl_fees'])} with entry fees"
    is_open = figure["cumulative_position"] != 0
    flat = f"closed: flat since {figure['value_date']}"
    return _figure_table(f"figure of {one.day}", [
        ("position", units(figure["cumulative_position"]),
         f"sum of {counted(len(one.open_lots), 'open lot')}" if is_open else flat),
        ("cost", plain(figure["cost_basis"]), average if is_open else ""),
        ("price", plain(figure["close_price"]), _price_origin(one)),
        ("market value", plain(figure["market_value"]), "position x price"),
        ("unrealized", plain(figure["unrealized_pnl"]),
         f"market value - cost; net of fees {plain(figure['unrealized_pnl_net'])}"),
        ("realized", plain(figure["realized_pnl"]),
         f"sum of {counted(gains, 'ended slice')}; net of fees {plain(figure['realized_pnl_net'])}"),
        ("income", plain(figure["income"]), "dividends booked on the symbol"),
        ("fees", plain(figure["fees_and_charges"]), "of its trades, and charges booked on the symbol"),
        ("taxes", plain(figure["taxes"]), "booked on the symbol"),
    ])  # fmt: skip


def _price_origin(one: Explanation) -> str:
    figure = one.figure or {}
    if figure["is_price_from_trade"]:
        return "of the last own trade: no price has come yet"
    event = next((event for event in reversed(one.events) if event.states == "prices" and event.counts), None)
    age = f", {figure['price_age_days']} valuation days old" if figure["price_age_days"] else ""
    stale = ", [yellow]stale[/yellow]" if figure["is_price_stale"] else ""
    return f"of {figure['price_date']}{age}{stale}" + (f", event {escape(event.event_id)}" if event else "")


def _cash_figure(one: Explanation) -> Table:
    figure = one.figure or {}
    note = "[yellow]negative[/yellow]" if figure["is_cash_negative"] else "by trade date"
    return _figure_table(f"figure of {one.day}", [
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
    show_table(console, table)


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
    show_table(console, table)
    say_hidden(console, len(lots) - LOTS_SHOWN, "lot")


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
    show_table(console, table)
    say_hidden(console, len(sold) - LOTS_SHOWN, "earlier slice")


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
    show_table(console, table)
    say_hidden(console, len(events) - EVENTS_SHOWN, "earlier event")
    show_evidence(console, shown)


def _sum(rows: Iterable[dict[str, Any]], column: str) -> Decimal:
    return sum((row[column] for row in rows), Decimal(0))


def _bold(*cells: str) -> list[str]:
    return [f"[bold]{cell}[/bold]" if cell else "" for cell in cells]
