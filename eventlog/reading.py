"""Files from outside -> raw rows: every value as text, with its row number, nothing judged yet.

A file is first copied under a name of our own (``Delivery``), so that its bytes can't change while they are read and
its name can't be taken for a pattern.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

RAW: Final = "raw_rows"
REFUSED: Final = "refused_rows"
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
        UnreadableFileError: it is not there, is no regular file, is empty, or its ending names no known format.
    """
    if not file.exists():
        raise UnreadableFileError("NO_SUCH_FILE", f"There is no file {file}. Check the path.")
    if not file.is_file():
        sentence = f"{file} is not a regular file. Give a CSV, JSON Lines or Parquet file."
        raise UnreadableFileError("NO_SUCH_FILE", sentence)
    if file.suffix.lower() not in FORMATS:
        known = ", ".join(FORMATS)
        raise UnreadableFileError("UNKNOWN_FORMAT", f"{file} ends in none of {known}. Rename it to say what it is.")
    copy = folder / f"{name}.delivery{file.suffix.lower()}"
    shutil.copyfile(file, copy)
    copy.chmod(0o600)
    return Delivery(source=os.fspath(file), copy=copy)


def read_raw(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> list[str]:
    """Make tables ``raw_rows (row_number, <columns as text>)`` and ``refused_rows (row_number, raw, detail)``.

    Returns the source's column names in order.

    Raises:
        UnreadableFileError: the bytes are not of the format that the file's ending names, or there are none.
    """
    if delivery.copy.stat().st_size == 0:
        raise UnreadableFileError("EMPTY_FILE", f"{delivery.source} is empty (0 bytes). Send it again.")
    read = {"csv": _read_csv, "json": _read_json, "parquet": _read_parquet}[FORMATS[delivery.copy.suffix]]
    try:
        read(database, str(delivery.copy))
    except duckdb.Error as error:
        sentence = f"{delivery.source} can't be read as {delivery.copy.suffix[1:]}: {_cause(error, delivery)}."
        raise UnreadableFileError("UNREADABLE_FILE", sentence) from error
    columns = [row[0] for row in database.execute(f"describe {RAW}").fetchall()]
    return [column for column in columns if column != "row_number"]


def _cause(error: duckdb.Error, delivery: Delivery) -> str:
    """DuckDB's first line without its own class names and without the name of the copy."""
    said = str(error).splitlines()[0].split("Error: ", 1)[-1]
    return said.replace(f"'{delivery.copy}'", "").replace(str(delivery.copy), "it").strip()


def _read_csv(database: duckdb.DuckDBPyConnection, path: str) -> None:
    database.execute(
        """
        create or replace temp table readable_rows as
        select row_number() over () as ordinal, *
        from read_csv(?, header = true, all_varchar = true, delim = ',', quote = '"', escape = '"',
                      store_rejects = true, rejects_table = 'csv_errors', rejects_scan = 'csv_scans')
        """,
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
            ordinal + (select count(*) from gaps where readable_before < ordinal) as row_number,
            * exclude (ordinal)
        from readable_rows
        """
    )


def _read_json(database: duckdb.DuckDBPyConnection, path: str) -> None:
    database.execute(
        """
        create or replace temp table json_lines as
        select
            row_number() over () as row_number,
            line,
            case when json_valid(line) then json_type(line) = 'OBJECT' else false end as is_object
        from read_csv(?, header = false, columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '')
        where trim(line) <> ''
        """,
        [path],
    )
    keys = database.execute(
        "select distinct unnest(json_keys(line)) as key from json_lines where is_object order by key"
    ).fetchall()
    columns = "".join(f", json_extract_string(line, {_json_path(key)}) as {_quoted(key)}" for (key,) in keys)
    database.execute(
        f"create or replace temp table {RAW} as select row_number{columns} from json_lines where is_object"
    )
    database.execute(
        f"""
        create or replace temp table {REFUSED} as
        select row_number, line as raw, 'not a JSON object' as detail from json_lines where not is_object
        """
    )


def _read_parquet(database: duckdb.DuckDBPyConnection, path: str) -> None:
    database.execute(
        f"""
        create or replace temp table {RAW} as
        select row_number() over () as row_number, columns(*)::varchar
        from read_parquet(?, hive_partitioning = false)
        """,
        [path],
    )
    database.execute(f"create or replace temp table {REFUSED} (row_number bigint, raw varchar, detail varchar)")


def _json_path(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace('"', '\\"')
    return "'$.\"" + escaped.replace("'", "''") + "\"'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
