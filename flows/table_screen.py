"""Tables that a terminal of any width can show: a number is never broken over lines, and never cut."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from rich.console import Console
from rich.table import Column, Table
from rich.text import Text

GAP = 2
NAME_LEAST = 5
TEXT_LEAST = 10
"""A day has ten characters."""


def table_of(title: str | None, columns: Iterable[str], numbers: Collection[int], names: Collection[int] = ()) -> Table:
    """A table in the style of the command.

    Args:
        title: what stands above.
        columns: their headers.
        numbers: positions of the columns that hold numbers.
        names: positions of the columns whose texts may be shortened where there is no room; others are folded.
    """
    table = Table(title=title, title_justify="left", title_style="bold", header_style="bold", box=None, pad_edge=False)
    for position, header in enumerate(columns):
        is_name = position in names
        table.add_column(
            header,
            justify="right" if position in numbers else "left",
            overflow="ellipsis" if is_name else "fold",
            no_wrap=is_name,
        )
    return table


def show_table(console: Console, table: Table) -> None:
    """Print a table, narrowed to the terminal; one that can't be narrowed that far as a list of records."""
    narrowed = _narrowed(table.columns, console.width - GAP * (len(table.columns) - 1))
    if narrowed is None:
        console.print(_records_of(table))
        return
    for column, width in zip(table.columns, narrowed, strict=True):
        column.width = width
    console.print(table)


def _narrowed(columns: Sequence[Column], room: int) -> list[int] | None:
    """The widths at which the columns share the room: the longest texts give first. None: there is too little."""
    most, least = [_most(column) for column in columns], [_least(column) for column in columns]
    if sum(most) <= room:
        return most
    for cap in range(room, 0, -1):
        widths = [max(low, min(high, cap)) for low, high in zip(least, most, strict=True)]
        if sum(widths) <= room:
            return widths
    return None


def _most(column: Column) -> int:
    return max(_longest_line(column.header), _longest_cell(column))


def _least(column: Column) -> int:
    if column.justify == "right":
        return max(_longest_cell(column), *(len(word) for word in ("", *str(column.header).split())))
    return min(_most(column), NAME_LEAST if column.no_wrap else TEXT_LEAST)


def _longest_cell(column: Column) -> int:
    return max((_longest_line(cell) for cell in column.cells), default=0)


def _longest_line(cell: object) -> int:
    return max((line.cell_len for line in Text.from_markup(str(cell)).split("\n", allow_blank=True)), default=0)


def _records_of(table: Table) -> Table:
    """Every row as lines of its own, a column in each; empty cells are left out."""
    records = table_of(table.title if isinstance(table.title, str) else None, ("", ""), numbers=())
    records.show_header = False
    headers = [str(column.header) for column in table.columns]
    for row, cells in zip(table.rows, zip(*(column.cells for column in table.columns), strict=True), strict=True):
        for header, cell in zip(headers, cells, strict=True):
            if cell:
                records.add_row(f"[dim]{header}[/dim]", cell, style=row.style)
        records.add_row()
    return records
