"""The client accounts of the simulation and their trades.

All arithmetic is exact in int64: quantities in ten-thousandths of a unit, prices in cents, so that their product is in
millionths of the currency, which is the unit of cash. Buys are paid from the cash of the morning; the proceeds of a
day's sales are spent from the next day on, so that no order of the day's trades overdraws an account.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from faker import Faker

from eventlog.events import ACCOUNTS, Kind
from generators.chance import chance
from generators.columns import Integers, date_stamp, identifiers, moments, same_text, source_table
from generators.habits import ACTIVE, LONG_ONLY, MONTHLY_SAVER, SHORT_SELLER, WHOLE_UNIT, Habit, Standing
from generators.trades import Trades, executed, within_cash

_MILLIONTHS: Final = 1e6
_ROSTER: Final = ((LONG_ONLY, "FIFO"), (MONTHLY_SAVER, "AVERAGE"), (SHORT_SELLER, "FIFO"), (ACTIVE, "HIFO"))
"""Habit and lot method of the first accounts; further accounts begin again at the top."""
_ACCOUNT_DIGITS_LEAST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Clients:
    """Accounts, one per position in every field. ``habit_index`` points into ``habits``."""

    account_ids: tuple[str, ...]
    names: tuple[str, ...]
    lot_methods: tuple[str, ...]
    habits: tuple[Habit, ...]
    habit_index: Integers

    def __len__(self) -> int:
        """Return the number of accounts."""
        return len(self.account_ids)

    def per_account(self, values: Sequence[int]) -> Integers:
        """Spread one value per habit to the accounts that have the habit."""
        return np.array(values, dtype=np.int64)[self.habit_index]


@dataclass(frozen=True, slots=True, eq=False)
class ClientState:
    """``holdings``, accounts x symbols, in ten-thousandths of a unit (negative: short); ``cash`` in millionths."""

    holdings: Integers
    cash: Integers


def account_identifiers(count: int) -> tuple[str, ...]:
    """Return ACC001, ACC002, ... with as many digits as the last of them needs."""
    digit_count = max(_ACCOUNT_DIGITS_LEAST, len(str(count)))
    return tuple(f"ACC{number:0{digit_count}d}" for number in range(1, count + 1))


def default_clients(seed: int) -> Clients:
    """Return the three accounts of the demo: a long-only investor, a monthly saver and a short seller."""
    return synthetic_clients(3, seed)


def synthetic_clients(count: int, seed: int) -> Clients:
    """Return ``count`` accounts with drawn names, whose habits take turns."""
    faker = Faker("en_US")
    faker.seed_instance(seed)
    turns = np.arange(count, dtype=np.int64) % len(_ROSTER)
    return Clients(
        account_ids=account_identifiers(count),
        names=tuple(faker.name() for _ in range(count)),
        lot_methods=tuple(_ROSTER[turn][1] for turn in turns),
        habits=tuple(habit for habit, _ in _ROSTER),
        habit_index=turns,
    )


def nothing_yet(account_count: int, symbol_count: int) -> ClientState:
    """Return the state before the first deposit."""
    return ClientState(np.zeros((account_count, symbol_count), dtype=np.int64), np.zeros(account_count, dtype=np.int64))


def trade(
    clients: Clients, state: ClientState, closes_cents: Integers, day: date, seed: int
) -> tuple[ClientState, Trades]:
    """Let every client trade on ``day`` at prices near its closes; return the state after it and the trades."""
    wanted = _orders(clients, state, closes_cents, day, seed)
    trades = within_cash(executed(wanted, closes_cents, chance(seed, day, "executions")), state.cash)
    holdings, cash = state.holdings.copy(), state.cash.copy()
    np.add.at(holdings, (trades.account, trades.symbol), trades.quantity)
    np.subtract.at(cash, trades.account, trades.outlay)
    return ClientState(holdings, cash), trades


def account_events(clients: Clients, day: date) -> pa.Table:
    """Return the reference event of every account, opened at the start of ``day`` (stream ``accounts``)."""
    row_count = len(clients)
    account = pa.array(clients.account_ids)
    return source_table(
        ACCOUNTS,
        {
            "event_id": identifiers(account, date_stamp(day), "A"),
            "occurred_at": moments(day, np.zeros(row_count, dtype=np.int64)),
            "account_id": account,
            "name": pa.array(clients.names),
            "base_currency": same_text("USD", row_count),
            "lot_method": pa.array(clients.lot_methods),
            "opened_on": pa.array([day] * row_count, type=Kind.DATE.arrow_type),
        },
    )


def _orders(clients: Clients, state: ClientState, closes_cents: Integers, day: date, seed: int) -> Integers:
    """Return the orders of the day, accounts x symbols, in ten-thousandths of a unit (negative: sell)."""
    orders = np.zeros_like(state.holdings)
    for index, habit in enumerate(clients.habits):
        followers = np.flatnonzero(clients.habit_index == index)
        held = state.holdings[followers]
        standing = Standing(held / WHOLE_UNIT, state.cash[followers] / _MILLIONTHS, closes_cents / 100)
        wished = habit.strategy.wishes(standing, day, chance(seed, day, habit.name))
        change = np.trunc((wished * WHOLE_UNIT - held) / habit.step).astype(np.int64) * habit.step
        orders[followers] = change
    return orders
