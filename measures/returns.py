"""Returns over a period: cumulative, annualised, Modified Dietz.

References: GIPS 2020 (time-weighted, no annualising below a year); Dietz 1966; Bank Administration Institute 1968.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from measures.measured import Column, Integers, Measured, Panel, Reason, measured, quiet
from measures.panels import as_panel, counts, growth_factors, is_defined

DAYS_OF_YEAR: Final = 365
_LINE_LEAST: Final = 3


@dataclass(frozen=True, slots=True, eq=False)
class Periods:
    """Per row a period: value at the close of ``start_day`` and of ``end_day`` (day numbers), and the flows between.

    ``flow_row`` says to which row a flow belongs; a positive ``flow_amount`` is money paid in. Flows are independent of
    how profit and loss arose.
    """

    start_day: Integers
    end_day: Integers
    start_value: Column
    end_value: Column
    flow_row: Integers
    flow_day: Integers
    flow_amount: Column

    def __len__(self) -> int:
        return len(self.start_day)

    @property
    def days(self) -> Integers:
        """Length of every period."""
        return self.end_day - self.start_day


@quiet
def cumulative(panel: Panel) -> Measured:
    """product(1 + r) - 1; -1 once a day has lost everything or more. An undefined return does not break the chain."""
    panel = as_panel(panel)
    growth = growth_factors(panel).prod(axis=1)
    return measured(growth - 1, (counts(panel) == 0, Reason.TOO_FEW_RETURNS))


@quiet
def annualised(total: Measured, days: Column | Integers) -> Measured:
    """(1 + R)^(365 / days) - 1 from 365 days on; -1 when everything or more was lost."""
    growth = np.maximum(1 + total.values, 0.0)
    rate = growth ** (DAYS_OF_YEAR / np.asarray(days, dtype=np.float64)) - 1
    short = (np.asarray(days) < DAYS_OF_YEAR, Reason.NOT_ANNUALISED_BELOW_A_YEAR)
    return measured(rate, (total.reasons, None), short)


@quiet
def stability(panel: Panel) -> Measured:
    """How straight the way was: R^2 of the line through the logarithm of wealth; 1 is steady growth or steady loss."""
    panel = as_panel(panel)
    defined, count = is_defined(panel), counts(panel)
    path = np.where(defined, np.log1p(np.where(defined, panel, 0.0)), 0.0).cumsum(axis=1)
    height = np.where(defined, path - (np.where(defined, path, 0.0).sum(axis=1) / count)[:, None], 0.0)
    time = np.where(defined, defined.cumsum(axis=1) - ((count + 1) / 2)[:, None], 0.0)
    squares = (height * height).sum(axis=1)
    straightness = (time * height).sum(axis=1) ** 2 / ((time * time).sum(axis=1) * squares)
    too_few, is_lost = (count < _LINE_LEAST, Reason.TOO_FEW_RETURNS), np.nanmin(panel, axis=1, initial=np.inf) <= -1
    return measured(straightness, too_few, (is_lost, Reason.WIPED_OUT), (squares == 0, Reason.NO_VARIATION))


@quiet
def modified_dietz(periods: Periods) -> Measured:
    """(V1 - V0 - sum F) / (V0 + sum w F), where w is the share of the period that lies after the flow."""
    remaining = (periods.end_day[periods.flow_row] - periods.flow_day) / periods.days[periods.flow_row]
    flows = _sum_by_row(periods, periods.flow_amount)
    capital = periods.start_value + _sum_by_row(
        periods, np.where(np.isfinite(remaining), remaining, 0.0) * periods.flow_amount
    )
    gain = periods.end_value - periods.start_value - flows
    return measured(gain / capital, (~(capital > 0), Reason.NO_CAPITAL))


def _sum_by_row(periods: Periods, amounts: Column) -> Column:
    sums = np.bincount(periods.flow_row, weights=amounts, minlength=len(periods))
    return sums.astype(np.float64)
