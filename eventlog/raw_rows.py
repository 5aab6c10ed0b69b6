"""The two tables that every format is read into: raw rows with their texts, and rows that can't be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import duckdb
import pyarrow as pa

from eventlog.delivery import Delivery, UnreadableFileError

RAW: Final = "raw_rows"
REFUSED: Final = "refused_rows"
ROW_NUMBER: Final = "row_number"
"""The column that says which row of the file it was; the reader's own, so no file may have one of this name."""
REFUSED_SCHEMA: Final = pa.schema([("row_number", pa.int64()), ("raw", pa.string()), ("detail", pa.string())])


def refuse_own_name(delivery: Delivery, columns: Iterable[str]) -> None:
    """A column of the file must not take the place of the row's number: rows would be joined with the wrong ones.

    Raises:
        UnreadableFileError: a column has our name, in whatever case.
    """
    taken = sorted(column for column in columns if column.lower() == ROW_NUMBER)
    if taken:
        sentence = f"{delivery.source} has a column {taken[0]}, which this log numbers by itself. Leave it out."
        raise UnreadableFileError("UNKNOWN_COLUMN", sentence)


def make_refused(database: duckdb.DuckDBPyConnection, refused: Iterable[tuple[int, str, str]]) -> None:
    """Make the table of the rows that can't be read: number, what is there, and why."""
    rejects = [dict(zip(REFUSED_SCHEMA.names, row, strict=True)) for row in refused]
    make_table(database, REFUSED, pa.Table.from_pylist(rejects, REFUSED_SCHEMA))


def make_table(database: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """Make a temporary table of Arrow rows."""
    database.register("arrived", rows)
    database.execute(f"create or replace temp table {name} as from arrived")
    database.unregister("arrived")
