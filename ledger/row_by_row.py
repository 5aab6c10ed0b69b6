"""The plain way through the columns: every row becomes an object for ``ledger.fold.replay``, and back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from itertools import groupby
from typing import Any, Final

import pyarrow as pa

from ledger.fold import replay
from ledger.lots import LotMethod, Slice, Split, Trade
from ledger.schema import CARRIED, SCALE, SLICES, SPLIT

Row = dict[str, Any]

_REACH: Final = {
    field.name: Decimal(10) ** (field.type.precision - SCALE) for field in SLICES if pa.types.is_decimal(field.type)
}
"""What no figure of a slice may reach, by the digits of its column."""


class OutOfReachError(ArithmeticError):
    """A figure of a slice has more digits than its column; the message names account, symbol and event."""


def replay_row_by_row(rows: pa.Table) -> pa.Table:
    """Fold every key of ``rows`` (schema ``ROWS``, key by key, carried slices first) into slices (``SLICES``).

    Every key whose figures are too large for the compiled loop comes here as well.

    Raises:
        OutOfReachError: a figure is too large for its column.
    """
    slices = [part for _, of_key in groupby(rows.to_pylist(), _key) for part in _replayed(list(of_key))]
    return pa.Table.from_pylist(slices, schema=SLICES)


def _key(row: Row) -> tuple[str, str]:
    return (row["account_id"], row["symbol"])


def _replayed(rows: list[Row]) -> Iterator[Row]:
    method = LotMethod(rows[-1]["lot_method"])
    carried = [_slice(row) for row in rows if row["kind"] == CARRIED]
    events = [_event(row) for row in rows if row["kind"] != CARRIED]
    for part in replay(events, carried, method):
        row = _row(_key(rows[0]), method, part)
        _check_reach(row)
        yield row


def _check_reach(row: Row) -> None:
    for name, reach in _REACH.items():
        if row[name] is not None and abs(row[name]) >= reach:
            event_id = row["closed_by_event_id"] or row["opened_by_event_id"]
            raise OutOfReachError(
                f"{name} {row[name]:f} of {row['symbol']} in account {row['account_id']}, since event {event_id}, is "
                f"out of reach: the ledger holds less than {reach:,}. Correct that event, or what it builds on, with a "
                "CANCEL or AMEND and refresh."
            )


def _scaled(amount: Decimal) -> int:
    return int(amount.scaleb(SCALE))


def _amount(scaled: int | None) -> Decimal | None:
    return None if scaled is None else Decimal(scaled).scaleb(-SCALE)


def _event(row: Row) -> Trade | Split:
    if row["kind"] == SPLIT:
        return Split(row["occurred_at"], row["event_id"], _scaled(row["numerator"]), _scaled(row["denominator"]))
    return Trade(
        occurred_at=row["occurred_at"],
        trade_id=row["event_id"],
        quantity=_scaled(row["quantity"]),
        consideration=_scaled(row["amount"]),
        fee=_scaled(row["fee"]),
        named_lot_id=row["named_lot_id"],
    )


def _slice(row: Row) -> Slice:
    return Slice(
        lot_id=row["event_id"],
        acquired_at=row["occurred_at"],
        opened_at=row["opened_at"],
        opened_by=row["opened_by_event_id"],
        quantity=_scaled(row["quantity"]),
        cost=_scaled(row["amount"]),
        entry_fee=_scaled(row["fee"]),
    )


def _row(key: tuple[str, str], method: LotMethod, part: Slice) -> Row:
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
        "is_fallback": part.is_fallback,
    }
