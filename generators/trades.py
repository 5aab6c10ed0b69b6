"""Executions: what became of the orders of a day, and the events that tell of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eventlog.events import TRADES, Kind
from generators.business_calendar import MARKET_CLOSE_S, MARKET_OPEN_S
from generators.columns import (
    MICROSECONDS_PER_SECOND,
    Booleans,
    Integers,
    date_stamp,
    decimals,
    identifiers,
    moments,
    same_text,
    source_table,
    texts,
)
from generators.universe import Universe

SIDES: Final = ("BUY", "SELL")
MILLIONTHS_PER_CENT: Final = 10_000
_SLIPPAGE: Final = 0.004
"""Standard deviation of an execution price around the close, as a fraction."""
_COMMISSION_LEAST_CENTS: Final = 100
_UNITS_PER_COMMISSION_CENT: Final = 2
_MICROSECONDS_PER_MILLISECOND: Final = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Trades:
    """Executions of one day, ordered by account and time; ``account`` and ``symbol`` are positions.

    ``quantity`` is in ten-thousandths of a unit, negative for a sale; ``time_us`` counts from midnight UTC.
    """

    account: Integers
    symbol: Integers
    quantity: Integers
    price_cents: Integers
    fee_cents: Integers
    time_us: Integers

    def __len__(self) -> int:
        """Return the number of executions."""
        return len(self.account)

    @property
    def outlay(self) -> Integers:
        """What each execution takes from the cash, fee included, in millionths; negative for what it brings."""
        return self.quantity * self.price_cents + self.fee_cents * MILLIONTHS_PER_CENT

    def kept(self, which: Booleans | Integers) -> Trades:
        """Return the executions at the positions, or under the mask, ``which``."""
        return Trades(
            self.account[which],
            self.symbol[which],
            self.quantity[which],
            self.price_cents[which],
            self.fee_cents[which],
            self.time_us[which],
        )


def commission_cents(quantity: Integers) -> Integers:
    """Return half a cent per unit, rounded half up, and at least one dollar; ``quantity`` unsigned, ten-thousandths."""
    quantity_per_cent = _UNITS_PER_COMMISSION_CENT * 10_000
    return np.maximum(_COMMISSION_LEAST_CENTS, (quantity + quantity_per_cent // 2) // quantity_per_cent)


def executed(orders: Integers, closes_cents: Integers, generator: np.random.Generator) -> Trades:
    """Execute every order that is not zero, at a price near the close and a time inside market hours.

    ``orders`` is accounts x symbols in ten-thousandths of a unit, negative to sell.
    """
    account, symbol = np.nonzero(orders)
    quantity = orders[account, symbol]
    slippage = _SLIPPAGE * generator.standard_normal(len(account))
    price_cents = np.maximum(1, np.rint(closes_cents[symbol] * (1 + slippage))).astype(np.int64)
    trading_ms = (MARKET_CLOSE_S - MARKET_OPEN_S) * 1000
    time_us = generator.integers(trading_ms, size=len(account)) * _MICROSECONDS_PER_MILLISECOND
    time_us += MARKET_OPEN_S * MICROSECONDS_PER_SECOND
    trades = Trades(account, symbol, quantity, price_cents, commission_cents(np.abs(quantity)), time_us)
    return trades.kept(np.lexsort((symbol, time_us, account)))


def within_cash(trades: Trades, cash: Integers) -> Trades:
    """Drop every buy with which the day's outlays of its account would exceed ``cash`` (millionths per account)."""
    outlay = np.maximum(0, trades.outlay)
    running = np.cumsum(outlay)
    first = _first_of_account(trades)
    spent = running - running[first] + outlay[first]
    return trades.kept((trades.quantity < 0) | (spent <= cash[trades.account]))


def trade_events(account_ids: Sequence[str], universe: Universe, day: date, trades: Trades) -> pa.Table:
    """Return the events of the day's executions (stream ``trades``), numbered within account and day."""
    row_count = len(trades)
    account = texts(account_ids, trades.account)
    number = np.arange(1, row_count + 1) - _first_of_account(trades)
    numbered = pc.utf8_lpad(pa.array(number, type=pa.int64()).cast(pa.string()), 3, "0")
    ordinal = pc.binary_join_element_wise("T", numbered, "")
    return source_table(
        TRADES,
        {
            "event_id": identifiers(account, date_stamp(day), ordinal),
            "occurred_at": moments(day, trades.time_us),
            "account_id": account,
            "symbol": texts(universe.symbols, trades.symbol),
            "side": texts(SIDES, (trades.quantity < 0).astype(np.int64)),
            "quantity": decimals(np.abs(trades.quantity), 4, Kind.NUMBER),
            "price": decimals(trades.price_cents, 2, Kind.NUMBER),
            "fee": decimals(trades.fee_cents, 2, Kind.AMOUNT),
            "currency": same_text(universe.currency, row_count),
            "venue": same_text("SIMULATION", row_count),
        },
    )


def _first_of_account(trades: Trades) -> Integers:
    """Return, for every execution, the position of the first one of its account."""
    return np.searchsorted(trades.account, trades.account)
