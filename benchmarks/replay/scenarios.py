"""What arrives on top of the history: each scenario is a few source tables, of the same size at every scale."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Final

import numpy as np
import pyarrow as pa

from benchmarks.replay.world import SYMBOLS_PER_ACCOUNT, World, spread
from eventlog.events import CORPORATE_ACTIONS, CORRECTIONS, Kind
from generators.business_calendar import MARKET_CLOSE_S
from generators.columns import (
    MICROSECONDS_PER_SECOND,
    Integers,
    date_stamp,
    decimals,
    identifiers,
    moments,
    same_text,
    source_table,
)

BATCH_TRADES: Final = 10_000
BATCH_ACCOUNTS: Final = 100
LATE_DAYS: Final = 150
CORRECTED_DAYS: Final = 20
"""Valuation days between the correction or split and what it is about."""

Batch = dict[str, pa.Table]
"""Stream -> source table."""


def on_time(world: World) -> Batch:
    """10,000 trades of the last valuation day: ten of each of the 1,000 keys of 100 accounts."""
    accounts = spread(BATCH_ACCOUNTS, world.account_count)
    keys = (accounts[:, None] * SYMBOLS_PER_ACCOUNT + np.arange(SYMBOLS_PER_ACCOUNT)).ravel()
    return {"trades": world.trades_on(len(world.days) - 1, np.resize(keys, BATCH_TRADES), "ontime")}


def late(world: World) -> Batch:
    """One trade, 150 calendar days before the last valuation day (or on the last valuation day before that)."""
    target = world.days[-1] - timedelta(days=LATE_DAYS)
    day_number = max(number for number, day in enumerate(world.days) if day <= target)
    return {"trades": world.trades_on(day_number, np.array([world.key_count // 2]), "late")}


def price_correction(world: World) -> Batch:
    """An AMEND of one close of 20 valuation days ago, by one per cent."""
    symbol, day_number = world.symbol_count // 2, len(world.days) - 1 - CORRECTED_DAYS
    name, day = world.universe.symbols[symbol], world.days[day_number]
    price_cents = np.array([world.closes_cents[day_number, symbol] * 101 // 100])
    return {
        "corrections": source_table(
            CORRECTIONS,
            {
                "event_id": pa.array(["correction-1"]),
                "occurred_at": _at_close(world.days[-1]),
                "action": same_text("AMEND", 1),
                "corrects_stream": same_text("prices", 1),
                "corrects_event_id": identifiers(same_text(name, 1), date_stamp(day), "P"),
                "symbol": same_text(name, 1),
                "price": decimals(price_cents, 2, Kind.NUMBER),
                "currency": same_text("USD", 1),
            },
        )
    }


def split(world: World) -> Batch:
    """Two units for one of a symbol with 20 holders, effective 20 valuation days ago."""
    symbol, day = world.universe.symbols[world.symbol_count // 3], world.days[-1 - CORRECTED_DAYS]
    return {
        "corporate_actions": source_table(
            CORPORATE_ACTIONS,
            {
                "event_id": pa.array(["split-1"]),
                "occurred_at": _at_close(day),
                "symbol": same_text(symbol, 1),
                "type": same_text("SPLIT", 1),
                "numerator": decimals(_one(2), 0, Kind.NUMBER),
                "denominator": decimals(_one(1), 0, Kind.NUMBER),
                "effective_date": pa.array([day], Kind.DATE.arrow_type),
                "currency": same_text("USD", 1),
            },
        )
    }


SCENARIOS: Final[dict[str, Callable[[World], Batch]]] = {
    "10,000 trades on time": on_time,
    "one trade 150 days late": late,
    "one close corrected": price_correction,
    "one split": split,
}


def _one(value: int) -> Integers:
    return np.array([value], dtype=np.int64)


def _at_close(day: date) -> pa.Array:
    return moments(day, _one(MARKET_CLOSE_S * MICROSECONDS_PER_SECOND))
