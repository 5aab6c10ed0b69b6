"""Columns in, columns out: the fold over many (account, symbol) keys at once, as Arrow tables."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import Any

import pyarrow as pa

from ledger.fold import replay
from ledger.lots import LotMethod, Slice, Split, Trade

_SCALE = 8
_AMOUNT = pa.decimal128(28, _SCALE)

SLICES = pa.schema([
    ("account_id", pa.string()), ("symbol", pa.string()), ("lot_method", pa.string()), ("lot_id", pa.string()),
    ("acquired_at", pa.timestamp("us")), ("opened_at", pa.timestamp("us")), ("opened_by_event_id", pa.string()),
    ("closed_at", pa.timestamp("us")), ("closed_by_event_id", pa.string()), ("close_reason", pa.string()),
    ("quantity", pa.decimal128(18, _SCALE)), ("unit_cost", _AMOUNT), ("cost", _AMOUNT), ("entry_fee", _AMOUNT),
    ("proceeds", _AMOUNT), ("exit_fee", _AMOUNT),
])  # fmt: skip
"""One row per slice."""

Key = tuple[str, str]


def replay_columns(events: pa.Table, carried: pa.Table) -> pa.Table:
    """Fold every key of ``events`` and ``carried``.

    Args:
        events: account_id, symbol, lot_method, kind (TRADE or SPLIT), occurred_at, event_id, signed_quantity,
            consideration, fee, named_lot_id, numerator, denominator; sorted by key and total order.
        carried: slices open before the first event of their key, columns of ``SLICES``.

    Returns:
        The slices that follow, schema ``SLICES``.
    """
    events_of: dict[Key, list[Trade | Split]] = defaultdict(list)
    carried_of: dict[Key, list[Slice]] = defaultdict(list)
    method_of: dict[Key, LotMethod] = {}
    for row in events.to_pylist():
        events_of[_key(row)].append(_event(row))
        method_of[_key(row)] = LotMethod(row["lot_method"])
    for row in carried.to_pylist():
        carried_of[_key(row)].append(_slice(row))
        method_of.setdefault(_key(row), LotMethod(row["lot_method"]))
    rows = (
        _row(key, method_of[key], part)
        for key in sorted(method_of)
        for part in replay(events_of[key], carried_of[key], method_of[key])
    )
    return pa.Table.from_pylist(list(rows), schema=SLICES)


def _key(row: dict[str, Any]) -> Key:
    return (row["account_id"], row["symbol"])


def _scaled(amount: Decimal) -> int:
    return int(amount.scaleb(_SCALE))


def _amount(scaled: int | None) -> Decimal | None:
    return None if scaled is None else Decimal(scaled).scaleb(-_SCALE)


def _event(row: dict[str, Any]) -> Trade | Split:
    if row["kind"] == "SPLIT":
        return Split(row["occurred_at"], row["event_id"], _scaled(row["numerator"]), _scaled(row["denominator"]))
    return Trade(
        occurred_at=row["occurred_at"],
        trade_id=row["event_id"],
        quantity=_scaled(row["signed_quantity"]),
        consideration=_scaled(row["consideration"]),
        fee=_scaled(row["fee"]),
        named_lot_id=row["named_lot_id"],
    )


def _slice(row: dict[str, Any]) -> Slice:
    return Slice(
        lot_id=row["lot_id"],
        acquired_at=row["acquired_at"],
        opened_at=row["opened_at"],
        opened_by=row["opened_by_event_id"],
        quantity=_scaled(row["quantity"]),
        cost=_scaled(row["cost"]),
        entry_fee=_scaled(row["entry_fee"]),
    )


def _row(key: Key, method: LotMethod, part: Slice) -> dict[str, Any]:
    account_id, symbol = key
    return {
        "account_id": account_id,
        "symbol": symbol,
        "lot_method": method.value,
        "lot_id": part.lot_id,
        "acquired_at": part.acquired_at,
        "opened_at": part.opened_at,
        "opened_by_event_id": part.opened_by,
        "closed_at": part.closed_at,
        "closed_by_event_id": part.closed_by,
        "close_reason": part.close_reason,
        "quantity": _amount(part.quantity),
        "unit_cost": _amount(part.unit_cost) if part.quantity else None,
        "cost": _amount(part.cost),
        "entry_fee": _amount(part.entry_fee),
        "proceeds": _amount(part.proceeds),
        "exit_fee": _amount(part.exit_fee),
    }
