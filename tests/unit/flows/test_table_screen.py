"""A table in a narrow terminal: numbers stay whole, names give way, and what can't be narrowed becomes records."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from flows.table_screen import show_table, table_of

LONG_NAME = "The Honourable Bartholomew Featherstonehaugh-Cholmondeley Trustees"


def shown(width: int, rows: list[tuple[str, str, str, str]]) -> list[str]:
    """Lines of a table of accounts in a terminal of this width."""
    table = table_of(None, ("name", "day", "value", "max drawdown %"), numbers={2, 3}, names={0})
    for row in rows:
        table.add_row(*row)
    console = Console(file=StringIO(), width=width, highlight=False)
    show_table(console, table)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]  # type: ignore[attr-defined]


def test_with_room_every_cell_is_whole() -> None:
    lines = shown(120, [(LONG_NAME, "2026-01-07", "195,958.95", "-10.35")])

    assert len(lines) == 2
    assert LONG_NAME in lines[1]


@pytest.mark.parametrize("width", [41, 60, 80])
def test_a_long_name_is_shortened_and_takes_one_line(width: int) -> None:
    """Given 41 columns, 10 + 10 + 8 for day, value and drawdown and three gaps of two, then 7 are left for the name."""
    lines = shown(width, [(LONG_NAME, "2026-01-07", "195,958.95", "-10.35")])

    assert lines[-1].startswith("The Ho")
    assert "…  2026-01-07  195,958.95  " in lines[-1]
    assert lines[-1].endswith("  -10.35")
    assert max(map(len, lines)) <= width


def test_where_even_short_names_leave_no_room_every_row_is_a_record() -> None:
    """Given 38 columns and so four for the name, then each column has a line and no number is broken."""
    lines = shown(
        38, [("Euro", "2026-01-07", "777.00", ""), (LONG_NAME, "2026-01-07", "-15,416,900,000.00", "-104.97")]
    )

    assert lines[:4] == ["name            Euro", "day             2026-01-07", "value           777.00", ""]
    assert "value           -15,416,900,000.00" in lines
    assert "max drawdown %  -104.97" in lines
