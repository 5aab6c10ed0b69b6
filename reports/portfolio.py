"""Some accounts together as arrays: what the published tables say of them, day by day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from flows.lake import Publication
from measures.measured import Column, Integers, Panel
from reports.selection import Selection

CASH: Final = "$CASH"
"""What no symbol earned or cost stands under this name in fact_pnl_daily."""

DayColumn = NDArray[np.datetime64]
"""Valuation days, ascending."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """Exact amounts at the close of one day: values of that day, and what came about up to it."""

    total_value: Decimal
    cash_balance: Decimal
    deposits: Decimal
    withdrawals: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    income: Decimal
    fees: Decimal
    taxes: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class BySymbol:
    """One amount per day (rows) and symbol (columns); 0 where there is none."""

    symbols: tuple[str, ...]
    amounts: Panel


@dataclass(frozen=True, slots=True)
class Position:
    """What is held of a symbol at the end of the last day, over all accounts of the sheet."""

    symbol: str
    name: str | None
    sector: str | None
    quantity: Decimal
    cost_basis: Decimal
    close_price: Decimal
    is_price_stale: bool
    market_value: Decimal
    unrealized_pnl: Decimal


@dataclass(frozen=True, slots=True, eq=False)
class Benchmark:
    """What the accounts are measured against: a return per day of the portfolio, NaN where it has none."""

    name: str
    returns: Column


@dataclass(frozen=True, eq=False)
class Portfolio:
    """Everything a sheet is computed from. ``inflow`` and ``outflow`` leave out what moved between its accounts."""

    selection: Selection
    publication: Publication
    days: DayColumn
    amounts: Sequence[Amounts]
    inflow: Column
    outflow: Column
    moved_within: Decimal
    holdings: BySymbol
    profits: BySymbol
    positions: tuple[Position, ...]
    stale_days: dict[str, DayColumn]
    benchmark: Benchmark | None
    risk_free: Benchmark | None

    @cached_property
    def total_value(self) -> Column:
        """Value at the close of every day."""
        return np.array([float(one.total_value) for one in self.amounts], np.float64)

    @cached_property
    def net_deposits(self) -> Column:
        """What was paid in less what was taken out, up to every day."""
        return np.array([float(one.deposits - one.withdrawals) for one in self.amounts], np.float64)

    @cached_property
    def capital(self) -> Column:
        """What every day could earn on: the value of the day before and what was paid in."""
        before = np.concatenate([np.zeros(1), self.total_value])[: len(self.days)]
        return before + self.inflow

    @cached_property
    def day_numbers(self) -> Integers:
        """The days as whole numbers."""
        return self.days.astype("datetime64[D]").astype(np.int64)
