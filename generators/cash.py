"""Money that comes and goes beside the trades: deposits, dividends and interest in the morning, costs at night.

Amounts are whole cents. What leaves an account at night never exceeds its cash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from eventlog.events import CASH_EVENTS, CASH_IN, CASH_OUT, Kind
from generators.business_calendar import is_first_business_day_from
from generators.chance import chance
from generators.clients import Clients, ClientState
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
from generators.market import DAYS_PER_YEAR
from generators.trades import MILLIONTHS_PER_CENT
from generators.universe import Universe

_TYPES: Final = CASH_IN + CASH_OUT
_MORNING_S: Final = 13 * 60 * 60
_NIGHT_S: Final = (21 * 60 + 30) * 60
_NO_SYMBOL: Final = -1
_DESCRIPTIONS: Final = (None, "Dividend owed on a short position")
_PLATFORM_FEE_CENTS: Final = 5_00
_INTEREST_BASIS_POINTS: Final = 200
"""Interest on cash per year, paid monthly."""
_DIVIDEND_DAY: Final = 15
_MONTHS_PER_QUARTER: Final = 3
_WITHDRAWN_MOST: Final = 0.10
"""Largest share of the cash that one withdrawal takes."""


@dataclass(frozen=True, slots=True, eq=False)
class CashMoves:
    """Moves of one moment of the day: the position of account, type and symbol (-1: none), and cents above zero."""

    time_s: int
    account: Integers
    type_index: Integers
    symbol: Integers
    amount_cents: Integers

    @property
    def is_dividend_owed(self) -> Booleans:
        """Whether each move is what a short position owes for a dividend."""
        is_owed: Booleans = (self.type_index == _TYPES.index("FEE")) & (self.symbol != _NO_SYMBOL)
        return is_owed

    @property
    def cash(self) -> Integers:
        """What each move adds to the cash of its account, in millionths."""
        sign = np.where(self.type_index < len(CASH_IN), 1, -1)
        return sign * self.amount_cents * MILLIONTHS_PER_CENT


def morning(
    clients: Clients, universe: Universe, state: ClientState, closes_cents: Integers, day: date, opened_on: date
) -> tuple[ClientState, CashMoves]:
    """Pay deposits, interest and dividends in, before the market opens; return the state after them and the moves.

    On ``opened_on`` the first deposit is made; the monthly habits begin with the month after.
    """
    deposits_cents = np.zeros(len(clients), dtype=np.int64)
    interest_cents = np.zeros(len(clients), dtype=np.int64)
    if day == opened_on:
        deposits_cents = clients.per_account([habit.first_deposit_cents for habit in clients.habits])
    elif is_first_business_day_from(day, 1):
        deposits_cents = clients.per_account([habit.monthly_deposit_cents for habit in clients.habits])
        interest_cents = _monthly_interest_cents(state.cash)
    moves = _joined(
        _MORNING_S,
        _per_account(_MORNING_S, "DEPOSIT", deposits_cents),
        _per_account(_MORNING_S, "INTEREST", interest_cents),
        _dividends(universe, state, closes_cents, day),
    )
    return _moved(state, moves), moves


def night(clients: Clients, state: ClientState, day: date, opened_on: date, seed: int) -> tuple[ClientState, CashMoves]:
    """Take platform fees and withdrawals out, after the close; return the state after them and the moves."""
    cash_cents = np.maximum(0, state.cash) // MILLIONTHS_PER_CENT
    fees_cents = np.zeros(len(clients), dtype=np.int64)
    if day != opened_on and is_first_business_day_from(day, 1):
        fees_cents = np.minimum(_PLATFORM_FEE_CENTS, cash_cents)
    withdrawals_cents = _withdrawals_cents(clients, cash_cents - fees_cents, chance(seed, day, "withdrawals"))
    moves = _joined(
        _NIGHT_S,
        _per_account(_NIGHT_S, "FEE", fees_cents),
        _per_account(_NIGHT_S, "WITHDRAWAL", withdrawals_cents),
    )
    return _moved(state, moves), moves


def cash_events(account_ids: Sequence[str], universe: Universe, day: date, moves: CashMoves) -> pa.Table:
    """Return the events of the moves (stream ``cash_events``), such as ACC001-20240315-DIVIDEND-AAPL."""
    row_count = len(moves.account)
    account, kind = texts(account_ids, moves.account), texts(_TYPES, moves.type_index)
    symbol = texts((*universe.symbols, None), moves.symbol % (len(universe) + 1))
    event_id = identifiers(account, date_stamp(day), kind)
    return source_table(
        CASH_EVENTS,
        {
            "event_id": pc.coalesce(identifiers(event_id, symbol), event_id),
            "occurred_at": moments(day, np.full(row_count, moves.time_s * MICROSECONDS_PER_SECOND, dtype=np.int64)),
            "account_id": account,
            "type": kind,
            "amount": decimals(moves.amount_cents, 2, Kind.AMOUNT),
            "currency": same_text(universe.currency, row_count),
            "symbol": symbol,
            "description": texts(_DESCRIPTIONS, moves.is_dividend_owed.astype(np.int64)),
        },
    )


def _monthly_interest_cents(cash: Integers) -> Integers:
    """Return a twelfth of the yearly interest on positive ``cash`` (millionths), rounded half up."""
    millionths_per_interest_cent = 12 * 10_000 * MILLIONTHS_PER_CENT
    interest = np.maximum(0, cash) * _INTEREST_BASIS_POINTS
    return (interest + millionths_per_interest_cent // 2) // millionths_per_interest_cent


def _withdrawals_cents(clients: Clients, cash_cents: Integers, generator: np.random.Generator) -> Integers:
    """Return what each account withdraws today, in cents but whole dollars; mostly nothing."""
    per_year = clients.per_account([habit.withdrawals_per_year for habit in clients.habits])
    is_withdrawing = generator.random(len(clients)) < per_year / DAYS_PER_YEAR
    share = generator.uniform(0, _WITHDRAWN_MOST, len(clients))
    return np.where(is_withdrawing, share * cash_cents // 100, 0).astype(np.int64) * 100


def _dividends(universe: Universe, state: ClientState, closes_cents: Integers, day: date) -> CashMoves:
    """Return what symbols pay today for the holdings of the morning; who is short owes it, as a fee.

    Every symbol pays once a quarter, a third of the symbols in each month.
    """
    is_due = np.arange(len(universe)) % _MONTHS_PER_QUARTER == day.month % _MONTHS_PER_QUARTER
    is_due &= is_first_business_day_from(day, _DIVIDEND_DAY)
    rate_cents = np.rint(closes_cents * universe.dividend_yield / 4).astype(np.int64) * is_due
    dividend = state.holdings * rate_cents
    amount_cents = (np.abs(dividend) + MILLIONTHS_PER_CENT // 2) // MILLIONTHS_PER_CENT
    account, symbol = np.nonzero(amount_cents)
    is_owed = dividend[account, symbol] < 0
    type_index = np.where(is_owed, _TYPES.index("FEE"), _TYPES.index("DIVIDEND"))
    return CashMoves(_MORNING_S, account, type_index, symbol, amount_cents[account, symbol])


def _per_account(time_s: int, kind: str, amount_cents: Integers) -> CashMoves:
    """Return one move of type ``kind`` for every account whose amount is not zero."""
    account = np.flatnonzero(amount_cents)
    type_index = np.full(len(account), _TYPES.index(kind), dtype=np.int64)
    symbol = np.full(len(account), _NO_SYMBOL, dtype=np.int64)
    return CashMoves(time_s, account, type_index, symbol, amount_cents[account])


def _joined(time_s: int, *parts: CashMoves) -> CashMoves:
    """Return the moves of all parts, in their order."""
    return CashMoves(
        time_s,
        np.concatenate([part.account for part in parts]),
        np.concatenate([part.type_index for part in parts]),
        np.concatenate([part.symbol for part in parts]),
        np.concatenate([part.amount_cents for part in parts]),
    )


def _moved(state: ClientState, moves: CashMoves) -> ClientState:
    cash = state.cash.copy()
    np.add.at(cash, moves.account, moves.cash)
    return ClientState(state.holdings, cash)
