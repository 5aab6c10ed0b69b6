"""Parquet -> raw rows: every value as the text that says it exactly."""

from __future__ import annotations

from typing import Final

import duckdb

from eventlog.delivery import Delivery, UnreadableFileError
from eventlog.raw_rows import RAW, ROW_NUMBER, make_refused, refuse_own_name

_PARQUET: Final = "read_parquet(?, hive_partitioning = false)"
_DECIMAL_DIGITS_MOST: Final = 38
"""Of a wider decimal DuckDB reads other digits, without a word."""


def read_parquet(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Rows are numbered in the order of the file.

    Raises:
        UnreadableFileError: a column has no exact text, or a name that it can't have.
        duckdb.Error: the bytes are no Parquet.
    """
    path = str(delivery.copy)
    _refuse_types_without_text(database, delivery)
    refuse_own_name(delivery, (row[0] for row in database.execute(f"describe from {_PARQUET}", [path]).fetchall()))
    database.execute(
        f"""
        create or replace temp table {RAW} as
        select row_number() over () as {ROW_NUMBER}, columns(*)::varchar from {_PARQUET}
        """,
        [path],
    )
    make_refused(database, ())


def _refuse_types_without_text(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """Ask the file's own schema for columns whose values can't be told exactly as one text.

    Raises:
        UnreadableFileError: a decimal is too wide, or a column holds lists or structures.
    """
    rows = database.execute(
        """
        select name, coalesce(precision, 0) > ? as is_wide
        from (select *, row_number() over () as place from parquet_schema(?))
        where (place > 1 and num_children > 0) or is_wide
        order by place
        """,
        [_DECIMAL_DIGITS_MOST, str(delivery.copy)],
    ).fetchall()
    if rows:
        name, is_wide = rows[0]
        what = f"decimals of more than {_DECIMAL_DIGITS_MOST} digits" if is_wide else "lists or structures"
        sentence = f"{delivery.source} has {what} in column {name}. Write plain values, numbers as decimal(28, 8)."
        raise UnreadableFileError("UNREADABLE_FILE", sentence)
