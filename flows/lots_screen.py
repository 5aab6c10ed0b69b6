"""What `lots` shows: six methods below each other."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from rich.console import Console
from rich.markup import escape

from flows.lots import MethodResult
from flows.plain import units
from flows.table_screen import show_table, table_of


def show_methods(console: Console, accounts: Sequence[str], results: Sequence[MethodResult]) -> None:
    """Symbols of each account, the six methods below each other; the account's own one stands out.

    Of the ``accounts`` asked for those without a lot are named below.
    """
    if results:
        _show_results(console, results)
    with_lots = {one.account_id for one in results}
    for account_id in dict.fromkeys(accounts):
        if account_id not in with_lots:
            console.print(f"{escape(account_id)} has no lots on a valuation day: nothing to compare.")


def _show_results(console: Console, results: Sequence[MethodResult]) -> None:
    columns = ("account", "symbol", "method", "open", "cost", "realized", "unrealized", "together")
    table = table_of("six lot methods, one log", columns, numbers={3, 4, 5, 6, 7}, names={0, 1})
    previous = None
    for one in results:
        is_new = (one.account_id, one.symbol) != previous
        previous = (one.account_id, one.symbol)
        table.add_row(
            escape(one.account_id) if is_new else "", escape(one.symbol) if is_new else "",
            f"{one.lot_method} *" if one.is_published else one.lot_method,
            units(one.open_quantity), _cents(one.cost_basis), _cents(one.realized_pnl), _cents(one.unrealized_pnl),
            _cents(one.realized_pnl + one.unrealized_pnl),
            style="bold" if one.is_published else None,
        )  # fmt: skip
    show_table(console, table)
    console.print("[dim]* the account's own method, as published. Before fees, on the last valuation day.[/dim]")
    console.print("[dim]Rounded to cents; --json gives all decimals.[/dim]")


def _cents(amount: Decimal) -> str:
    """Average costs have eight decimals, which would take the room of the names."""
    return f"{amount:,.2f}"
