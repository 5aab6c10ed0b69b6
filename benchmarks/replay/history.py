"""Lays a world in the landing zone, in blocks of days, past intake: that is measured elsewhere.

What intake would refuse can't occur here, so the rows go to the log as they are; commits, hashes and files are real.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, time, timedelta
from typing import Final

import pyarrow as pa

from benchmarks.replay.world import World, day_blocks, in_groups
from eventlog.events import ACCOUNTS, CASH_EVENTS, PRICES, SYMBOLS, TRADES, EventType
from eventlog.landing import Arrival, Landing
from eventlog.settings import Settings
from generators.market import price_events
from generators.universe import symbol_events

DAYS_PER_COMMIT: Final = 10


def lay_history(settings: Settings, world: World) -> datetime:
    """Commit every event of the world; return the known time of the last commit."""
    landing = Landing(settings.landing)
    recorded_at = datetime.combine(world.days[-1], time(22))
    with landing.writing():
        for event_type, rows in _batches(world):
            recorded_at += timedelta(seconds=1)
            _commit(landing, event_type, rows, recorded_at)
    return recorded_at


def _batches(world: World) -> Iterator[tuple[EventType, pa.Table]]:
    yield ACCOUNTS, world.account_events()
    yield SYMBOLS, symbol_events(world.universe, world.days[0])
    yield CASH_EVENTS, world.deposits()
    for block in day_blocks(world.days, DAYS_PER_COMMIT):
        yield PRICES, price_events(world.universe, world.days[block], world.closes_cents[block])
    for trades in in_groups(world.trades_of_days(), DAYS_PER_COMMIT):
        yield TRADES, trades


def _commit(landing: Landing, event_type: EventType, rows: pa.Table, recorded_at: datetime) -> None:
    source = f"{event_type.stream} as of {recorded_at.isoformat()}"
    source_sha256 = hashlib.sha256(source.encode()).hexdigest()
    batch_id = source_sha256[:32]
    arrival = Arrival(source, source_sha256, received=rows.num_rows, duplicate=0, quarantined=0)
    landing.commit(event_type, _as_accepted(event_type, rows, batch_id, recorded_at), arrival, batch_id, recorded_at)


def _as_accepted(event_type: EventType, rows: pa.Table, batch_id: str, recorded_at: datetime) -> pa.Table:
    """Put the log's own columns beside those of the source."""
    log_columns = {"recorded_at": recorded_at, "batch_id": batch_id, "schema_version": event_type.schema_version}
    columns = [
        pa.repeat(pa.scalar(log_columns[field.name], field.type), rows.num_rows)
        if field.name in log_columns
        else rows[field.name]
        for field in event_type.arrow_schema
    ]
    return pa.Table.from_arrays(columns, schema=event_type.arrow_schema)
