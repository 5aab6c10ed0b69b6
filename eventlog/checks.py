"""The intake checks of a stream, rendered to SQL from its declaration.

Each check is a condition that marks a breach and the reason code it earns; the first breach of a row counts.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from eventlog.events import (
    ALIASES,
    ENVELOPE,
    SCALE,
    SCHEMA_VERSION,
    SOURCE_ENVELOPE,
    TEXT_LENGTH_MAX,
    EventType,
    Field,
    Kind,
)

REASONS: Final = {
    "MISSING_VALUE": "a required field is empty",
    "WRONG_TYPE": "the value is not of the field's type",
    "NOT_A_NUMBER": "NaN or infinity where a number is due",
    "TOO_PRECISE": "more than eight decimals",
    "OUT_OF_BOUNDS": "outside the field's bounds",
    "UNKNOWN_VALUE": "not one of the field's choices",
    "BAD_TEXT": "characters or length that the field does not allow",
    "IN_THE_FUTURE": "occurred more than a day after it was recorded",
    "UNKNOWN_VERSION": "a schema version that this log does not know",
    "UNREADABLE_ROW": "the row does not have the form of its file",
    "WITHOUT_EFFECT": "it would change nothing; state it another way",
    "CONFLICT": "the id is taken by an event with another payload; the first one holds",
    "NO_SUCH_FILE": "the file is not there",
    "UNKNOWN_FORMAT": "the file's ending names no known format",
    "EMPTY_FILE": "the file has no bytes or no rows",
    "UNREADABLE_FILE": "the file can't be read as what its ending says",
    "CHANGED_FILE": "the file was written while it was read; nothing of it was taken",
    "MISSING_COLUMN": "a required column is not in the file",
    "UNKNOWN_COLUMN": "a column that the stream does not have",
}
"""Every reason for which a row or a file is refused."""

FIRST_DATE: Final = "1900-01-01"
END_OF_DATES: Final = "2100-01-01"
"""No event speaks of a day outside these; a calendar can be drawn between any two of them."""

_DATE_ONLY: Final = r"\d{4}-\d{2}-\d{2}"
_WALL_TIME: Final = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
_OFFSET: Final = r"(?:Z|[+-](?:0\d|1[0-3])(?::?[0-5]\d)?|[+-]14(?::?00)?)"
"""Numbers only, up to the 14 hours that there are: the names of zones are not unique, and change their meaning."""
_ISO_TIME: Final = f"{_WALL_TIME}{_OFFSET}?"
_EPOCH_MS: Final = r"-?\d{11,14}"
_DIGITS_OF_A_DATE: Final = r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d"
"""202401021030 is a minute of 2024 or a millisecond of 1976: nobody can tell which was meant."""
_DECIMAL: Final = r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?"
_FORMS: Final = {
    Kind.NUMBER: _DECIMAL,
    Kind.AMOUNT: _DECIMAL,
    Kind.INTEGER: r"[+-]?\d+",
    Kind.DATE: _DATE_ONLY + r"([ T]00:00:00(\.0+)?)?",
}


def source_fields(event_type: EventType) -> tuple[Field, ...]:
    """The fields that a file may state."""
    return (*(field for field in ENVELOPE if field.name in SOURCE_ENVELOPE), *event_type.body)


def missing_columns(event_type: EventType, columns: list[str]) -> list[str]:
    """Columns that a file of this stream must have and does not."""
    stated = {ALIASES.get(column, column) for column in columns}
    optional = {"event_id", "schema_version"}
    return [
        field.name
        for field in source_fields(event_type)
        if field.required and field.name not in optional and field.name not in stated
    ]


def unknown_columns(event_type: EventType, columns: list[str]) -> list[str]:
    """Columns of a file that mean nothing in this stream (or state the same field twice)."""
    known = {field.name for field in source_fields(event_type)}
    stated = [ALIASES.get(column, column) for column in columns]
    return [
        column
        for column, name in zip(columns, stated, strict=True)
        if name not in known or (stated.count(name) > 1 and column in ALIASES)
    ]


def raw_columns(event_type: EventType, columns: list[str]) -> str:
    """Select list that gives every source field its text: trimmed, NULL when empty or not in the file."""
    by_name = {ALIASES.get(column, column): column for column in columns}
    return ",\n".join(
        f"nullif(trim(\"{by_name[field.name]}\"), '') as {field.name}"
        if field.name in by_name
        else f"null::varchar as {field.name}"
        for field in source_fields(event_type)
    )


def typed_columns(event_type: EventType) -> str:
    """Select list that types the body fields of ``raw`` (NULL where the text is not of the type).

    Times come last: their place in the day may depend on the other fields.
    """
    fields = sorted(event_type.body, key=lambda field: field.kind is Kind.TIMESTAMP)
    return ",\n".join(f"{_typed(field)} as {field.name}" for field in fields)


def occurred_at(event_type: EventType) -> str:
    """Expression for the time of an event from text ``raw_occurred_at`` and the typed body.

    Takes ISO 8601 (no offset: UTC), epoch milliseconds, or a date, whose place in the day is the stream's.
    """
    return _moment("raw_occurred_at", event_type.date_only_offsets_us)


def _moment(raw: str, date_only_offsets_us: tuple[tuple[str, int], ...]) -> str:
    """A time in UTC from text; NULL for what merely resembles one (a cast alone takes 'epoch' or 'infinity').

    An offset is subtracted here and not by a cast to timestamptz, which knows names of zones, and lets the last one
    hold for rows without any.
    """
    offsets = " ".join(f"when {condition} then {offset}" for condition, offset in date_only_offsets_us)
    place_in_the_day = f"to_microseconds(case {offsets} else 0 end)" if offsets else "to_microseconds(0)"
    return f"""case
        when regexp_full_match({raw}, '{_DIGITS_OF_A_DATE}') then null
        when regexp_full_match({raw}, '{_EPOCH_MS}') then make_timestamp_ms(try_cast({raw} as bigint))
        when regexp_full_match({raw}, '{_DATE_ONLY}') then try_cast({raw} as timestamp) + {place_in_the_day}
        when regexp_full_match({raw}, '{_ISO_TIME}')
            then try_cast(regexp_extract({raw}, '^{_WALL_TIME}') as timestamp) - to_minutes({_offset_minutes(raw)})
    end"""


def _offset_minutes(raw: str) -> str:
    """By how many minutes the clock of a stated time is ahead of UTC; nothing stated is UTC."""
    offset = f"replace(regexp_extract({raw}, '[ T][0-9:.]+([+-][0-9:]+)$', 1), ':', '')"
    hours, minutes = f"{offset}[1:3]", f"{offset}[1] || {offset}[4:5]"
    return f"60 * coalesce(try_cast({hours} as integer), 0) + coalesce(try_cast({minutes} as integer), 0)"


def breaches(event_type: EventType) -> str:
    """CASE expression: the first breach of a row as ``REASON: field``, NULL for a valid row.

    Text columns are ``raw_<field>``, typed ones ``<field>``; the parameter ``recorded_at`` is a column.
    """
    found = [*_envelope_breaches()]
    for field in event_type.body:
        found += _field_breaches(field)
    found += [(law.breach, law.reason, law.detail) for law in event_type.laws]
    cases = "\n".join(f"when {condition} then '{reason}: {detail}'" for condition, reason, detail in found)
    return f"case {cases} end"


def _typed(field: Field) -> str:
    raw = f"raw_{field.name}"
    typed = _moment(raw, field.date_only_offsets_us) if field.kind is Kind.TIMESTAMP else _typed_text(field.kind, raw)
    if field.default is None:
        return typed
    default = f"cast('{field.default}' as {field.kind.sql_type})"
    return f"case when {raw} is null and {field.default_when} then {default} else {typed} end"


def _typed_text(kind: Kind, raw: str) -> str:
    """The value that a text states, NULL unless it has the form of its kind: a cast alone is more generous."""
    if kind is Kind.TEXT:
        return raw
    return f"case when regexp_full_match({raw}, '{_FORMS[kind]}') then try_cast({raw} as {kind.sql_type}) end"


def _envelope_breaches() -> Iterator[tuple[str, str, str]]:
    pattern = ENVELOPE[0].pattern
    yield (f"not regexp_full_match(event_id, '{pattern}')", "BAD_TEXT", "event_id")
    yield ("raw_occurred_at is null", "MISSING_VALUE", "occurred_at")
    yield ("occurred_at is null", "WRONG_TYPE", "occurred_at")
    yield (_in_the_future("occurred_at"), "IN_THE_FUTURE", "occurred_at")
    yield (f"occurred_at < timestamp '{FIRST_DATE}'", "OUT_OF_BOUNDS", "occurred_at")
    version = f"coalesce(raw_schema_version, '{SCHEMA_VERSION}')"
    yield (f"{version} <> '{SCHEMA_VERSION}'", "UNKNOWN_VERSION", "schema_version")


def _in_the_future(name: str) -> str:
    return f"{name} > recorded_at + interval 1 day"


def _field_breaches(field: Field) -> Iterator[tuple[str, str, str]]:
    name, raw = field.name, f"raw_{field.name}"
    if field.required:
        yield (f"{raw} is null", "MISSING_VALUE", name)
    if field.kind is Kind.TEXT:
        yield from _text_breaches(field)
        return
    if field.kind in (Kind.NUMBER, Kind.AMOUNT):
        yield from _number_breaches(field)
    else:
        yield (f"{raw} is not null and {name} is null", "WRONG_TYPE", name)
    if field.kind is Kind.TIMESTAMP:
        yield (_in_the_future(name), "IN_THE_FUTURE", name)
    yield from ((condition, "OUT_OF_BOUNDS", name) for condition in _bounds(field))


def _number_breaches(field: Field) -> Iterator[tuple[str, str, str]]:
    name, raw = field.name, f"raw_{field.name}"
    yield (f"isnan(try_cast({raw} as double)) or isinf(try_cast({raw} as double))", "NOT_A_NUMBER", name)
    yield (f"not regexp_full_match({raw}, '{_FORMS[field.kind]}')", "WRONG_TYPE", name)
    yield (f"{raw} is not null and {name} is null", "OUT_OF_BOUNDS", name)
    yield (f"{_places(raw)} > {SCALE}", "TOO_PRECISE", name)


def _places(raw: str) -> str:
    """How many decimals a number has as it is written, without zeros at its end; NULL for zero.

    Counted and not computed: the cast to the field's own type has rounded already.
    """
    digits = f"replace(regexp_extract({raw}, '^[+-]?([0-9.]+)', 1), '.', '')"
    zeros = f"length({digits}) - length(rtrim({digits}, '0'))"
    decimals = f"length(regexp_extract({raw}, '\\.([0-9]*)', 1))"
    exponent = f"coalesce(try_cast(regexp_extract({raw}, '[eE](.+)$', 1) as integer), 0)"
    return f"case when trim({digits}, '0') <> '' then {decimals} - {exponent} - ({zeros}) end"


def _bounds(field: Field) -> Iterator[str]:
    if field.kind in (Kind.DATE, Kind.TIMESTAMP):
        yield f"{field.name} < date '{FIRST_DATE}' or {field.name} >= date '{END_OF_DATES}'"
    if field.above is not None:
        yield f"{field.name} <= {field.above:f}"
    if field.least is not None:
        yield f"{field.name} < {field.least:f}"
    if field.below is not None:
        yield f"{field.name} >= {field.below:f}"


def _text_breaches(field: Field) -> Iterator[tuple[str, str, str]]:
    name = field.name
    if field.choices:
        yield (f"{name} not in ({', '.join(repr(choice) for choice in field.choices)})", "UNKNOWN_VALUE", name)
    if field.pattern is not None:
        yield (f"not regexp_full_match({name}, '{field.pattern}')", "BAD_TEXT", name)
    yield (f"length({name}) > {TEXT_LENGTH_MAX} or regexp_matches({name}, '[[:cntrl:]]')", "BAD_TEXT", name)
