"""What the fold speaks of: trades, splits, and slices of lots.

All quantities, prices and amounts are integers scaled by 10**8. Quantities and costs are signed: a short lot has a
negative quantity and a negative cost (what was received for it).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from ledger.rounding import divide

SCALE = 10**8


class LotMethod(StrEnum):
    """How a closing trade chooses its lots (docs: definitions, "Lots and cost")."""

    FIFO = "FIFO"
    LIFO = "LIFO"
    HIFO = "HIFO"
    LOFO = "LOFO"
    AVERAGE = "AVERAGE"
    SPECID = "SPECID"


@dataclass(frozen=True, slots=True)
class Trade:
    """One execution: ``quantity`` is signed (a sale is negative), ``consideration`` and ``fee`` are not."""

    occurred_at: datetime
    trade_id: str
    quantity: int
    consideration: int
    fee: int
    named_lot_id: str | None = None


@dataclass(frozen=True, slots=True)
class Split:
    """``numerator`` new units for ``denominator`` old ones, at the start of a day."""

    occurred_at: datetime
    event_id: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class Slice:
    """A part of a lot from the event that opened it to the event that ended it.

    ``cost`` is signed and free of fees; ``entry_fee`` is the share of opening fees still attached. ``proceeds`` is
    signed like the quantity. ``is_fallback``: a SPECID sale ended the slice without naming its lot. The five fields
    before it are None while the slice is open.
    """

    lot_id: str
    acquired_at: datetime
    opened_at: datetime
    opened_by: str
    quantity: int
    cost: int
    entry_fee: int
    closed_at: datetime | None = None
    closed_by: str | None = None
    close_reason: str | None = None
    proceeds: int | None = None
    exit_fee: int | None = None
    is_fallback: bool = False

    @property
    def unit_cost(self) -> int:
        """Cost per unit, without fees, positive for long and short."""
        return divide(self.cost * SCALE, self.quantity)


def _oldest_first(lot: Slice) -> tuple[datetime, str]:
    return (lot.acquired_at, lot.lot_id)


def _newest_first(lots: list[Slice]) -> list[Slice]:
    return sorted(lots, key=_oldest_first, reverse=True)


def _highest_cost_first(lots: list[Slice]) -> list[Slice]:
    return sorted(lots, key=lambda lot: (-lot.unit_cost, *_oldest_first(lot)))


def _lowest_cost_first(lots: list[Slice]) -> list[Slice]:
    return sorted(lots, key=lambda lot: (lot.unit_cost, *_oldest_first(lot)))


def in_order_of_acquisition(lots: list[Slice]) -> list[Slice]:
    """Oldest first; lots of one instant by id."""
    return sorted(lots, key=_oldest_first)


CHOICE: dict[LotMethod, Callable[[list[Slice]], list[Slice]]] = {
    LotMethod.FIFO: in_order_of_acquisition,
    LotMethod.LIFO: _newest_first,
    LotMethod.HIFO: _highest_cost_first,
    LotMethod.LOFO: _lowest_cost_first,
    LotMethod.AVERAGE: in_order_of_acquisition,
    LotMethod.SPECID: in_order_of_acquisition,
}
"""The order in which open lots are consumed. SPECID puts the lot that the sale names in front (``ledger.fold``)."""
