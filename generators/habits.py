"""How clients decide: each habit is a named strategy that says what its followers would like to hold.

Wishes are floats, for they are opinions; ``clients.trade`` turns them into exact orders that cash and holdings allow.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final, Protocol

import numpy as np

from generators.business_calendar import is_first_business_day_from
from generators.columns import Reals


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """What the followers of one habit own in the morning.

    ``holdings`` is accounts x symbols in units (negative: short), ``cash_usd`` per account, ``closes_usd`` per symbol.
    """

    holdings: Reals
    cash_usd: Reals
    closes_usd: Reals


class Strategy(Protocol):
    """Anything that knows what it would like to hold."""

    def wishes(self, standing: Standing, day: date, generator: np.random.Generator) -> Reals:
        """Return the wished holdings, accounts x symbols, in units; what is not to change keeps its value."""


@dataclass(frozen=True, slots=True)
class TargetWeights:
    """Now and then picks a symbol and brings it to a random share of the account's value.

    A ``weight_least`` below zero sells short, and flips through zero when one wish follows another of opposite sign.
    ``exit_chance`` is the probability that the wish is to own nothing of the symbol at all.
    """

    orders_per_day: float
    weight_least: float
    weight_most: float
    exit_chance: float

    def wishes(self, standing: Standing, day: date, generator: np.random.Generator) -> Reals:
        """Return the holdings with the symbols of the day at their new weight."""
        shape = standing.holdings.shape
        is_picked = generator.random(shape) < self.orders_per_day / shape[1]
        weight = generator.uniform(self.weight_least, self.weight_most, shape)
        weight = np.where(generator.random(shape) < self.exit_chance, 0.0, weight)
        value_usd = np.maximum(0.0, standing.cash_usd + standing.holdings @ standing.closes_usd)
        wished = weight * value_usd[:, np.newaxis] / standing.closes_usd
        return np.where(is_picked, wished, standing.holdings)


@dataclass(frozen=True, slots=True)
class MonthlySaving:
    """On the first business day of a month spreads its cash over a few symbols, and never sells."""

    orders_per_month: float
    share_of_cash: float

    def wishes(self, standing: Standing, day: date, generator: np.random.Generator) -> Reals:
        """Return the holdings plus what the month's savings buy."""
        if not is_first_business_day_from(day, 1):
            return standing.holdings
        shape = standing.holdings.shape
        is_picked = generator.random(shape) < self.orders_per_month / shape[1]
        pick_count = np.maximum(1, is_picked.sum(axis=1, keepdims=True))
        spent_usd = self.share_of_cash * standing.cash_usd[:, np.newaxis] / pick_count
        return standing.holdings + np.where(is_picked, spent_usd / standing.closes_usd, 0.0)


@dataclass(frozen=True, slots=True)
class Habit:
    """A kind of client. Quantities are multiples of ``step`` ten-thousandths of a unit (10,000: whole shares)."""

    name: str
    strategy: Strategy
    step: int
    first_deposit_cents: int
    monthly_deposit_cents: int
    withdrawals_per_year: int


WHOLE_UNIT: Final = 10_000
"""Ten-thousandths of a unit in one unit."""

LONG_ONLY: Final = Habit(
    name="LONG_ONLY",
    strategy=TargetWeights(orders_per_day=0.6, weight_least=0.02, weight_most=0.20, exit_chance=0.15),
    step=WHOLE_UNIT,
    first_deposit_cents=100_000_00,
    monthly_deposit_cents=0,
    withdrawals_per_year=2,
)
ACTIVE: Final = Habit(
    name="ACTIVE",
    strategy=TargetWeights(orders_per_day=4.0, weight_least=0.0, weight_most=0.15, exit_chance=0.35),
    step=WHOLE_UNIT,
    first_deposit_cents=250_000_00,
    monthly_deposit_cents=0,
    withdrawals_per_year=4,
)
SHORT_SELLER: Final = Habit(
    name="SHORT_SELLER",
    strategy=TargetWeights(orders_per_day=1.0, weight_least=-0.12, weight_most=0.12, exit_chance=0.15),
    step=WHOLE_UNIT,
    first_deposit_cents=150_000_00,
    monthly_deposit_cents=0,
    withdrawals_per_year=1,
)
MONTHLY_SAVER: Final = Habit(
    name="MONTHLY_SAVER",
    strategy=MonthlySaving(orders_per_month=4.0, share_of_cash=0.97),
    step=1,
    first_deposit_cents=1_000_00,
    monthly_deposit_cents=500_00,
    withdrawals_per_year=0,
)
