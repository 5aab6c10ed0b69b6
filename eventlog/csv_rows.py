"""CSV -> raw rows. The first line that is neither blank nor a comment names the columns."""

from __future__ import annotations

import csv
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, TextIO

import duckdb

from eventlog.delivery import Delivery, UnreadableFileError
from eventlog.raw_rows import RAW, REFUSED, ROW_NUMBER, make_refused, refuse_own_name


def read_csv(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Comma, double quote and the header are given, so DuckDB guesses nothing: a stray quote spoils its row alone.

    Raises:
        UnreadableFileError: there is no header that could name the columns.
        duckdb.Error: lines end in several ways.
    """
    header = _csv_header(delivery)
    quoted = (name.replace("'", "''") for name in header.columns)
    columns = ", ".join(f"'{name}': 'varchar'" for name in quoted)
    database.execute(
        f"""
        create or replace temp table readable_rows as
        select row_number() over () as {ROW_NUMBER}, *
        from read_csv(?, auto_detect = false, columns = {{{columns}}}, header = true, skip = {header.lines_before},
                      delim = ',', quote = '"', escape = '"', comment = '', hive_partitioning = false,
                      store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')
        """,
        [str(delivery.copy)],
    )
    errors = database.execute(
        "select line, any_value(csv_line), any_value(error_message) from csv_errors group by line order by line"
    ).fetchall()
    not_rows = [*range(1, header.lines_before + 2), *_blank_lines(delivery, header.lines_before + 2)] if errors else []
    refused = [
        (line - bisect_left(not_rows, line), raw.strip("\r\n"), f"line {line}: {_CSV_ADVICE.get(said, said)}")
        for line, raw, said in errors
    ]
    make_refused(database, refused)
    # The i-th refused row R has R - i readable rows before it; every readable row behind it moves down by one.
    database.execute(
        f"""
        create or replace temp table {RAW} as
        with gaps as (
            select row_number - row_number() over (order by row_number) as readable_before from {REFUSED}
        )
        select
            {ROW_NUMBER} + (select count(*) from gaps where readable_before < {ROW_NUMBER}) as {ROW_NUMBER},
            * exclude ({ROW_NUMBER})
        from readable_rows
        """
    )


_CSV_ADVICE: Final = {
    "Value with unterminated quote found.": 'a quote is not closed, or stands inside a value. Write it twice (""), '
    "and the whole value between quotes.",
}


@dataclass(frozen=True, slots=True)
class _Header:
    """Column names of a CSV file, and how many lines (blank ones and comments) precede them."""

    columns: tuple[str, ...]
    lines_before: int


def _csv_header(delivery: Delivery) -> _Header:
    """The first line that is neither blank nor a comment.

    Raises:
        UnreadableFileError: there is none, it is no text, or its names are not different.
    """
    cells, lines_before = _first_cells(delivery)
    columns = tuple(cell.strip() for cell in cells)
    if any(not name.replace("\t", " ").isprintable() or "\N{REPLACEMENT CHARACTER}" in name for name in columns):
        sentence = f"{delivery.source} does not begin with a line of text. Save it as CSV in UTF-8."
        raise UnreadableFileError("UNREADABLE_FILE", sentence)
    if len(columns) == 1 and any(separator in columns[0] for separator in ";\t|"):
        sentence = f"{delivery.source} separates its columns in another way. Save it with commas between them."
        raise UnreadableFileError("UNREADABLE_FILE", sentence)
    refuse_own_name(delivery, columns)
    _refuse_same_names(delivery, columns)
    return _Header(columns, lines_before)


def _first_cells(delivery: Delivery) -> tuple[list[str], int]:
    with _text_of(delivery) as text:
        rows, lines_before = csv.reader(text), 0
        try:
            for cells in rows:
                if any(cell.strip() for cell in cells) and not cells[0].startswith("#"):
                    return cells, lines_before
                lines_before = rows.line_num
        except csv.Error as error:
            sentence = f"{delivery.source} has no header that can be read: {error}. Begin with the names of columns."
            raise UnreadableFileError("UNREADABLE_FILE", sentence) from error
    raise UnreadableFileError("EMPTY_FILE", f"{delivery.source} has only blank lines. Send it again.")


def _refuse_same_names(delivery: Delivery, columns: tuple[str, ...]) -> None:
    names = [name.lower() for name in columns]
    for place, name in enumerate(names):
        if not name or name in names[:place]:
            what = f"is a second {columns[place]}" if name else "has no name"
            sentence = f"Column {place + 1} of {delivery.source} {what}. Give it a name of its own, or leave it out."
            raise UnreadableFileError("UNKNOWN_COLUMN", sentence)


def _blank_lines(delivery: Delivery, first: int) -> Iterator[int]:
    """Numbers of the blank lines from ``first`` on, as DuckDB numbers them: between quotes begins no line."""
    number, is_quoted = 1, False
    with _text_of(delivery) as text:
        for line in text:
            if number >= first and not is_quoted and not line.strip("\r\n"):
                yield number
            is_quoted ^= line.count('"') % 2 == 1
            number += not is_quoted


def _text_of(delivery: Delivery) -> TextIO:
    """Line by line with their ends; what is not UTF-8 is for the readers of rows to judge."""
    return delivery.copy.open(encoding="utf-8-sig", errors="replace", newline="")
