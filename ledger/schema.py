"""What goes into the fold and what comes out of it, as Arrow columns."""

from __future__ import annotations

from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

SCALE: Final = 8
NUMBER: Final = pa.decimal128(20, SCALE)
AMOUNT: Final = pa.decimal128(28, SCALE)

CARRIED: Final = "CARRIED"
SPLIT: Final = "SPLIT"
TRADE: Final = "TRADE"

ROWS: Final = pa.schema([
    ("account_id", pa.string()), ("symbol", pa.string()), ("lot_method", pa.string()), ("kind", pa.string()),
    ("occurred_at", pa.timestamp("us")), ("event_id", pa.string()), ("opened_at", pa.timestamp("us")),
    ("opened_by_event_id", pa.string()), ("quantity", NUMBER), ("amount", AMOUNT), ("fee", AMOUNT),
    ("named_lot_id", pa.string()), ("numerator", NUMBER), ("denominator", NUMBER),
])  # fmt: skip
"""One row per event and per carried slice.

A TRADE has its signed quantity and its consideration as ``amount``; a SPLIT has numerator and denominator. A CARRIED
slice has the lot's acquisition as ``occurred_at``, the lot as ``event_id``, and its quantity, cost and entry fee.
"""

SLICES: Final = pa.schema([
    ("account_id", pa.string()), ("symbol", pa.string()), ("lot_method", pa.string()), ("lot_id", pa.string()),
    ("acquired_at", pa.timestamp("us")), ("opened_at", pa.timestamp("us")), ("opened_by_event_id", pa.string()),
    ("closed_at", pa.timestamp("us")), ("closed_by_event_id", pa.string()), ("close_reason", pa.string()),
    ("quantity", NUMBER), ("unit_cost", AMOUNT), ("cost", AMOUNT), ("entry_fee", AMOUNT),
    ("proceeds", AMOUNT), ("exit_fee", AMOUNT), ("is_fallback", pa.bool_()),
])  # fmt: skip
"""One row per slice."""


def key_changes(rows: pa.Table | pa.RecordBatch) -> pa.Array:
    """Say for every row but the first whether its (account, symbol) differs from that of the row above."""
    account_id, symbol = rows["account_id"], rows["symbol"]
    count = max(0, rows.num_rows - 1)
    return pc.or_(
        pc.not_equal(account_id.slice(1), account_id.slice(0, count)),
        pc.not_equal(symbol.slice(1), symbol.slice(0, count)),
    )
