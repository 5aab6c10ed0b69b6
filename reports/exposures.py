"""What is held, over time and today, and what each symbol has added to the return."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from measures.attribution import contribution
from measures.exposure import Exposure, exposure
from reports.figure import Figure, figures_of
from reports.portfolio import CASH, Portfolio

NO_SECTOR = "No sector stated"


@dataclass(frozen=True, slots=True)
class Weight:
    """An amount held (negative: short) and its share of total value; None without positive value."""

    name: str
    amount: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Contributed:
    """What a symbol, or cash and costs, has added to the return since the start."""

    symbol: str
    part: Figure


@dataclass(frozen=True, slots=True, eq=False)
class Exposures:
    """Exposure per day, today's by sector and by symbol, and contributions, the largest first."""

    path: Exposure
    is_ever_short: bool
    by_sector: list[Weight]
    by_symbol: list[Weight]
    contributions: list[Contributed]


def exposures_of(portfolio: Portfolio) -> Exposures:
    """Everything that follows from what is held; symbols are netted over the accounts of the sheet."""
    held = portfolio.holdings.amounts if portfolio.holdings.symbols else np.zeros((len(portfolio.days), 1))
    path = exposure(held, portfolio.total_value)
    return Exposures(
        path=path,
        is_ever_short=bool((path.short < 0).any()),
        by_sector=_by_sector(portfolio),
        by_symbol=[_weight(portfolio, one.symbol, float(one.market_value)) for one in portfolio.positions],
        contributions=_contributions(portfolio),
    )


def _by_sector(portfolio: Portfolio) -> list[Weight]:
    amounts: dict[str, float] = defaultdict(float)
    for position in portfolio.positions:
        amounts[position.sector or NO_SECTOR] += float(position.market_value)
    sectors = [_weight(portfolio, sector, amount) for sector, amount in amounts.items()]
    cash = _weight(portfolio, "Cash", float(portfolio.amounts[-1].cash_balance))
    return [*sorted(sectors, key=lambda one: -abs(one.amount)), cash]


def _weight(portfolio: Portfolio, name: str, amount: float) -> Weight:
    value = float(portfolio.total_value[-1])
    return Weight(name, amount, amount / value if value > 0 else None)


def _contributions(portfolio: Portfolio) -> list[Contributed]:
    profits = portfolio.profits
    if not profits.symbols:
        return []
    parts = figures_of(contribution(profits.amounts, portfolio.capital).linked)
    named = ["Cash and charges" if symbol == CASH else symbol for symbol in profits.symbols]
    listed = [Contributed(name, part) for name, part in zip(named, parts, strict=True)]
    return sorted(listed, key=lambda one: -(np.inf if one.part.value is None else one.part.value))
