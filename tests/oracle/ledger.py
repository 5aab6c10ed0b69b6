"""A second mind that keeps the books: slow, plain Decimal, from the definitions, sharing no code with the house.

Money has eight decimals; a quotient or product is rounded half away from zero where it is stored, and whoever takes the
last unit takes what is left. Events come in any order and any number of times; what they amount to does not change.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Any

UNIT = Decimal("0.00000001")
ZERO = Decimal(0)
EXACT = Context(prec=80, rounding=ROUND_HALF_UP)


def rounded(amount: Decimal) -> Decimal:
    """Eight decimals, half away from zero."""
    return amount.quantize(UNIT, context=EXACT)


def share(amount: Decimal, quantity: Decimal, whole: Decimal) -> Decimal:
    """The part of ``amount`` that goes with ``quantity`` out of ``whole``."""
    return amount if quantity == whole else rounded(EXACT.divide(EXACT.multiply(amount, quantity), whole))


def exchanged(units: Decimal, new: Decimal, old: Decimal) -> Decimal:
    """Units held, after ``new`` were given for ``old`` ones."""
    return rounded(EXACT.divide(EXACT.multiply(units, new), old))


@dataclass(frozen=True)
class Event:
    """One event as its source states it; the body is a plain dict with the names of the stream."""

    stream: str
    event_id: str
    occurred_at: datetime
    body: dict[str, Any]


@dataclass
class Lot:
    """Part of a lot, from the event that opened it to the one that ended it."""

    lot_id: str
    acquired_at: datetime
    opened_by: str
    quantity: Decimal
    cost: Decimal
    entry_fee: Decimal
    closed_by: str | None = None
    why: str | None = None
    proceeds: Decimal | None = None
    exit_fee: Decimal | None = None
    is_fallback: bool = False

    @property
    def age(self) -> tuple[datetime, str]:
        """Older lots first."""
        return (self.acquired_at, self.lot_id)

    @property
    def unit_cost(self) -> Decimal:
        """Cost of one unit, positive for long and short."""
        return rounded(EXACT.divide(self.cost, self.quantity))


@dataclass
class Position:
    """What one account holds of one symbol, event by event."""

    method: str = "FIFO"
    lots: list[Lot] = field(default_factory=list)
    ended: list[Lot] = field(default_factory=list)
    realized: Decimal = ZERO
    realized_net: Decimal = ZERO
    fees: Decimal = ZERO
    traded_price: Decimal | None = None
    splits_since: list[tuple[Decimal, Decimal]] = field(default_factory=list)

    @property
    def quantity(self) -> Decimal:
        """Units held; negative when short."""
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def last_price(self) -> Decimal | None:
        """Price of the last own trade, as it is after the splits since."""
        return None if self.traded_price is None else after_splits(self.traded_price, self.splits_since)

    def split(self, split_id: str, new: Decimal, old: Decimal) -> None:
        """``new`` units for ``old`` ones; the cost stays. A lot of which no unit is left ends for nothing.

        The older lots together get what they would get alone; a lot gets what it adds to that.
        """
        if self.lots:
            self.splits_since.append((new, old))
        older = ZERO
        for lot in sorted(self.lots, key=lambda lot: lot.age):
            quantity = exchanged(older + lot.quantity, new, old) - exchanged(older, new, old)
            older += lot.quantity
            if quantity == 0:
                self.close(lot, abs(lot.quantity), split_id, ZERO, ZERO)
            else:
                self.ended.append(replace(lot, closed_by=split_id, why="split"))
                lot.quantity, lot.opened_by = quantity, split_id
        self.lots = [lot for lot in self.lots if lot.quantity != 0]

    def trade(self, event: Event) -> None:
        """Close what stands against the trade, then open a lot with what is left of it."""
        body = event.body
        is_buy = body["side"] == "BUY"
        quantity, amount, fee = Decimal(body["quantity"]), consideration(body), Decimal(body["fee"])
        self.fees += fee
        self.traded_price = Decimal(body["price"])
        self.splits_since = []
        for lot in self.in_order_of_use(body.get("lot_id")):
            if quantity == 0 or (lot.quantity > 0) == is_buy:
                break
            taken = min(quantity, abs(lot.quantity))
            amount_part, fee_part = share(amount, taken, quantity), share(fee, taken, quantity)
            quantity, amount, fee = quantity - taken, amount - amount_part, fee - fee_part
            part = self.close(lot, taken, event.event_id, amount_part, fee_part)
            part.is_fallback = self.method == "SPECID" and lot.lot_id != body.get("lot_id")
        self.lots = [lot for lot in self.lots if lot.quantity != 0]
        if quantity != 0:
            sign = 1 if is_buy else -1
            self.open(Lot(event.event_id, event.occurred_at, event.event_id, sign * quantity, sign * amount, fee))

    def in_order_of_use(self, named: str | None) -> list[Lot]:
        """Open lots in the order in which a closing trade takes them."""
        oldest_first = sorted(self.lots, key=lambda lot: lot.age)
        if self.method == "LIFO":
            return oldest_first[::-1]
        if self.method == "HIFO":
            return sorted(oldest_first, key=lambda lot: -lot.unit_cost)
        if self.method == "LOFO":
            return sorted(oldest_first, key=lambda lot: lot.unit_cost)
        if self.method == "SPECID":
            return sorted(oldest_first, key=lambda lot: lot.lot_id != named)
        return oldest_first

    def close(self, lot: Lot, taken: Decimal, closed_by: str, amount: Decimal, fee: Decimal) -> Lot:
        """End ``taken`` units of a lot for ``amount``; return what ended."""
        whole = abs(lot.quantity)
        sign = 1 if lot.quantity > 0 else -1
        part = replace(
            lot,
            quantity=sign * taken,
            cost=share(lot.cost, taken, whole),
            entry_fee=share(lot.entry_fee, taken, whole),
            closed_by=closed_by,
            why="sold" if sign > 0 else "covered",
            proceeds=sign * amount,
            exit_fee=fee,
        )
        lot.quantity -= part.quantity
        lot.cost -= part.cost
        lot.entry_fee -= part.entry_fee
        self.ended.append(part)
        self.realized += sign * amount - part.cost
        self.realized_net += sign * amount - part.cost - part.entry_fee - fee
        return part

    def open(self, lot: Lot) -> None:
        """Add a lot; under AVERAGE it joins the pool, which keeps the name and age of its first lot."""
        if self.method == "AVERAGE" and self.lots:
            (pool,) = self.lots
            self.ended.append(replace(pool, closed_by=lot.lot_id, why="pooled"))
            pool.opened_by = lot.lot_id
            pool.quantity += lot.quantity
            pool.cost += lot.cost
            pool.entry_fee += lot.entry_fee
        else:
            self.lots.append(lot)


def consideration(body: dict[str, Any]) -> Decimal:
    """What a trade is worth before fees: as stated, else quantity x price."""
    if body.get("consideration") is not None:
        return Decimal(body["consideration"])
    return rounded(EXACT.multiply(Decimal(body["quantity"]), Decimal(body["price"])))


def after_splits(price: Decimal, splits: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """A price of before the splits (new units, old units) as it is after them."""
    old_units = new_units = Decimal(1)
    for new, old in splits:
        old_units, new_units = EXACT.multiply(old_units, old), EXACT.multiply(new_units, new)
    return rounded(EXACT.divide(EXACT.multiply(price, old_units), new_units))


def deciding_corrections(events: Iterable[Event]) -> dict[str, Event]:
    """The correction that holds for each corrected event: the highest revision, then the highest id.

    An AMEND that was cancelled itself decides nothing; a CANCEL can't be taken back.
    """
    corrections = [event for event in events if event.stream == "corrections"]
    withdrawn = {event.body["corrects_event_id"] for event in corrections
                 if event.body["corrects_stream"] == "corrections"}  # fmt: skip
    deciding = {}
    for event in sorted(corrections, key=lambda event: (event.body.get("revision", -1), event.event_id)):
        if event.body["action"] == "CANCEL" or event.event_id not in withdrawn:
            deciding[event.body["corrects_event_id"]] = event
    return deciding


def effective(events: Iterable[Event]) -> list[Event]:
    """The events that count, in total order; a fee that the broker keeps of a cancelled trade counts as one of them."""
    by_id = {event.event_id: event for event in events}
    deciding = deciding_corrections(by_id.values())
    counting = []
    for event in by_id.values():
        correction = deciding.get(event.event_id)
        if event.stream == "corrections":
            continue
        if correction is None:
            counting.append(event)
        elif correction.body["action"] == "AMEND":
            occurred_at = correction.body.get("amended_occurred_at") or event.occurred_at
            counting.append(replace(event, occurred_at=occurred_at, body={"fee": "0", **correction.body}))
        elif correction.body.get("fee_retained"):
            kept = {**event.body, "type": "FEE", "amount": correction.body["fee_retained"]}
            counting.append(replace(event, stream="cash_events", body=kept))
    return sorted(counting, key=lambda event: (event.occurred_at, event.event_id))
