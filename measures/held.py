"""Risk of the holdings of many accounts, some at a time, so that memory does not grow with their number.

Each account is measured by itself: its figures do not depend on who is measured with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from measures.benchmark import beta, pairs_of
from measures.holdings import (
    Components,
    Holdings,
    Simulation,
    historical_components,
    historical_simulation,
    normal_components,
    normal_simulation,
    simulation,
)
from measures.measured import Codes, Column, Flags, Integers, Measured, Panel, Reason, measured, stacked
from measures.panels import counts
from measures.value_at_risk import CONFIDENCES, TailRisk

ACCOUNTS_AT_ONCE = 128
_PAIRS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True, eq=False)
class Accounts:
    """What accounts hold, weight 0 without capital, and which of them have capital: their value is positive."""

    holdings: Holdings
    has_capital: Flags


@dataclass(frozen=True, slots=True, eq=False)
class AccountRisk:
    """Per account, VaR and ES of what it holds by each method, and the days that they were measured on."""

    tails: tuple[TailRisk, ...]
    day_count: Column


@dataclass(frozen=True, slots=True, eq=False)
class PositionRisk:
    """Per position, its part of the account's VaR. ``reasons``: why there is none."""

    method: str
    confidence: float
    marginal: Column
    component: Column
    reasons: Codes


def account_risk(accounts: Accounts) -> AccountRisk:
    """VaR and ES of every account by historical simulation and by the normal distribution."""
    parts = [_tails_of(past) for past in _simulations(accounts.holdings)]
    no_capital = (~accounts.has_capital, Reason.NO_CAPITAL)
    tails = tuple(
        replace(
            found[0],
            value_at_risk=_together([one.value_at_risk for one in found], no_capital),
            expected_shortfall=_together([one.expected_shortfall for one in found], no_capital),
            is_doubtful=np.concatenate([one.is_doubtful for one in found]),
        )
        for found in zip(*(tails for tails, _days in parts), strict=True)
    )
    return AccountRisk(tails, np.concatenate([days for _tails, days in parts]))


def position_risk(accounts: Accounts) -> list[PositionRisk]:
    """Marginal and component VaR of every position, by each method and confidence."""
    lacks_capital = ~accounts.has_capital[accounts.holdings.row]
    parts = [_positions_of(past) for past in _simulations(accounts.holdings)]
    risks = []
    for found in zip(*parts, strict=True):
        reasons = np.concatenate([one.reasons for one in found])
        has_none = ((lacks_capital, Reason.NO_CAPITAL), (reasons, None))
        marginal, component = (
            measured(np.concatenate([getattr(one, name) for one in found]), *has_none)
            for name in ("marginal", "component")
        )
        risks.append(replace(found[0], marginal=marginal.values, component=component.values, reasons=component.reasons))
    return risks


def betas(scenarios: Panel, symbol: Integers, benchmark: Integers) -> Measured:
    """Beta of each symbol against its benchmark, both rows of ``scenarios``; a benchmark of -1 is none."""
    none = np.full((1, scenarios.shape[1]), np.nan)
    returns = np.concatenate([scenarios, none])
    (own, market), place = np.unique(np.stack([symbol, benchmark]), axis=1, return_inverse=True)
    slices = [slice(first, first + _PAIRS_AT_ONCE) for first in range(0, max(len(own), 1), _PAIRS_AT_ONCE)]
    found = stacked([beta(pairs_of(returns[own[some]], returns[market[some]])) for some in slices])
    return Measured(found.values[place], found.reasons[place])


def _simulations(holdings: Holdings) -> Iterator[Simulation]:
    for first in range(0, max(holdings.row_count, 1), ACCOUNTS_AT_ONCE):
        end = min(first + ACCOUNTS_AT_ONCE, holdings.row_count)
        positions = slice(*np.searchsorted(holdings.row, (first, end)))
        yield simulation(
            replace(
                holdings,
                row=holdings.row[positions] - first,
                symbol=holdings.symbol[positions],
                weight=holdings.weight[positions],
                row_count=end - first,
            )
        )


def _tails_of(past: Simulation) -> tuple[list[TailRisk], Column]:
    tails = [method(past, share) for method in (historical_simulation, normal_simulation) for share in CONFIDENCES]
    is_empty = tails[0].value_at_risk.reasons == Reason.NO_POSITIONS
    return tails, np.where(is_empty, 0.0, counts(past.returns))


def _positions_of(past: Simulation) -> list[PositionRisk]:
    methods = {"historical_simulation": historical_components, "normal": normal_components}
    return [
        _of_positions(past, method, confidence, components(past, confidence))
        for method, components in methods.items()
        for confidence in CONFIDENCES
    ]


def _of_positions(past: Simulation, method: str, confidence: float, parts: Components) -> PositionRisk:
    return PositionRisk(method, confidence, parts.marginal, parts.component, parts.total.reasons[past.holdings.row])


def _together(parts: list[Measured], no_capital: tuple[Flags, Reason]) -> Measured:
    found = stacked(parts)
    return measured(found.values, no_capital, (found.reasons, None))
