"""JSON Lines -> raw rows. Parsed here and not by DuckDB, which reads numbers as doubles: money would change."""

from __future__ import annotations

import codecs
import json
from typing import Any

import duckdb
import pyarrow as pa

from eventlog.delivery import Delivery, UnreadableFileError
from eventlog.raw_rows import RAW, ROW_NUMBER, make_refused, make_table, refuse_own_name

Row = dict[str, str | None]


def read_json(database: duckdb.DuckDBPyConnection, delivery: Delivery) -> None:
    """The number of a row is that of its line.

    Raises:
        UnreadableFileError: no line is an event, or a key can't be a column.
    """
    parsed, refused = _parsed_lines(delivery)
    if not parsed:
        raise _nothing_readable(delivery, refused)
    columns = sorted({key for _number, texts in parsed for key in texts})
    refuse_own_name(delivery, columns)
    raw = {ROW_NUMBER: pa.array((number for number, _texts in parsed), pa.int64())}
    raw |= {column: pa.array((texts.get(column) for _number, texts in parsed), pa.string()) for column in columns}
    make_table(database, RAW, pa.table(raw))
    make_refused(database, refused)


def _parsed_lines(delivery: Delivery) -> tuple[list[tuple[int, Row]], list[tuple[int, str, str]]]:
    parsed: list[tuple[int, Row]] = []
    refused: list[tuple[int, str, str]] = []
    with delivery.copy.open("rb") as file:
        for number, content in enumerate(file, start=1):
            line = content.removeprefix(codecs.BOM_UTF8) if number == 1 else content
            if not line.strip():
                continue
            try:
                parsed.append((number, _json_texts(line)))
            except json.JSONDecodeError as error:
                refused.append((number, error.doc.rstrip("\r\n"), f"{error.msg} at character {error.colno}"))
            except (ValueError, RecursionError) as error:
                refused.append((number, line.decode("utf-8", "replace").rstrip("\r\n"), str(error)))
    return parsed, refused


def _nothing_readable(delivery: Delivery, refused: list[tuple[int, str, str]]) -> UnreadableFileError:
    """An array, an object over many lines, another encoding: what the first line says of it."""
    if not refused:
        return UnreadableFileError("EMPTY_FILE", f"{delivery.source} has only blank lines. Send it again.")
    number, _raw, detail = refused[0]
    sentence = (
        f"No line of {delivery.source} is a JSON object; line {number}: {detail}. Write each event as one object on "
        "one line, without brackets or commas around them, in UTF-8."
    )
    return UnreadableFileError("UNREADABLE_FILE", sentence)


def _json_texts(line: bytes) -> dict[str, str | None]:
    """The values of one object as they are written.

    Raises:
        ValueError: the line is no JSON object, states a key twice, or its text is not valid Unicode.
        RecursionError: it nests too deep.
    """
    content = json.loads(
        line.decode("utf-8"), parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_each_once
    )
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    texts = {key: _json_text(value) for key, value in content.items()}
    "".join(text for pair in texts.items() for text in pair if text is not None).encode("utf-8")
    return texts


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a key that is stated twice the last value would hold, and nobody would be told of the other one."""
    content = dict(pairs)
    if len(content) < len(pairs):
        keys = [key for key, _value in pairs]
        raise ValueError(f"{next(key for key in keys if keys.count(key) > 1)} is stated twice")
    return content


def _json_text(value: Any) -> str | None:  # noqa: ANN401 - whatever JSON holds
    return value if value is None or isinstance(value, str) else json.dumps(value)
