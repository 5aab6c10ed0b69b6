"""Numpy arrays to the exact Arrow columns of a source table.

Money and quantities travel as scaled integers until the last step, which lays them out as decimal128 by hand: sixteen
bytes, little endian, two's complement (Arrow columnar format, "Fixed-size primitive layout").
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from eventlog.events import OUT_OF_REACH, SCALE, EventType, Kind

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Booleans = NDArray[np.bool_]
Days = NDArray[np.datetime64]

MICROSECONDS_PER_SECOND: Final = 1_000_000
_LOG_COLUMNS: Final = frozenset({"recorded_at", "batch_id", "schema_version"})
"""Envelope columns that the log writes, and no source."""


def source_schema(event_type: EventType) -> pa.Schema:
    """Return the columns that a source states: event_id, occurred_at and the body, typed as in a batch file."""
    return pa.schema([field for field in event_type.arrow_schema if field.name not in _LOG_COLUMNS])


def source_table(event_type: EventType, columns: Mapping[str, pa.Array]) -> pa.Table:
    """Put ``columns`` into the order of the stream; a nullable column that is absent becomes NULL.

    Raises:
        KeyError: a column that must have values is absent, or the stream has no such column.
    """
    schema = source_schema(event_type)
    unknown = sorted(set(columns) - set(schema.names))
    if unknown:
        raise KeyError(f"stream {event_type.stream} has no column {unknown}; see eventlog/events.py")
    row_count = len(columns["event_id"])
    nulls = {field.name: pa.nulls(row_count, field.type) for field in schema if field.nullable}
    present = nulls | dict(columns)
    return pa.Table.from_arrays([present[name] for name in schema.names], schema=schema)


def no_events(event_type: EventType) -> pa.Table:
    """Return the source table of the stream with zero rows."""
    return source_schema(event_type).empty_table()


def decimals(scaled: Integers, decimal_places: int, kind: Kind) -> pa.Array:
    """Return ``scaled`` / 10 ** ``decimal_places`` exactly, as the decimal type of ``kind`` (NUMBER or AMOUNT).

    Raises:
        OverflowError: a value is out of the reach that events.py allows, which int64 could not hold either.
    """
    reach = int(OUT_OF_REACH) * 10**decimal_places
    if scaled.size and max(int(scaled.max()), -int(scaled.min())) >= reach:
        raise OverflowError(f"a value is not below {OUT_OF_REACH:f}; make the amounts smaller")
    words = np.empty((len(scaled), 2), dtype=np.int64)
    np.multiply(scaled, 10 ** (SCALE - decimal_places), out=words[:, 0])
    np.right_shift(words[:, 0], 63, out=words[:, 1])  # the sign fills the upper word
    return pa.Array.from_buffers(kind.arrow_type, len(scaled), [None, pa.py_buffer(words)])


def moments(day: date | Days, microseconds: Integers) -> pa.Array:
    """Return the timestamps (UTC) that lie ``microseconds`` after midnight of ``day``, or of the day of their row."""
    midnight = np.asarray(day, dtype="datetime64[D]")
    return pa.array(midnight + microseconds.astype("timedelta64[us]"), type=Kind.TIMESTAMP.arrow_type)


def texts(choices: Sequence[str | None], index: Integers) -> pa.Array:
    """Return ``choices[i]`` for every i of ``index``."""
    return pa.array(choices, type=pa.string()).take(pa.array(index))


def same_text(text: str, row_count: int) -> pa.Array:
    """Return ``text``, ``row_count`` times."""
    return pa.repeat(pa.scalar(text, type=pa.string()), row_count)


def identifiers(*parts: pa.Array | str) -> pa.Array:
    """Join the parts row by row with a hyphen: ACC001, 20240102 and T003 become ACC001-20240102-T003."""
    return pc.binary_join_element_wise(*parts, "-")


def date_stamp(day: date) -> str:
    """Return the day as it stands in an identifier: 20240102."""
    return day.strftime("%Y%m%d")
