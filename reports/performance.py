"""How the accounts of a sheet have done: returns, growth, drawdowns, and the same by month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from measures import returns
from measures.drawdowns import Episodes, drawdown, episodes, wealth
from measures.measurable import measurable, measurable_benchmark
from measures.measured import Column, Measured, Panel, quiet
from measures.money_weighted import xirr
from measures.panels import Windows, as_panel, windows
from measures.returns import Periods
from measures.risk_rows import TAIL_RETURNS_LEAST, TAIL_WINDOW
from measures.value_at_risk import TailRisk
from measures.window_risk import path_columns, window_columns, window_tails, yearly_columns
from reports.figure import Figure, figure_of, figures_of
from reports.portfolio import Benchmark, DayColumn, Portfolio

MONTHS_OF_YEAR: Final = 12


@dataclass(frozen=True, slots=True)
class YearOfReturns:
    """A year's return, and those of its months; None for a month without a valuation day."""

    year: int
    months: tuple[Figure | None, ...]
    total: Figure


@dataclass(frozen=True, slots=True)
class MoneyWeightedReturn:
    """The yearly rate, and whether it is one of several."""

    rate: Figure
    is_ambiguous: bool


@dataclass(frozen=True, slots=True, eq=False)
class Performance:
    """The whole history of a portfolio. Returns are fractions, NaN on a day with nothing to earn on.

    ``figures`` are the columns of ``measures.window_risk`` by name; ``tails`` are VaR and ES of the latest returns, by
    method and confidence. Growth, drawdown and what follows from them count every return, risk those that are
    ``measurable``.
    """

    returns: Column
    growth: Column
    drawdown: Column
    benchmark_growth: Column | None
    episodes: Episodes
    figures: dict[str, Figure]
    tails: list[TailRisk]
    money_weighted: MoneyWeightedReturn
    years: list[YearOfReturns]


def performance_of(portfolio: Portfolio) -> Performance:
    """Everything that follows from values and flows of at least one day."""
    daily = daily_returns(portfolio)
    growth = wealth(daily)[0]
    first_day = portfolio.day_numbers[:1]
    return Performance(
        returns=daily,
        growth=growth,
        drawdown=drawdown(daily)[0],
        benchmark_growth=_growth_of(portfolio.benchmark),
        episodes=episodes(np.append(1.0, growth), np.append(first_day, portfolio.day_numbers)),
        figures={name: figure_of(column) for name, column in _columns(portfolio, daily).items()},
        tails=window_tails(_latest(measurable(daily)), TAIL_RETURNS_LEAST),
        money_weighted=_money_weighted(portfolio),
        years=years_of(portfolio.days, daily),
    )


def _columns(portfolio: Portfolio, daily: Column) -> dict[str, Measured]:
    """As in the tables: the linked return and the drawdown are of all days, risk is of those within measure."""
    risk = window_columns(
        _whole(measurable(daily)),
        _whole(measurable_benchmark(portfolio.benchmark.returns)) if portfolio.benchmark else None,
        risk_free=_whole(portfolio.risk_free.returns) if portfolio.risk_free else None,
    )
    path = path_columns(as_panel(daily))
    days = portfolio.day_numbers[-1:] - portfolio.day_numbers[:1]
    return risk | path | yearly_columns(path["cumulative_return"], path["max_drawdown"], days)


@quiet
def daily_returns(portfolio: Portfolio) -> Column:
    """(V + withdrawals) / (V before + deposits) - 1; none on a day without capital (docs/definitions.md)."""
    capital = portfolio.capital
    earned = (portfolio.total_value + portfolio.outflow) / capital - 1
    return np.where(capital > 0, earned, np.nan)


def linked(daily: Column) -> Figure:
    """The return over all of these days."""
    return figure_of(returns.cumulative(daily))


def years_of(days: DayColumn, daily: Column) -> list[YearOfReturns]:
    """Daily returns linked by month and by year."""
    month_of_day = days.astype("datetime64[M]").astype(np.int64)
    months = dict(zip(np.unique(month_of_day), figures_of(returns.cumulative(_rows(month_of_day, daily))), strict=True))
    year_of_day = days.astype("datetime64[Y]").astype(np.int64)
    totals = figures_of(returns.cumulative(_rows(year_of_day, daily)))
    return [
        YearOfReturns(
            int(year) + _EPOCH_YEAR,
            tuple(months.get(year * MONTHS_OF_YEAR + month) for month in range(MONTHS_OF_YEAR)),
            total,
        )
        for year, total in zip(np.unique(year_of_day), totals, strict=True)
    ]


_EPOCH_YEAR: Final = 1970


def _rows(group_of_day: np.ndarray, daily: Column) -> Panel:
    """A panel with a row for each group of days."""
    _, row, counts = np.unique(group_of_day, return_inverse=True, return_counts=True)
    place = np.arange(len(daily)) - (np.cumsum(counts) - counts)[row]
    panel = np.full((len(counts), counts.max(initial=1)), np.nan)
    panel[row, place] = daily
    return panel


def _whole(daily: Column) -> Windows:
    return windows(daily, np.zeros(1, np.int64), np.array([len(daily) - 1]), len(daily))


def _latest(daily: Column) -> Windows:
    """The last defined returns, as many as VaR and ES look at."""
    defined = daily[np.isfinite(daily)]
    defined = defined if len(defined) else np.array([np.nan])
    return windows(defined, np.zeros(1, np.int64), np.array([len(defined) - 1]), TAIL_WINDOW)


def _growth_of(benchmark: Benchmark | None) -> Column | None:
    return None if benchmark is None else wealth(benchmark.returns)[0]


def _money_weighted(portfolio: Portfolio) -> MoneyWeightedReturn:
    """Act/365 from the first flow to the last day, on which what is there comes out."""
    numbers, flow = portfolio.day_numbers, portfolio.inflow - portfolio.outflow
    measured = xirr(
        Periods(
            start_day=numbers[:1],
            end_day=numbers[-1:],
            start_value=np.zeros(1),
            end_value=portfolio.total_value[-1:],
            flow_row=np.zeros(len(numbers), np.int64),
            flow_day=numbers,
            flow_amount=flow,
        )
    )
    return MoneyWeightedReturn(figure_of(measured.rate), bool(measured.is_ambiguous[0]))
