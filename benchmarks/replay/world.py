"""The history that a benchmark replays: a world that grows in accounts and symbols, never in trades per position.

Every (account, symbol) has 50 trades over 250 valuation days on average, every account 10 symbols, every symbol 20
holders. So whatever a batch touches (a symbol's holders, an account's symbols, a day's closes) has the same size at
every scale, and what a run costs beyond that is the price of history. It is a broker's world: many small accounts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eventlog.events import ACCOUNTS, CASH_EVENTS, TRADES, Kind
from generators.business_calendar import MARKET_CLOSE_S, MARKET_OPEN_S, business_days
from generators.chance import chance
from generators.columns import (
    MICROSECONDS_PER_SECOND,
    Integers,
    date_stamp,
    decimals,
    identifiers,
    moments,
    same_text,
    source_table,
    texts,
)
from generators.market import closes_on
from generators.trades import SIDES, commission_cents
from generators.universe import Universe, synthetic_universe

SEED: Final = 20240102
DAY_COUNT: Final = 250
TRADES_PER_KEY: Final = 50
SYMBOLS_PER_ACCOUNT: Final = 10
HOLDERS_PER_SYMBOL: Final = 20
_FIRST_DAY: Final = date(2024, 1, 2)
_DEPOSIT_CENTS: Final = 10_000_000_00
_LOT_METHODS: Final = ("FIFO", "LIFO", "HIFO", "LOFO", "AVERAGE")
_UNITS_MOST: Final = 500
_BUYS: Final = 0.55
"""Share of purchases: most positions stay long, some go short and flip."""
_SLIPPAGE_BASIS_POINTS: Final = 50
_BASIS_POINTS: Final = 10_000
_TEN_THOUSANDTHS: Final = 10_000
_ORDINAL_DIGITS: Final = 8


@dataclass(frozen=True)
class World:
    """A history of ``trade_count`` trades. A key is an (account, symbol), numbered from 0."""

    trade_count: int
    day_count: int = DAY_COUNT
    symbols_per_account: int = SYMBOLS_PER_ACCOUNT
    trades_per_key: int = TRADES_PER_KEY

    @property
    def key_count(self) -> int:
        """Positions that are traded."""
        return self.trade_count // self.trades_per_key

    @property
    def account_count(self) -> int:
        """Accounts, each with as many symbols."""
        return self.key_count // self.symbols_per_account

    @property
    def symbol_count(self) -> int:
        """Symbols, each held by twenty accounts."""
        return self.key_count // HOLDERS_PER_SYMBOL

    @cached_property
    def days(self) -> list[date]:
        """The valuation days."""
        return business_days(_FIRST_DAY, _FIRST_DAY + timedelta(days=2 * self.day_count))[: self.day_count]

    @cached_property
    def universe(self) -> Universe:
        """The instruments."""
        return synthetic_universe(self.symbol_count, SEED)

    @cached_property
    def closes_cents(self) -> Integers:
        """Closes, days x symbols."""
        return closes_on(self.universe, self.days, SEED)

    @cached_property
    def account_ids(self) -> list[str]:
        """Names of the accounts, all of one length."""
        return [f"ACC{number:06d}" for number in range(self.account_count)]

    def trades_of_days(self) -> Iterator[pa.Table]:
        """Yield the trades of each day, drawn from all keys alike."""
        per_day = self.trade_count // self.day_count
        for number, day in enumerate(self.days):
            keys = chance(SEED, day, "keys").integers(self.key_count, size=per_day)
            yield self.trades_on(number, keys, "history")

    def trades_on(self, day_number: int, keys: Integers, purpose: str) -> pa.Table:
        """Return one trade of each of ``keys`` on a day, spread evenly over the market's hours.

        ``purpose`` names the trades: those of two purposes on one day are different events.
        """
        day, row_count = self.days[day_number], len(keys)
        account, symbol = keys // self.symbols_per_account, keys % self.symbol_count
        generator = chance(SEED, day, purpose)
        quantity = generator.integers(1, _UNITS_MOST + 1, size=row_count)
        slippage = generator.integers(-_SLIPPAGE_BASIS_POINTS, _SLIPPAGE_BASIS_POINTS + 1, size=row_count)
        close_cents = self.closes_cents[day_number][symbol]
        price_cents = np.maximum(1, close_cents * (_BASIS_POINTS + slippage) // _BASIS_POINTS)
        side = (generator.random(row_count) >= _BUYS).astype(np.int64)
        return source_table(
            TRADES,
            {
                "event_id": _numbered(day, purpose, row_count),
                "occurred_at": moments(day, _even_times_us(row_count)),
                "account_id": texts(self.account_ids, account),
                "symbol": texts(self.universe.symbols, symbol),
                "side": texts(SIDES, side),
                "quantity": decimals(quantity, 0, Kind.NUMBER),
                "price": decimals(price_cents, 2, Kind.NUMBER),
                "fee": decimals(commission_cents(quantity * _TEN_THOUSANDTHS), 2, Kind.AMOUNT),
                "currency": same_text("USD", row_count),
                "venue": same_text("SIMULATION", row_count),
            },
        )

    def account_events(self) -> pa.Table:
        """Return the reference event of every account; the lot methods take turns."""
        account_ids = pa.array(self.account_ids)
        method = np.arange(self.account_count) % len(_LOT_METHODS)
        return source_table(
            ACCOUNTS,
            {
                "event_id": identifiers(account_ids, "A"),
                "occurred_at": self._at_start(),
                "account_id": account_ids,
                "base_currency": same_text("USD", self.account_count),
                "lot_method": texts(_LOT_METHODS, method),
            },
        )

    def deposits(self) -> pa.Table:
        """Return one deposit per account, before its first trade."""
        account_ids = pa.array(self.account_ids)
        return source_table(
            CASH_EVENTS,
            {
                "event_id": identifiers(account_ids, "D"),
                "occurred_at": self._at_start(),
                "account_id": account_ids,
                "type": same_text("DEPOSIT", self.account_count),
                "amount": decimals(np.full(self.account_count, _DEPOSIT_CENTS), 2, Kind.AMOUNT),
                "currency": same_text("USD", self.account_count),
            },
        )

    def _at_start(self) -> pa.Array:
        return moments(self.days[0], np.zeros(self.account_count, dtype=np.int64))


def spread(count: int, population: int) -> Integers:
    """Return ``count`` numbers below ``population`` at even distances."""
    return np.arange(count, dtype=np.int64) * population // count


def _numbered(day: date, purpose: str, row_count: int) -> pa.Array:
    """The day comes first, as with most brokers, so that ids of new events lie behind those of old ones."""
    ordinal = pc.utf8_lpad(pa.array(np.arange(row_count)).cast(pa.string()), _ORDINAL_DIGITS, "0")
    return identifiers(same_text(date_stamp(day), row_count), purpose, ordinal)


def _even_times_us(row_count: int) -> Integers:
    open_us, close_us = MARKET_OPEN_S * MICROSECONDS_PER_SECOND, MARKET_CLOSE_S * MICROSECONDS_PER_SECOND
    return open_us + np.arange(row_count, dtype=np.int64) * (close_us - open_us) // row_count


def in_groups(tables: Iterator[pa.Table], size: int) -> Iterator[pa.Table]:
    """Join every ``size`` consecutive tables."""
    group: list[pa.Table] = []
    for table in tables:
        group.append(table)
        if len(group) == size:
            yield pa.concat_tables(group)
            group = []
    if group:
        yield pa.concat_tables(group)


def day_blocks(days: Sequence[date], size: int) -> Iterator[slice]:
    """Yield the slices of ``size`` days that make up ``days``."""
    return (slice(start, start + size) for start in range(0, len(days), size))
