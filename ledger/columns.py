"""Columns in, columns out: the fold over many (account, symbol) keys at once, as Arrow tables or as a stream."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from ledger.row_by_row import replay_row_by_row
from ledger.schema import CARRIED, SLICES, key_changes

COMPILED_FROM_ROWS: Final = 75_000
"""From so many rows on, loading the compiled loop pays (docs/decisions/0009-the-compiled-fold.md has the figures)."""
ROWS_PER_BATCH: Final = 100_000
"""How many rows a stream holds at a time, unless one key has more."""

_EVENT_NAMES: Final = {"signed_quantity": "quantity", "consideration": "amount"}
_SLICE_NAMES: Final = {"lot_id": "event_id", "acquired_at": "occurred_at", "cost": "amount", "entry_fee": "fee"}
_CARRIED_COLUMNS: Final = (
    "account_id", "symbol", "lot_method", "lot_id", "acquired_at", "opened_at", "opened_by_event_id", "quantity",
    "cost", "entry_fee",
)  # fmt: skip


def replay_columns(events: pa.Table, carried: pa.Table) -> pa.Table:
    """Fold every key of ``events`` and ``carried``.

    Args:
        events: account_id, symbol, lot_method, kind (TRADE or SPLIT), occurred_at, event_id, signed_quantity,
            consideration, fee, named_lot_id, numerator, denominator; in total order within each key.
        carried: slices open before the first event of their key, columns of ``SLICES``.

    Returns:
        The slices that follow, schema ``SLICES``, in the order of the keys.
    """
    rows = pa.concat_tables([_rows_of_carried(carried), _rows_of_events(events)], promote_options="permissive")
    by_key = pc.sort_indices(rows, [("account_id", "ascending"), ("symbol", "ascending")])
    return _fold_for(rows.num_rows)(rows.take(by_key))


def replay_stream(rows: pa.RecordBatchReader, row_count: int) -> pa.RecordBatchReader:
    """Fold a stream of rows without holding more than some keys of it.

    Args:
        rows: columns of ``ROWS``, ordered by account_id and symbol; within a key the carried slices first, in the order
            of acquisition, and then the events in total order.
        row_count: how many rows will come; large streams take the compiled loop.

    Returns:
        The slices that follow, schema ``SLICES``, in the order of the keys. They are the same for any cut into batches.
    """
    fold = _fold_for(row_count)
    batches = (batch for chunk in _whole_keys(rows) for batch in fold(chunk).to_batches())
    return pa.RecordBatchReader.from_batches(SLICES, batches)


def _fold_for(row_count: int) -> Callable[[pa.Table], pa.Table]:
    if row_count < COMPILED_FROM_ROWS:
        return replay_row_by_row
    # Imported here: the compiler takes a second or more to load.
    from ledger.matrix import replay_compiled  # noqa: PLC0415

    return replay_compiled


def _whole_keys(rows: pa.RecordBatchReader) -> Iterator[pa.Table]:
    """Cut a stream where a key ends, once per batch if it can be."""
    held: list[pa.RecordBatch] = []
    for batch in rows:
        joined = pa.Table.from_batches([*(part.slice(part.num_rows - 1) for part in held[-1:]), batch], rows.schema)
        ends = np.flatnonzero(key_changes(joined).to_numpy()) + 1 - (joined.num_rows - batch.num_rows)
        if len(ends):
            yield pa.Table.from_batches([*held, batch.slice(0, ends[-1])], rows.schema)
            held = [batch.slice(ends[-1])]
        else:
            held.append(batch)
    yield pa.Table.from_batches(held, rows.schema)


def _rows_of_events(events: pa.Table) -> pa.Table:
    return events.rename_columns([_EVENT_NAMES.get(name, name) for name in events.column_names])


def _rows_of_carried(carried: pa.Table) -> pa.Table:
    """Carried slices as rows: parts of one slice next to each other, in the order of acquisition."""
    named = carried.select(_CARRIED_COLUMNS).sort_by(
        [("acquired_at", "ascending"), ("lot_id", "ascending"), ("opened_by_event_id", "ascending")]
    )
    rows = named.rename_columns([_SLICE_NAMES.get(name, name) for name in named.column_names])
    return rows.append_column("kind", pa.repeat(pa.scalar(CARRIED), rows.num_rows))
