"""A whole simulated world: every event of every stream between two days.

The state of a day is lived through anew from the first day of the scenario, so an interval is always the same, whoever
asks for it and in however many pieces: [a, c] equals [a, b] followed by [b + 1, c].
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from eventlog.events import ACCOUNTS, CASH_EVENTS, PRICES, STREAMS, SYMBOLS, TRADES
from generators import cash, clients, market
from generators.business_calendar import business_days
from generators.clients import Clients, account_events, default_clients, nothing_yet
from generators.columns import Integers, no_events
from generators.market import initial_market, price_events
from generators.trades import Trades, trade_events
from generators.universe import Universe, default_universe, symbol_events

__all__ = ["Scenario", "business_days", "default_scenario", "simulate"]


@dataclass(frozen=True, slots=True, eq=False)
class Scenario:
    """All that a simulated world follows from. Before ``first_day`` nothing happens."""

    universe: Universe
    clients: Clients
    first_day: date
    seed: int


@dataclass(frozen=True, slots=True, eq=False)
class _Day:
    """What happened on one business day."""

    day: date
    closes_cents: Integers
    trades: Trades
    morning: cash.CashMoves
    night: cash.CashMoves


def default_scenario(seed: int = 7, first_day: date = date(2024, 1, 2)) -> Scenario:
    """Return the world of the demo: ten well-known shares and three accounts."""
    return Scenario(default_universe(), default_clients(seed), first_day, seed)


def simulate(scenario: Scenario, first_day: date, last_day: date) -> dict[str, pa.Table]:
    """Return the source table of every stream with the events of [first_day, last_day], by stream name.

    The reference streams speak on the first day of the scenario. Streams in which nothing happens here (corporate
    actions, exchange rates, corrections) are empty tables.
    """
    parts = {stream: [no_events(event_type)] for stream, event_type in STREAMS.items()}
    if first_day <= scenario.first_day <= last_day:
        parts[ACCOUNTS.stream].append(account_events(scenario.clients, scenario.first_day))
        parts[SYMBOLS.stream].append(symbol_events(scenario.universe, scenario.first_day))
    for lived in _days(scenario, last_day):
        if lived.day >= first_day:
            for stream, tables in _events(scenario, lived).items():
                parts[stream].extend(tables)
    return {stream: pa.concat_tables(tables).combine_chunks() for stream, tables in parts.items()}


def _days(scenario: Scenario, last_day: date) -> Iterator[_Day]:
    """Live through the scenario from its first day to ``last_day``."""
    universe, followers, seed = scenario.universe, scenario.clients, scenario.seed
    market_state = initial_market(universe)
    state = nothing_yet(len(followers), len(universe))
    days = business_days(scenario.first_day, last_day)
    for day in days:
        market_state, closes_cents = market.advance(universe, market_state, day, seed)
        state, morning = cash.morning(followers, universe, state, closes_cents, day, days[0])
        state, trades = clients.trade(followers, state, closes_cents, day, seed)
        state, night = cash.night(followers, state, day, days[0], seed)
        yield _Day(day, closes_cents, trades, morning, night)


def _events(scenario: Scenario, lived: _Day) -> dict[str, list[pa.Table]]:
    """Return the events of one day by stream, in the order in which they happened."""
    universe, account_ids = scenario.universe, scenario.clients.account_ids
    return {
        PRICES.stream: [price_events(universe, [lived.day], lived.closes_cents[None, :])],
        TRADES.stream: [trade_events(account_ids, universe, lived.day, lived.trades)],
        CASH_EVENTS.stream: [
            cash.cash_events(account_ids, universe, lived.day, lived.morning),
            cash.cash_events(account_ids, universe, lived.day, lived.night),
        ],
    }
