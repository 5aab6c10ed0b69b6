"""Trades by the million, for benchmarks: the market is the simulated one, the clients act without memory.

Nobody looks at holdings or cash here, so positions may go short and accounts into debt; both are legal in the log.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from eventlog.events import TRADES, Kind
from generators.business_calendar import MARKET_CLOSE_S, MARKET_OPEN_S
from generators.chance import chance
from generators.clients import account_identifiers
from generators.columns import (
    MICROSECONDS_PER_SECOND,
    Integers,
    date_stamp,
    decimals,
    moments,
    same_text,
    source_table,
    texts,
)
from generators.market import advance, initial_market
from generators.trades import SIDES, commission_cents
from generators.universe import Universe

Letters = NDArray[np.uint8]
"""ASCII codes, texts x letters: texts of one length as a matrix."""

_UNITS_MOST: Final = 500
_SLIPPAGE_BASIS_POINTS: Final = 50
_BASIS_POINTS: Final = 10_000
_TEN_THOUSANDTHS: Final = 10_000


def trades_in_bulk(
    universe: Universe, account_count: int, days: Sequence[date], trades_per_day: int, seed: int
) -> Iterator[pa.Table]:
    """Yield the trades of each day as one source table, ordered by time: an even flow over the market's hours.

    Identifiers look like those of ``trades.trade_events`` but number the trades of the whole day.
    """
    accounts = _letters(account_identifiers(account_count))
    ordinals = _letters([f"T{number:0{len(str(trades_per_day))}d}" for number in range(1, trades_per_day + 1)])
    time_us = _even_times_us(trades_per_day)
    market_state = initial_market(universe)
    for day in days:
        market_state, closes_cents = advance(universe, market_state, day, seed)
        generator = chance(seed, day, "bulk")
        account_ids = accounts[generator.integers(account_count, size=trades_per_day)]
        yield _trades_of_day(universe, closes_cents, day, account_ids, ordinals, time_us, generator)


def _trades_of_day(
    universe: Universe,
    closes_cents: Integers,
    day: date,
    account_ids: Letters,
    ordinals: Letters,
    time_us: Integers,
    generator: np.random.Generator,
) -> pa.Table:
    row_count = len(time_us)
    symbol = generator.integers(len(universe), size=row_count)
    quantity = generator.integers(1, _UNITS_MOST + 1, size=row_count)
    slippage = generator.integers(-_SLIPPAGE_BASIS_POINTS, _SLIPPAGE_BASIS_POINTS + 1, size=row_count)
    price_cents = np.maximum(1, closes_cents[symbol] * (_BASIS_POINTS + slippage) // _BASIS_POINTS)
    return source_table(
        TRADES,
        {
            "event_id": _text_column(_hyphenated(account_ids, date_stamp(day), ordinals)),
            "occurred_at": moments(day, time_us),
            "account_id": _text_column(account_ids),
            "symbol": texts(universe.symbols, symbol),
            "side": texts(SIDES, generator.integers(len(SIDES), size=row_count)),
            "quantity": decimals(quantity, 0, Kind.NUMBER),
            "price": decimals(price_cents, 2, Kind.NUMBER),
            "fee": decimals(commission_cents(quantity * _TEN_THOUSANDTHS), 2, Kind.AMOUNT),
            "currency": same_text(universe.currency, row_count),
            "venue": same_text("SIMULATION", row_count),
        },
    )


def _even_times_us(count: int) -> Integers:
    """Return ``count`` times since midnight at equal distances inside the market's hours."""
    open_us, close_us = MARKET_OPEN_S * MICROSECONDS_PER_SECOND, MARKET_CLOSE_S * MICROSECONDS_PER_SECOND
    return open_us + np.arange(count, dtype=np.int64) * (close_us - open_us) // count


def _letters(same_length: Sequence[str]) -> Letters:
    """Return the letters of ASCII texts of one length."""
    return np.array(same_length, dtype=np.bytes_).view(np.uint8).reshape(len(same_length), -1)


def _hyphenated(before: Letters, middle: str, after: Letters) -> Letters:
    """Join row by row with hyphens, as ``columns.identifiers`` does, by laying the letters side by side."""
    between = np.frombuffer(f"-{middle}-".encode(), dtype=np.uint8)
    joined = np.empty((len(before), before.shape[1] + len(between) + after.shape[1]), dtype=np.uint8)
    joined[:, : before.shape[1]] = before
    joined[:, before.shape[1] : -after.shape[1]] = between
    joined[:, -after.shape[1] :] = after
    return joined


def _text_column(letters: Letters) -> pa.Array:
    """Return the rows of ``letters`` as a string column, sharing their memory."""
    row_count, length = letters.shape
    offsets = np.arange(0, (row_count + 1) * length, length, dtype=np.int32)
    return pa.StringArray.from_buffers(row_count, pa.py_buffer(offsets), pa.py_buffer(letters))
