"""How the value at the start of a period became that at its end, to the last digit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from measures.measured import Column
from reports.figure import Figure
from reports.performance import linked
from reports.portfolio import Amounts, Portfolio

_BEFORE_ALL: Final = -1
_NOTHING: Final = Amounts(*(Decimal(0),) * 9)


@dataclass(frozen=True, slots=True)
class Bridge:
    """Start value + deposits - withdrawals + realized + unrealized + income - fees - taxes = end value."""

    name: str
    start_value: Decimal
    deposits: Decimal
    withdrawals: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    income: Decimal
    fees: Decimal
    taxes: Decimal
    end_value: Decimal
    time_weighted: Figure

    @property
    def pnl(self) -> Decimal:
        """What was earned after fees and taxes."""
        return self.realized_pnl + self.unrealized_pnl + self.income - self.fees - self.taxes


def bridges_of(portfolio: Portfolio, daily: Column) -> list[Bridge]:
    """This month, this year, and since the start; of periods with the same first day the longest is told."""
    last = portfolio.days[-1]
    begins = {
        "This month": last.astype("datetime64[M]").astype("datetime64[D]"),
        "This year": last.astype("datetime64[Y]").astype("datetime64[D]"),
    }
    names = {int(np.searchsorted(portfolio.days, first_day)) - 1: name for name, first_day in begins.items()}
    names[_BEFORE_ALL] = "Since the start"
    return [_bridge(names[base], portfolio, daily, base) for base in sorted(names, reverse=True)]


def _bridge(name: str, portfolio: Portfolio, daily: Column, base: int) -> Bridge:
    """From the close of the day at a place to that of the last."""
    start, end = _NOTHING if base == _BEFORE_ALL else portfolio.amounts[base], portfolio.amounts[-1]
    return Bridge(
        name=name,
        start_value=start.total_value,
        deposits=end.deposits - start.deposits,
        withdrawals=end.withdrawals - start.withdrawals,
        realized_pnl=end.realized_pnl - start.realized_pnl,
        unrealized_pnl=end.unrealized_pnl - start.unrealized_pnl,
        income=end.income - start.income,
        fees=end.fees - start.fees,
        taxes=end.taxes - start.taxes,
        end_value=end.total_value,
        time_weighted=linked(daily[base + 1 :]),
    )
