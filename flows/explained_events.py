"""The events behind a figure: every version of them, which one counts, why the others don't, and where they came from.

Staging keeps every version of an event, the original and the bodies that AMENDs state. A CANCEL states no body: it is a
row of stg_corrections alone.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import duckdb

from eventlog.settings import Settings
from flows.event_words import in_words
from flows.evidence import Evidence, evidence_of

_ENVELOPE: Final = frozenset({
    "event_id", "original_event_id", "is_amendment", "is_effective", "commit_seq", "batch_id", "stated_occurred_at",
    "occurred_at", "recorded_at", "occurred_on", "schema_version",
})  # fmt: skip

_OF_ACCOUNT: Final = "account_id = getvariable('account_id')"
_OF_KEY: Final = f"{_OF_ACCOUNT} and symbol = getvariable('symbol')"
_LAST_ROW: Final = f"""
    select *
    from main_facts.fact_positions_daily
    where {_OF_KEY} and value_date <= getvariable('day')
    order by value_date desc
    limit 1
"""
_BEHIND_POSITION: Final = {
    "accounts": _OF_ACCOUNT,
    "trades": f"{_OF_KEY} and occurred_on <= getvariable('day')",
    "corporate_actions": f"""
        symbol = getvariable('symbol')
        and coalesce(effective_date, ex_date) between
            (select min(occurred_on) from main_staging.stg_trades where {_OF_KEY}) and getvariable('day')
    """,
    "cash_events": f"{_OF_KEY} and occurred_on <= getvariable('day')",
    "prices": f"""
        symbol = getvariable('symbol')
        and occurred_on between
            (select coalesce(price_date, date '0001-01-01') from ({_LAST_ROW}))
            and (select value_date from ({_LAST_ROW}))
    """,
}
_BEHIND_CASH: Final = {
    "corporate_actions": f"""
        type = 'DIVIDEND'
        and ex_date <= getvariable('day')
        and symbol in (select symbol from main_staging.stg_trades where {_OF_ACCOUNT})
    """,
    "trades": f"{_OF_ACCOUNT} and occurred_on <= getvariable('day')",
    "cash_events": f"{_OF_ACCOUNT} and occurred_on <= getvariable('day')",
}
"""Which events stand behind a figure, per stream: all versions of an event one of whose versions does."""

_LATEST_ONLY: Final = {
    "prices": "{latest} is the later close",
    "accounts": "{latest} is the later one and holds for the whole history",
}
"""Streams of whose events only the latest counts, and what is said of the others."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose figure, of which symbol (None: cash), up to which day.

    ``valuation_days`` are in order. What is counted on a later one than ``day`` is no part of the figure.
    ``held_until`` is the last of them with a position; None for cash, and if there was no position.
    """

    account_id: str
    symbol: str | None
    day: date
    valuation_days: list[date]
    held_until: date | None

    def is_closed_by(self, occurred_on: date) -> bool:
        """Whether the position was closed on a day before this one."""
        return self.held_until is not None and self.held_until < occurred_on

    def counts_later(self, occurred_on: date) -> str | None:
        """From which day on an event of this day counts; None if it counts already."""
        place = bisect_left(self.valuation_days, occurred_on)
        if place == len(self.valuation_days):
            return "counts from the next valuation day on"
        counted_on = self.valuation_days[place]
        return f"counts from {counted_on} on" if counted_on > self.day else None


@dataclass(frozen=True, slots=True)
class ExplainedEvent:
    """One version of an event, or a correction without a body.

    ``corrects`` is the event that an AMEND or CANCEL speaks of, as stream/event_id. ``states`` is the stream of whose
    events it is a version; None: a CANCEL is a version of nothing. ``counts`` says whether the figure is made of it,
    ``status`` why or why not.
    """

    event_id: str
    stream: str
    corrects: str | None
    states: str | None
    what: str
    counts: bool
    status: str
    occurred_at: datetime | None
    evidence: Evidence


def explained_events(
    database: duckdb.DuckDBPyConnection, settings: Settings, account_id: str, symbol: str | None, day: date
) -> tuple[ExplainedEvent, ...]:
    """The events behind a position of an account, or behind its cash (``symbol`` None), in the order of their arrival.

    Args:
        database: a build database with its staging tables.
        settings: where the log with the evidence lives.
        account_id: the account.
        symbol: the symbol, None for cash.
        day: events of this day and before; those that are counted on a later valuation day say so.
    """
    for name, value in (("account_id", account_id), ("symbol", symbol), ("day", day)):
        database.execute(f"set variable {name} = ?", [value])
    asked = _Asked(account_id, symbol, day, _valuation_days(database), _held_until(database))
    evidence = evidence_of(settings)
    paid = _dividends_paid(database)
    found: list[ExplainedEvent] = []
    for stream, condition in (_BEHIND_POSITION if symbol else _BEHIND_CASH).items():
        versions = _versions(database, stream, condition)
        cancels = _cancels(database, stream, versions)
        found += (_of_version(stream, row, versions, cancels, asked, paid, evidence) for row in versions)
        found += (_of_cancel(stream, row, versions, evidence) for row in cancels)
    return tuple(sorted(found, key=_order_of_arrival))


def _order_of_arrival(event: ExplainedEvent) -> tuple[int, str, str]:
    return (event.evidence.commit_seq, str(event.occurred_at or ""), event.event_id)


def _valuation_days(database: duckdb.DuckDBPyConnection) -> list[date]:
    rows = database.execute(
        "select calendar_date from main_dimensions.dim_date where is_valuation_day order by calendar_date"
    ).fetchall()
    return [day for (day,) in rows]


def _held_until(database: duckdb.DuckDBPyConnection) -> date | None:
    """Of no symbol (cash) there is no position."""
    rows = database.execute(f"select value_date from ({_LAST_ROW})").fetchall()
    return rows[0][0] if rows else None


def _versions(database: duckdb.DuckDBPyConnection, stream: str, condition: str) -> list[Row]:
    return _rows(database, f"""
        select *
        from main_staging.stg_{stream}
        where original_event_id in (select original_event_id from main_staging.stg_{stream} where {condition})
    """)  # fmt: skip


def _dividends_paid(database: duckdb.DuckDBPyConnection) -> set[str]:
    """Declared dividends to which the account was entitled."""
    rows = database.execute(
        f"select event_id from main_facts.fact_cash_moves where stream = 'corporate_actions' and {_OF_ACCOUNT}"
    ).fetchall()
    return {event_id for (event_id,) in rows}


def _cancels(database: duckdb.DuckDBPyConnection, stream: str, versions: Iterable[Row]) -> list[Row]:
    """CANCELs of these events, and those that withdraw an AMEND of them."""
    ids = sorted({row["original_event_id"] for row in versions})
    amendments = sorted({row["event_id"] for row in versions if row["is_amendment"]})
    return _rows(
        database,
        """
        select *
        from main_staging.stg_corrections
        where action = 'CANCEL' and (
            (corrects_stream = $stream and list_contains($ids, corrects_event_id))
            or (corrects_stream = 'corrections' and list_contains($amendments, corrects_event_id))
        )
        """,
        {"stream": stream, "ids": ids, "amendments": amendments},
    )


def _of_version(
    stream: str,
    row: Row,
    versions: list[Row],
    cancels: list[Row],
    asked: _Asked,
    paid: set[str],
    evidence: dict[int, Evidence],
) -> ExplainedEvent:
    status = _standing(row, versions, cancels) or _elsewhere(stream, row, asked, versions)
    if status is None and row.get("type") == "DIVIDEND" and stream == "corporate_actions":
        status = None if row["original_event_id"] in paid else "nothing was held before the ex-date"
    return ExplainedEvent(
        event_id=row["event_id"],
        stream="corrections" if row["is_amendment"] else stream,
        corrects=f"{stream}/{row['original_event_id']}" if row["is_amendment"] else None,
        states=stream,
        what=("AMEND: " if row["is_amendment"] else "") + in_words(stream, _body(row)),
        counts=status is None,
        status=status or "counts",
        occurred_at=row["occurred_at"],
        evidence=evidence[row["commit_seq"]],
    )


def _standing(row: Row, versions: list[Row], cancels: list[Row]) -> str | None:
    """Why another version holds, or none; None if this one does."""
    if row["is_effective"]:
        return None
    same = [other for other in versions if other["original_event_id"] == row["original_event_id"]]
    holding = [other["event_id"] for other in same if other["is_effective"]]
    if row["is_amendment"] and all(other["is_amendment"] for other in same):
        return f"waits for {row['original_event_id']}"
    withdrawing = _naming(cancels, row["event_id"], is_withdrawal=True) if row["is_amendment"] else []
    if withdrawing:
        return f"withdrawn by {', '.join(withdrawing)}"
    if holding:
        return f"replaced by {holding[0]}"
    return f"cancelled by {', '.join(_naming(cancels, row['original_event_id'], is_withdrawal=False))}"


def _naming(cancels: list[Row], event_id: str, *, is_withdrawal: bool) -> list[str]:
    return [
        row["event_id"]
        for row in cancels
        if row["corrects_event_id"] == event_id and (row["corrects_stream"] == "corrections") == is_withdrawal
    ]


def _elsewhere(stream: str, row: Row, asked: _Asked, versions: list[Row]) -> str | None:
    """Why a version that holds is not part of this figure; None if it is."""
    if row.get("account_id", asked.account_id) != asked.account_id:
        return f"counts for {row['account_id']}"
    if asked.symbol is not None and row.get("symbol", asked.symbol) != asked.symbol:
        return f"counts for {row['symbol']}"
    day = _day_of(stream, row)
    later = None if day is None else asked.counts_later(day)
    if later is None and day is not None and _is_of_holders(stream, row) and asked.is_closed_by(day):
        return "nothing was held any more"
    if later or stream not in _LATEST_ONLY:
        return later
    latest = max((one for one in versions if _is_rival(stream, one, asked)), key=_order_in_time)
    return None if row is latest else _LATEST_ONLY[stream].format(latest=latest["event_id"])


def _day_of(stream: str, row: Row) -> date | None:
    """The day from which on a version counts; None for what holds for the whole history."""
    if stream == "accounts":
        return None
    day: date = row["occurred_on"] if stream != "corporate_actions" else row["effective_date"] or row["ex_date"]
    return day


def _is_of_holders(stream: str, row: Row) -> bool:
    """Prices and splits: they are part of a position's figure as long as there is one."""
    return stream == "prices" or (stream == "corporate_actions" and row["type"] == "SPLIT")


def _is_rival(stream: str, row: Row, asked: _Asked) -> bool:
    """Whether a version holds and says what the figure asks for, if no later one says it too."""
    if stream == "accounts":
        return bool(row["is_effective"] and row["account_id"] == asked.account_id)
    is_in_time = row["occurred_on"] <= asked.day and not asked.is_closed_by(row["occurred_on"])
    return bool(row["is_effective"] and row["symbol"] == asked.symbol and is_in_time)


def _order_in_time(row: Row) -> tuple[datetime, str]:
    return (row["occurred_at"], row["original_event_id"])


def _of_cancel(stream: str, row: Row, versions: list[Row], evidence: dict[int, Evidence]) -> ExplainedEvent:
    is_withdrawal = row["corrects_stream"] == "corrections"
    name = "event_id" if is_withdrawal else "original_event_id"
    holding = [one for one in versions if one[name] == row["corrects_event_id"] and one["is_effective"]]
    return ExplainedEvent(
        event_id=row["event_id"],
        stream="corrections",
        corrects=f"{row['corrects_stream']}/{row['corrects_event_id']}",
        states=None,
        what=in_words("corrections", row),
        counts=not holding,
        status=f"overruled by {holding[0]['event_id']}" if holding else "holds",
        occurred_at=row["occurred_at"],
        evidence=evidence[row["commit_seq"]],
    )


def _body(row: Row) -> Row:
    return {name: value for name, value in row.items() if name not in _ENVELOPE and value is not None}


def _rows(database: duckdb.DuckDBPyConnection, sql: str, parameters: Row | None = None) -> list[Row]:
    cursor = database.execute(sql, parameters or {})
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
