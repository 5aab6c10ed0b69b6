"""Makes a source table disorderly, as the world does: out of order, twice, late, contradicted, corrected.

Every function is pure: the same table, share and seed give the same disorder. Shares are fractions of the rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eventlog.events import CORRECTIONS, IDENTIFIER_PATTERN, PRICES, TRADES, EventType, Kind
from generators.chance import chance
from generators.columns import Booleans, identifiers, same_text, source_table

_PRICED: Final = (TRADES, PRICES)
_CENT: Final = Decimal("0.01")


def shuffled(table: pa.Table, seed: int) -> pa.Table:
    """Return the rows in random order."""
    return table.take(pa.array(chance(seed, "shuffled").permutation(table.num_rows)))


def doubled(table: pa.Table, share: float, seed: int) -> pa.Table:
    """Return all rows, followed by a second copy of some of them."""
    return pa.concat_tables([table, table.filter(pa.array(_drawn(table, share, seed, "doubled")))]).combine_chunks()


def delayed(table: pa.Table, share: float, seed: int) -> tuple[pa.Table, pa.Table]:
    """Split the rows into those on time and those that arrive late; both keep the order."""
    is_late = _drawn(table, share, seed, "delayed")
    return table.filter(pa.array(~is_late)), table.filter(pa.array(is_late))


def contradicted(events: pa.Table) -> pa.Table:
    """Return the events under the same ids, each at a price one cent higher: conflicts that the log must refuse."""
    return _with_column(events, "price", _number(pc.add(events["price"], pa.scalar(_CENT))))


def cancellations(event_type: EventType, events: pa.Table, after: timedelta) -> pa.Table:
    """Return a CANCEL of every one of ``events``, ``after`` so much time (stream ``corrections``)."""
    return source_table(CORRECTIONS, _corrections("CANCEL", event_type, events, after))


def amendments(event_type: EventType, events: pa.Table, prices: Sequence[Decimal], after: timedelta) -> pa.Table:
    """Return an AMEND of every one of ``events`` that restates its body with a new price (stream ``corrections``).

    ``event_type`` is trades or prices; ``prices`` has one value per event, in its currency.

    Raises:
        ValueError: the stream has no price, or the number of prices is wrong.
    """
    if event_type not in _PRICED or len(prices) != events.num_rows:
        raise ValueError(f"give one price for each of {events.num_rows} events of trades or prices")
    body = {field.name: events[field.name].combine_chunks() for field in event_type.body}
    new_price = {"price": pa.array(prices, type=Kind.NUMBER.arrow_type)}
    return source_table(CORRECTIONS, _corrections("AMEND", event_type, events, after) | body | new_price)


def _corrections(action: str, event_type: EventType, events: pa.Table, after: timedelta) -> dict[str, pa.Array]:
    """Return the columns that CANCEL and AMEND share."""
    corrected_id = events["event_id"].combine_chunks()
    event_id = identifiers(corrected_id, action)
    if not pc.all(pc.match_substring_regex(event_id, f"^{IDENTIFIER_PATTERN}$"), min_count=0).as_py():
        raise ValueError(f"an event_id leaves no room for -{action}; shorten it to match {IDENTIFIER_PATTERN}")
    occurred_at = pc.add(events["occurred_at"].combine_chunks(), pa.scalar(after, type=pa.duration("us")))
    return {
        "event_id": event_id,
        "occurred_at": occurred_at,
        "action": same_text(action, events.num_rows),
        "corrects_stream": same_text(event_type.stream, events.num_rows),
        "corrects_event_id": corrected_id,
        "revision": pa.repeat(pa.scalar(1, type=pa.int64()), events.num_rows),
    }


def _drawn(table: pa.Table, share: float, seed: int, purpose: str) -> Booleans:
    """Return a mask that marks each row with probability ``share``."""
    is_drawn: Booleans = chance(seed, purpose).random(table.num_rows) < np.float64(share)
    return is_drawn


def _number(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(Kind.NUMBER.arrow_type)


def _with_column(table: pa.Table, name: str, column: pa.ChunkedArray) -> pa.Table:
    return table.set_column(table.schema.get_field_index(name), table.schema.field(name), column)
