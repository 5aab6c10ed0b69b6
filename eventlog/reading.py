"""Files from outside -> raw rows: every value as text, with its row number, nothing judged yet.

A file is first copied under a name of our own (``Delivery``), so that its bytes can't change while they are read and
its name can't be taken for a pattern.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

import duckdb
import pyarrow as pa

RAW: Final = "raw_rows"
REFUSED: Final = "refused_rows"
ROW_NUMBER: Final = "row_number"
"""The column that says which row of the file it was; the reader's own, so no file may have one of this name."""
REFUSED_SCHEMA: Final = pa.schema([("row_number", pa.int64()), ("raw", pa.string()), ("detail", pa.string())])
_ENDING_LENGTH_MOST: Final = 16
FORMATS: Final = {".csv": "csv", ".jsonl": "json", ".ndjson": "json", ".json": "json", ".parquet": "parquet"}


class UnreadableFileError(ValueError):
    """The file can't be read as rows at all; ``reason`` is a quarantine code, the message says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the code beside the sentence."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """A private copy of a file from outside, and the name it came under."""

    source: str
    copy: Path


def take_delivery(file: Path, folder: Path, name: str) -> Delivery:
    """Copy ``file`` into ``folder`` under ``name`` and its own ending.

    Raises:
        UnreadableFileError: it is not there, is no regular file, can't be opened, or was changed meanwhile.
        OSError: the copy can't be written.
    """
    copy = folder / f"{name}.delivery{file.suffix.lower()[:_ENDING_LENGTH_MOST]}"
    with _opened(file) as source:
        before = identity_of(os.fstat(source.fileno()))
        with copy.open("xb") as sink:
            copy.chmod(0o600)
            shutil.copyfileobj(source, sink)
    if not file.exists() or identity_of(file.stat()) != before:
        copy.unlink()
        sentence = f"{file} changed while it was read, so nothing of it was taken. Send it again when it is complete."
        raise UnreadableFileError("CHANGED_FILE", sentence)
    # A name in another encoding than UTF-8 is told with its bytes: no text could hold it.
    return Delivery(source=os.fsencode(file).decode("utf-8", "backslashreplace"), copy=copy)


def identity_of(status: os.stat_result) -> tuple[int, int, int]:
    """Another file, a longer one, or one that was written since has another."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def _opened(file: Path) -> BinaryIO:
    try:
        if not file.exists():
            raise UnreadableFileError("NO_SUCH_FILE", f"There is no file {file}. Check the path.")
        if not file.is_file():
            sentence = f"{file} is not a regular file. Give a CSV, JSON Lines or Parquet file."
            raise UnreadableFileError("NO_SUCH_FILE", sentence)
        return file.open("rb")
    except OSError as error:
        sentence = f"{file} can't be opened: {error.strerror}. Check its name, and let this user read it."
        raise UnreadableFileError("UNREADABLE_FILE", sentence) from error


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
    read = {"csv": _read_csv, "json": _read_json, "parquet": _read_parquet}[FORMATS[delivery.copy.suffix]]
    try:
        read(database, delivery)
    except duckdb.Error as error:
        sentence = f"{delivery.source} can't be read as {delivery.copy.suffix[1:]}: {_cause(error, delivery)}."
        raise UnreadableFileError("UNREADABLE_FILE", sentence) from error
    columns = [row[0] for row in database.execute(f"describe {RAW}").fetchall()]
    return [column for column in columns if column != ROW_NUMBER]


def _refuse_own_name(delivery: Delivery, columns: Iterable[str]) -> None:
    """A column of the file must not take the place of the row's number: rows would be joined with the wrong ones.

    Raises:
        UnreadableFileError: a column has our name, in whatever case.
    """
    taken = sorted(column for column in columns if column.lower() == ROW_NUMBER)
    if taken:
        sentence = f"{delivery.source} has a column {taken[0]}, which this log numbers by itself. Leave it out."
        raise UnreadableFileError("UNKNOWN_COLUMN", sentence)


def _cause(error: duckdb.Error, delivery: Delivery) -> str:
    """DuckDB's first line without its own class names and without the name of the copy."""
    said = str(error).splitlines()[0].split("Error: ", 1)[-1]
    return said.replace(f"'{delivery.copy}'", "").replace(str(delivery.copy), "it").strip()


_CSV: Final = """
    read_csv(?, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"', hive_partitioning = false,
             store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')
"""


def _read_csv(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    path = str(delivery.copy)
    _refuse_own_name(delivery, (row[0] for row in database.execute(f"describe from {_CSV}", [path]).fetchall()))
    database.execute(
        f"create or replace temp table readable_rows as select row_number() over () as {ROW_NUMBER}, * from {_CSV}",
        [path],
    )
    database.execute(
        f"""
        create or replace temp table {REFUSED} as
        select line - 1 as row_number, any_value(csv_line) as raw, any_value(error_message) as detail
        from csv_errors group by line
        """
    )
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


def _read_json(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """JSON Lines. Parsed here and not by DuckDB, which reads numbers as doubles: money would change."""
    parsed: list[tuple[int, dict[str, str | None]]] = []
    refused: list[tuple[int, str, str]] = []
    with delivery.copy.open("rb") as file:
        for row_number, line in enumerate((line for line in file if line.strip()), start=1):
            try:
                parsed.append((row_number, _json_texts(line)))
            except (ValueError, RecursionError) as error:
                refused.append((row_number, line.decode("utf-8", "replace").rstrip("\r\n"), str(error)))
    columns = sorted({key for _number, texts in parsed for key in texts})
    _refuse_own_name(delivery, columns)
    raw = {ROW_NUMBER: pa.array((number for number, _texts in parsed), pa.int64())}
    raw |= {column: pa.array((texts.get(column) for _number, texts in parsed), pa.string()) for column in columns}
    _make_table(database, RAW, pa.table(raw))
    rejects = [dict(zip(REFUSED_SCHEMA.names, row, strict=True)) for row in refused]
    _make_table(database, REFUSED, pa.Table.from_pylist(rejects, REFUSED_SCHEMA))


def _json_texts(line: bytes) -> dict[str, str | None]:
    """The values of one object as they are written.

    Raises:
        ValueError: the line is no JSON object, or its text is not valid Unicode.
        RecursionError: it nests too deep.
    """
    content = json.loads(line.decode("utf-8"), parse_float=str, parse_int=str, parse_constant=str)
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    texts = {key: _json_text(value) for key, value in content.items()}
    "".join(text for pair in texts.items() for text in pair if text is not None).encode("utf-8")
    return texts


def _json_text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    return value if value is None or isinstance(value, str) else json.dumps(value)


def _make_table(database: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    database.register("arrived", rows)
    database.execute(f"create or replace temp table {name} as from arrived")
    database.unregister("arrived")


_PARQUET: Final = "read_parquet(?, hive_partitioning = false)"
_DECIMAL_DIGITS_MOST: Final = 38
"""Of a wider decimal DuckDB reads other digits, without a word."""


def _read_parquet(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    path = str(delivery.copy)
    _refuse_types_without_text(database, delivery)
    _refuse_own_name(delivery, (row[0] for row in database.execute(f"describe from {_PARQUET}", [path]).fetchall()))
    database.execute(
        f"""
        create or replace temp table {RAW} as
        select row_number() over () as {ROW_NUMBER}, columns(*)::varchar from {_PARQUET}
        """,
        [path],
    )
    database.execute(f"create or replace temp table {REFUSED} (row_number bigint, raw varchar, detail varchar)")


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
