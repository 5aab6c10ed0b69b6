"""Closes that look like a market.

The log return of a share is drift + beta x market + loading x sector + its own noise. Every one of these factors is a
GARCH(1,1) process with Student-t shocks: fat tails, calm and stormy weeks, returns that do not predict each other.
Source: Bollerslev 1986 and 1987; the stylised facts are those of Cont 2001.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa

from eventlog.events import PRICES, Kind
from generators.business_calendar import MARKET_CLOSE_S
from generators.chance import chance
from generators.columns import (
    MICROSECONDS_PER_SECOND,
    Integers,
    Reals,
    date_stamp,
    decimals,
    identifiers,
    moments,
    same_text,
    source_table,
    texts,
)
from generators.universe import Universe

DAYS_PER_YEAR: Final = 252
_DRIFT: Final = 0.07
"""Expected log return of every share per year."""
_MARKET_VOLATILITY: Final = 0.16
_SECTOR_VOLATILITY: Final = 0.11
_SHOCK_WEIGHT: Final = 0.08
_MEMORY: Final = 0.89
"""GARCH: h' = (1 - shock weight - memory) + shock weight x h z^2 + memory x h, so that h is 1 in the long run."""
_DEGREES_OF_FREEDOM: Final = 6.0
"""Of the Student-t shocks; with six, the fourth moment of the returns still exists."""
_PRICE_LEAST_CENTS: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class MarketState:
    """What one day hands on to the next.

    ``price_cents`` is not rounded, so that rounding errors do not pile up in cheap shares. ``relative_variance`` has
    one value per factor (the market, every sector, every share), 1 being its long-run level.
    """

    price_cents: Reals
    relative_variance: Reals


def initial_market(universe: Universe) -> MarketState:
    """Return the state before the first day: start prices and average volatility."""
    factor_count = 1 + len(universe.sectors) + len(universe)
    return MarketState(universe.start_price_cents.astype(np.float64), np.ones(factor_count))


def advance(universe: Universe, state: MarketState, day: date, seed: int) -> tuple[MarketState, Integers]:
    """Live through ``day``: return the state after it and the close of every share in cents, each at least one."""
    shocks = _shocks(chance(seed, day, "market"), len(state.relative_variance))
    factors = np.sqrt(state.relative_variance) * shocks
    price_cents = state.price_cents * np.exp(_log_returns(universe, factors))
    relative_variance = (1 - _SHOCK_WEIGHT - _MEMORY) + _SHOCK_WEIGHT * factors**2 + _MEMORY * state.relative_variance
    closes_cents = np.maximum(_PRICE_LEAST_CENTS, np.rint(price_cents)).astype(np.int64)
    return MarketState(price_cents, relative_variance), closes_cents


def closes_on(universe: Universe, days: Sequence[date], seed: int) -> Integers:
    """Return the closes in cents, days x shares, of a market that begins on the first of ``days``."""
    state = initial_market(universe)
    closes_cents = np.empty((len(days), len(universe)), dtype=np.int64)
    for row, day in enumerate(days):
        state, closes_cents[row] = advance(universe, state, day, seed)
    return closes_cents


def price_events(universe: Universe, days: Sequence[date], closes_cents: Integers) -> pa.Table:
    """Return the close of every share on every day, at 21:00 UTC (stream ``prices``).

    ``closes_cents`` is days x shares, as ``closes_on`` returns it.
    """
    row_count = closes_cents.size
    of_day = np.repeat(np.arange(len(days)), len(universe))
    symbol = texts(universe.symbols, np.tile(np.arange(len(universe)), len(days)))
    midnights = np.array(days, dtype="datetime64[D]")[of_day]
    close_us = np.full(row_count, MARKET_CLOSE_S * MICROSECONDS_PER_SECOND, dtype=np.int64)
    return source_table(
        PRICES,
        {
            "event_id": identifiers(symbol, texts([date_stamp(day) for day in days], of_day), "P"),
            "occurred_at": moments(midnights, close_us),
            "symbol": symbol,
            "price": decimals(closes_cents.ravel(), 2, Kind.NUMBER),
            "currency": same_text(universe.currency, row_count),
            "source": same_text("simulation", row_count),
        },
    )


def _shocks(generator: np.random.Generator, count: int) -> Reals:
    """Return Student-t draws with variance 1."""
    variance = _DEGREES_OF_FREEDOM / (_DEGREES_OF_FREEDOM - 2)
    shocks: Reals = generator.standard_t(_DEGREES_OF_FREEDOM, count) / np.sqrt(variance)
    return shocks


def _log_returns(universe: Universe, factors: Reals) -> Reals:
    """Return the log return of the day per share; ``factors`` has variance 1 and the order market, sectors, shares."""
    market, sectors, own = factors[0], factors[1 : 1 + len(universe.sectors)], factors[1 + len(universe.sectors) :]
    annual: Reals = (
        universe.beta * _MARKET_VOLATILITY * market
        + universe.sector_loading * _SECTOR_VOLATILITY * sectors[universe.sector_index]
        + universe.idiosyncratic_volatility * own
    )
    of_day: Reals = _DRIFT / DAYS_PER_YEAR + annual / np.sqrt(DAYS_PER_YEAR)
    return of_day
