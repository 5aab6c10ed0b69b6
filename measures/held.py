"""Risk of the holdings of many accounts: positions row by row, as a table has them, and the panels of ``holdings``.

Accounts are measured some at a time over the symbols that they hold, so that memory does not grow with accounts x
symbols, and each account by itself, so that its figures do not depend on who is measured with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from measures.benchmark import beta, pairs_of
from measures.holdings import Components, historical_components, historical_simulation, normal_components, simulated
from measures.measured import Codes, Column, Flags, Integers, Measured, Panel, Reason, measured
from measures.moments import moments_of
from measures.panels import counts
from measures.value_at_risk import CONFIDENCES, TailRisk, normal

ACCOUNTS_AT_ONCE = 128


@dataclass(frozen=True, slots=True, eq=False)
class Holdings:
    """Positions, the accounts in ascending order. ``account`` and ``symbol`` are places in other columns.

    ``weight`` is a fraction of the account's value. ``has_capital`` (one per account): that value is positive.
    ``scenarios`` (days x symbols): past returns, NaN where there is none.
    """

    account: Integers
    symbol: Integers
    weight: Column
    has_capital: Flags
    scenarios: Panel


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


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Some accounts: where in their panels each of their positions is, and the panels."""

    row: Integers
    column: Integers
    weights: Panel
    scenarios: Panel


def account_risk(holdings: Holdings) -> AccountRisk:
    """VaR and ES of every account by historical simulation and by the normal distribution."""
    parts = [_tails_of(part) for part in _parts(holdings)]
    no_capital = (~holdings.has_capital, Reason.NO_CAPITAL)
    tails = tuple(
        TailRisk(
            found[0].method,
            found[0].confidence,
            _together([one.value_at_risk for one in found], no_capital),
            _together([one.expected_shortfall for one in found], no_capital),
            np.concatenate([one.is_doubtful for one in found]),
        )
        for found in zip(*(tails for tails, _days in parts), strict=True)
    )
    return AccountRisk(tails, np.concatenate([days for _tails, days in parts]))


def position_risk(holdings: Holdings) -> list[PositionRisk]:
    """Marginal and component VaR of every position, by each method and confidence."""
    methods = {"historical_simulation": historical_components, "normal": normal_components}
    lacks_capital = ~holdings.has_capital[holdings.account]
    risks = []
    for method, components in methods.items():
        for confidence in CONFIDENCES:
            parts = [
                _of_positions(part, components(part.weights, part.scenarios, confidence)) for part in _parts(holdings)
            ]
            marginal, component, reasons = (np.concatenate(column) for column in zip(*parts, strict=True))
            has_none = ((lacks_capital, Reason.NO_CAPITAL), (reasons, None))
            one, other = (measured(column, *has_none) for column in (marginal, component))
            risks.append(PositionRisk(method, confidence, one.values, other.values, other.reasons))
    return risks


def betas(scenarios: Panel, symbol: Integers, benchmark: Integers) -> Measured:
    """Beta of each symbol against its benchmark, both columns of ``scenarios``; a benchmark of -1 is none."""
    days = _with_none(scenarios).T
    pairs, place = np.unique(np.stack([symbol, benchmark]), axis=1, return_inverse=True)
    found = beta(pairs_of(days[pairs[0]], days[pairs[1]]))
    return Measured(found.values[place], found.reasons[place])


def _parts(holdings: Holdings) -> Iterator[_Part]:
    count = len(holdings.has_capital)
    for first in range(0, max(count, 1), ACCOUNTS_AT_ONCE):
        end = min(first + ACCOUNTS_AT_ONCE, count)
        positions = slice(*np.searchsorted(holdings.account, (first, end)))
        symbols, column = np.unique(holdings.symbol[positions], return_inverse=True)
        row = holdings.account[positions] - first
        weights = np.zeros((end - first, len(symbols) + 1))
        weights[row, column] = np.nan_to_num(holdings.weight[positions])
        yield _Part(row, column, weights, _with_none(holdings.scenarios[:, symbols]))


def _with_none(scenarios: Panel) -> Panel:
    """The scenarios and, in the last column, a symbol without returns: who holds nothing holds nothing of that."""
    none: Panel = np.full((len(scenarios), 1), np.nan)
    return np.concatenate([scenarios, none], axis=1)


def _tails_of(part: _Part) -> tuple[list[TailRisk], Column]:
    past = simulated(part.weights, part.scenarios)
    moments = moments_of(past)
    tails = [historical_simulation(part.weights, part.scenarios, confidence) for confidence in CONFIDENCES]
    empty = ~(part.weights != 0).any(axis=1)
    for confidence in CONFIDENCES:
        tail = normal(moments, confidence)
        value, shortfall = (
            measured(one.values, (empty, Reason.NO_POSITIONS), (one.reasons, None))
            for one in (tail.value_at_risk, tail.expected_shortfall)
        )
        tails.append(TailRisk(tail.method, confidence, value, shortfall, tail.is_doubtful))
    return tails, np.where(empty, 0.0, counts(past))


def _of_positions(part: _Part, components: Components) -> tuple[Column, Column, Codes]:
    at = part.row, part.column
    return components.marginal[at], components.component[at], components.total.reasons[part.row]


def _together(parts: list[Measured], no_capital: tuple[Flags, Reason]) -> Measured:
    values, reasons = (np.concatenate([getattr(part, name) for part in parts]) for name in ("values", "reasons"))
    return measured(values, no_capital, (reasons, None))
