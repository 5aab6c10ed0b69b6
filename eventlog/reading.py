"""Files from outside -> raw rows: every value as text, with its row number, nothing judged yet."""

from __future__ import annotations

from typing import Final

import duckdb

from eventlog.csv_rows import read_csv
from eventlog.delivery import Delivery, UnreadableFileError
from eventlog.json_rows import read_json
from eventlog.parquet_rows import read_parquet
from eventlog.raw_rows import RAW, ROW_NUMBER

FORMATS: Final = {".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet"}
_ADVICE: Final = {
    "csv": "Check that all its lines end in the same way, and that it is UTF-8.",
    "json": "Check that it is UTF-8, one object a line.",
    "parquet": "Send it again: it may be cut off.",
}


def read_raw(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> list[str]:
    """Make tables ``raw_rows (row_number, <columns as text>)`` and ``refused_rows (row_number, raw, detail)``.

    Returns the source's column names in order.

    Raises:
        UnreadableFileError: the ending names no known format, the bytes are not of it, or there are none.
    """
    if delivery.copy.suffix not in FORMATS:
        sentence = f"{delivery.source} ends in none of {', '.join(FORMATS)}. Rename it to say what it is."
        raise UnreadableFileError("UNKNOWN_FORMAT", sentence)
    if delivery.copy.stat().st_size == 0:
        raise UnreadableFileError("EMPTY_FILE", f"{delivery.source} is empty (0 bytes). Send it again.")
    read = {"csv": read_csv, "json": read_json, "parquet": read_parquet}[FORMATS[delivery.copy.suffix]]
    try:
        read(database, delivery)
    except duckdb.Error as error:
        ending = delivery.copy.suffix
        sentence = (
            f"{delivery.source} can't be read as {ending[1:]}: {_cause(error, delivery)}. {_ADVICE[FORMATS[ending]]}"
        )
        raise UnreadableFileError("UNREADABLE_FILE", sentence) from error
    columns = [row[0] for row in database.execute(f"describe {RAW}").fetchall()]
    return [column for column in columns if column != ROW_NUMBER]


def _cause(error: duckdb.Error, delivery: Delivery) -> str:
    """DuckDB's first line without its own class names and without the name of the copy."""
    said = str(error).splitlines()[0].split("Error: ", 1)[-1]
    return said.replace(f"'{delivery.copy}'", "").replace(str(delivery.copy), "it").strip(" .")
