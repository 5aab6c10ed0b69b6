"""The fold over many keys at once, columns in and columns out."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow as pa

from ledger.columns import SLICES, replay_columns

EVENTS = pa.schema(
    [
        ("account_id", pa.string()),
        ("symbol", pa.string()),
        ("lot_method", pa.string()),
        ("kind", pa.string()),
        ("occurred_at", pa.timestamp("us")),
        ("event_id", pa.string()),
        ("signed_quantity", pa.decimal128(18, 8)),
        ("consideration", pa.decimal128(28, 8)),
        ("fee", pa.decimal128(28, 8)),
        ("named_lot_id", pa.string()),
        ("numerator", pa.decimal128(18, 8)),
        ("denominator", pa.decimal128(18, 8)),
    ]
)


def trade(account: str, day: int, name: str, quantity: str, consideration: str) -> dict:
    """One row of events."""
    return {
        "account_id": account,
        "symbol": "KO",
        "lot_method": "FIFO",
        "kind": "TRADE",
        "event_id": name,
        "fee": Decimal(0),
        "occurred_at": datetime(2024, 1, day),
        "signed_quantity": Decimal(quantity),
        "consideration": Decimal(consideration),
    }


def folded(*rows: dict, carried: pa.Table | None = None) -> pa.Table:
    """The slices that follow."""
    return replay_columns(pa.Table.from_pylist(list(rows), schema=EVENTS), carried or SLICES.empty_table())


def test_keys_do_not_mix():
    """Two accounts trade the same symbol; each sells its own."""
    slices = folded(trade("A", 1, "a", "10", "100"), trade("B", 2, "b", "10", "200"), trade("B", 3, "s", "-10", "300"))

    assert [("A", "a", None), ("B", "b", "s")] == [
        (row["account_id"], row["lot_id"], row["closed_by_event_id"]) for row in slices.to_pylist()
    ]
    assert SLICES == slices.schema


def test_carried_slices_without_events_stay_open():
    """A key may be replayed because of a price only."""
    first = folded(trade("A", 1, "a", "10", "100"))

    assert first == folded(carried=first)


def test_what_is_carried_goes_on():
    """Open slices of yesterday are the lots of today."""
    (row,) = folded(trade("A", 3, "s", "-10", "150"), carried=folded(trade("A", 1, "a", "10", "100"))).to_pylist()

    assert ("a", "s", Decimal(100), Decimal(150)) == (
        row["lot_id"],
        row["closed_by_event_id"],
        row["cost"],
        row["proceeds"],
    )


def test_nothing_gives_an_empty_table_of_the_schema():
    """An incremental run with nothing new."""
    assert SLICES.empty_table() == folded()
