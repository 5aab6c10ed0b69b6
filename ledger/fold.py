"""``replay``: one pass over the events of one (account, symbol).

State is the list of open slices, all of one sign. A trade first closes slices of the opposite sign, in the order of the
lot method, and then opens a lot with what is left of it. Each closing takes a part of the slice and a part of the
trade's consideration and fee; the last part takes the residue, so nothing is lost to rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ledger.lots import CHOICE, LotMethod, Slice, Split, Trade, in_order_of_acquisition
from ledger.rounding import divide, part_of


@dataclass(slots=True)
class _Rest:
    """What is left of a trade while it is matched with lots."""

    quantity: int
    consideration: int
    fee: int

    def take(self, quantity: int) -> tuple[int, int]:
        """Take ``quantity`` (unsigned) off; return its consideration and fee."""
        whole = abs(self.quantity)
        consideration = part_of(self.consideration, quantity, whole)
        fee = part_of(self.fee, quantity, whole)
        self.quantity -= quantity if self.quantity > 0 else -quantity
        self.consideration -= consideration
        self.fee -= fee
        return consideration, fee


def replay(events: Iterable[Trade | Split], carried: Iterable[Slice], method: LotMethod) -> list[Slice]:
    """Fold ``events`` into the slices that follow from ``carried``.

    Args:
        events: of one account and symbol, in total order (occurred_at, id), corporate actions first.
        carried: the slices open before the first event; parts of one lot may come separately.
        method: how closing trades choose their lots.

    Returns:
        Every slice that was carried or opened, closed ones in the order of closing and then the open ones.
    """
    ended: list[Slice] = []
    open_lots = _merged(carried)
    for event in events:
        if isinstance(event, Split):
            open_lots = _split(event, open_lots, ended)
        else:
            open_lots = _trade(event, open_lots, method, ended)
    return ended + open_lots


def _merged(carried: Iterable[Slice]) -> list[Slice]:
    """Join parts of one slice: where a later event had cut it, that event is about to be replayed."""
    merged: dict[tuple[str, str], Slice] = {}
    for part in carried:
        key = (part.lot_id, part.opened_by)
        whole = merged.get(key)
        merged[key] = part if whole is None else _joined(whole, part)
    return in_order_of_acquisition(list(merged.values()))


def _joined(whole: Slice, part: Slice) -> Slice:
    return replace(
        whole,
        quantity=whole.quantity + part.quantity,
        cost=whole.cost + part.cost,
        entry_fee=whole.entry_fee + part.entry_fee,
    )


def _split(split: Split, open_lots: list[Slice], ended: list[Slice]) -> list[Slice]:
    """End every slice and begin it again with the new quantity; cost and acquisition stay.

    What is rounded is the running total, oldest lot first, so that the lots sum to the position's own quotient, rounded
    once. A slice that gets no new unit of the last decimal ends for nothing: its cost is realized.
    """
    begun = []
    old_total = new_total = 0
    for lot in open_lots:
        old_total += lot.quantity
        quantity = divide(old_total * split.numerator, split.denominator) - new_total
        new_total += quantity
        if quantity == 0:
            ended.append(_ended_for_nothing(lot, split))
            continue
        ended.append(replace(lot, closed_at=split.occurred_at, closed_by=split.event_id, close_reason="split"))
        begun.append(replace(lot, quantity=quantity, opened_at=split.occurred_at, opened_by=split.event_id))
    return begun


def _ended_for_nothing(lot: Slice, split: Split) -> Slice:
    reason = "sold" if lot.quantity > 0 else "covered"
    return replace(
        lot, closed_at=split.occurred_at, closed_by=split.event_id, close_reason=reason, proceeds=0, exit_fee=0
    )


def _trade(trade: Trade, open_lots: list[Slice], method: LotMethod, ended: list[Slice]) -> list[Slice]:
    rest = _Rest(trade.quantity, trade.consideration, trade.fee)
    if open_lots and (open_lots[0].quantity > 0) != (trade.quantity > 0):
        open_lots = _close(trade, rest, open_lots, method, ended)
    if rest.quantity == 0:
        return open_lots
    opened = _opened(trade, rest)
    if method is LotMethod.AVERAGE and open_lots:
        return [_pooled(trade, open_lots, opened, ended)]
    return in_order_of_acquisition([*open_lots, opened])


def _close(trade: Trade, rest: _Rest, open_lots: list[Slice], method: LotMethod, ended: list[Slice]) -> list[Slice]:
    """Close slices until the trade or the lots are used up; return those still open."""
    chosen = CHOICE[method](open_lots)
    if method is LotMethod.SPECID:
        chosen.sort(key=lambda lot: lot.lot_id != trade.named_lot_id)
    still_open = []
    for lot in chosen:
        quantity = min(abs(lot.quantity), abs(rest.quantity))
        if quantity == 0:
            still_open.append(lot)
            continue
        part, remainder = _cut(lot, quantity)
        consideration, fee = rest.take(quantity)
        is_fallback = method is LotMethod.SPECID and lot.lot_id != trade.named_lot_id
        ended.append(_closed(part, trade, consideration, fee, is_fallback))
        if remainder is not None:
            still_open.append(remainder)
    return in_order_of_acquisition(still_open)


def _cut(lot: Slice, quantity: int) -> tuple[Slice, Slice | None]:
    """Cut ``quantity`` (unsigned) off a slice: the part, and what remains of it."""
    whole = abs(lot.quantity)
    if quantity == whole:
        return lot, None
    signed = quantity if lot.quantity > 0 else -quantity
    part = replace(
        lot,
        quantity=signed,
        cost=part_of(lot.cost, quantity, whole),
        entry_fee=part_of(lot.entry_fee, quantity, whole),
    )
    remainder = replace(
        lot,
        quantity=lot.quantity - signed,
        cost=lot.cost - part.cost,
        entry_fee=lot.entry_fee - part.entry_fee,
    )
    return part, remainder


def _closed(part: Slice, trade: Trade, consideration: int, fee: int, is_fallback: bool) -> Slice:
    is_long = part.quantity > 0
    return replace(
        part,
        closed_at=trade.occurred_at,
        closed_by=trade.trade_id,
        close_reason="sold" if is_long else "covered",
        proceeds=consideration if is_long else -consideration,
        exit_fee=fee,
        is_fallback=is_fallback,
    )


def _opened(trade: Trade, rest: _Rest) -> Slice:
    return Slice(
        lot_id=trade.trade_id,
        acquired_at=trade.occurred_at,
        opened_at=trade.occurred_at,
        opened_by=trade.trade_id,
        quantity=rest.quantity,
        cost=rest.consideration if rest.quantity > 0 else -rest.consideration,
        entry_fee=rest.fee,
    )


def _pooled(trade: Trade, open_lots: list[Slice], opened: Slice, ended: list[Slice]) -> Slice:
    """Re-price the pool: what was open ends, one slice with the sum of all begins."""
    pool = _joined_all([*open_lots, opened])
    ended.extend(
        replace(lot, closed_at=trade.occurred_at, closed_by=trade.trade_id, close_reason="pooled") for lot in open_lots
    )
    return replace(pool, opened_at=trade.occurred_at, opened_by=trade.trade_id)


def _joined_all(lots: list[Slice]) -> Slice:
    first, *others = lots
    for other in others:
        first = _joined(first, other)
    return first
