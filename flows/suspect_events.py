"""Which events stand behind a row that did not pass: its own event, or the newest ones of its account and symbol."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import duckdb

from flows.event_words import in_words
from flows.gate import SuspectEvent

SUSPECTS_MOST: Final = 5
_STREAMS: Final = ("trades", "cash_events", "prices", "corporate_actions", "accounts")
_HAS_ACCOUNT: Final = ("trades", "cash_events", "accounts")
_HAS_SYMBOL: Final = ("trades", "cash_events", "prices", "corporate_actions")
_DAY_NAMES: Final = ("day", "value_date", "last_valuation_date")
_EVENT_NAMES: Final = ("event_id", "trade_id")
_CASH: Final = "$CASH"

Key = Mapping[str, str]


def suspects(database: duckdb.DuckDBPyConnection, keys: Iterable[Key]) -> tuple[SuspectEvent, ...]:
    """The events behind rows with these keys, the newest first; none if the tables are not there to tell.

    Args:
        database: a build database with its staging tables.
        keys: key columns and values of the rows, as a finding gives them.
    """
    try:
        found = {event: None for key in keys for event in _behind(database, key)}
    except duckdb.Error:
        return ()
    return tuple(sorted(found, key=lambda event: -event.commit_seq))[:SUSPECTS_MOST]


def _behind(database: duckdb.DuckDBPyConnection, key: Key) -> Iterator[SuspectEvent]:
    """Its own event if the key names one; else what was last said of its account, symbol and days."""
    event_id = next((key[name] for name in _EVENT_NAMES if name in key), None)
    for stream in _STREAMS:
        condition = "original_event_id = $event_id or event_id = $event_id" if event_id else _condition(stream, key)
        if condition:
            yield from _newest(database, stream, condition, _parameters(key, event_id, condition))
    if event_id:
        yield from _correction(database, event_id)


def _condition(stream: str, key: Key) -> str:
    """SQL for the events of a stream that can move the row; "" if none can."""
    account_id, symbol = key.get("account_id"), key.get("symbol")
    parts = []
    if account_id is not None and stream in _HAS_ACCOUNT:
        parts.append("account_id = $account_id")
    if symbol is not None and symbol != _CASH and stream in _HAS_SYMBOL:
        parts.append("symbol = $symbol")
    speaks_of_symbol_alone = stream not in _HAS_ACCOUNT and account_id is not None and symbol is None
    if not parts or speaks_of_symbol_alone:
        return ""
    if any(name in key for name in _DAY_NAMES) and stream not in ("accounts", "corporate_actions"):
        parts.append("occurred_on <= $day")
    return " and ".join(parts)


def _parameters(key: Key, event_id: str | None, condition: str) -> dict[str, Any]:
    day = next((key[name] for name in _DAY_NAMES if name in key), None)
    values = {"event_id": event_id, "account_id": key.get("account_id"), "symbol": key.get("symbol"), "day": day}
    return {name: value for name, value in values.items() if f"${name}" in condition}


def _newest(
    database: duckdb.DuckDBPyConnection, stream: str, condition: str, parameters: dict[str, Any]
) -> Iterator[SuspectEvent]:
    cursor = database.execute(
        f"select * from main_staging.stg_{stream} where {condition} "
        f"order by commit_seq desc, occurred_at desc, event_id limit {SUSPECTS_MOST}",
        parameters,
    )
    names = [column[0] for column in cursor.description or ()]
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        said_by = "corrections" if row["is_amendment"] else stream
        yield SuspectEvent(said_by, row["event_id"], row["commit_seq"], in_words(stream, row))


def _correction(database: duckdb.DuckDBPyConnection, event_id: str) -> Iterator[SuspectEvent]:
    cursor = database.execute(
        "select * from main_staging.stg_corrections where $event_id in (event_id, corrects_event_id) "
        f"order by commit_seq desc limit {SUSPECTS_MOST}",
        {"event_id": event_id},
    )
    names = [column[0] for column in cursor.description or ()]
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        yield SuspectEvent("corrections", row["event_id"], row["commit_seq"], in_words("corrections", row))
