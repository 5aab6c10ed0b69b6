"""Six lot methods in a terminal of eighty columns."""

from __future__ import annotations

from decimal import Decimal
from io import StringIO

from rich.console import Console

from flows.lots import MethodResult
from flows.lots_screen import show_methods


def test_average_costs_are_rounded_and_their_sum_is_not_made_of_rounded_parts() -> None:
    """Given 12,759.094 realized and -24.664 unrealized, then together they are 12,734.43 (12,734.430), in one line."""
    one = MethodResult(
        account_id="The second settlement", symbol="AMZN", lot_method="AVERAGE", is_published=True,
        open_quantity=Decimal(32), cost_basis=Decimal("11208.98500001"), close_price=Decimal("349.51"),
        realized_pnl=Decimal("12759.09400000"), unrealized_pnl=Decimal("-24.66400000"),
    )  # fmt: skip
    console = Console(file=StringIO(), width=80, highlight=False)

    show_methods(console, ["The second settlement"], [one])

    line = next(line for line in console.file.getvalue().splitlines() if "AVERAGE *" in line)  # type: ignore[attr-defined]
    assert line.split()[-4:] == ["11,208.99", "12,759.09", "-24.66", "12,734.43"]
    assert "…" in line
