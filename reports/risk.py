"""Risk along the way: rolling windows, and the value at risk of each day held against the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measures import backtest as tests_of_forecasts
from measures.measurable import measurable
from measures.measured import Column, Measured, stacked
from measures.panels import windows_of_one
from measures.risk_rows import TAIL_RETURNS_LEAST, TAIL_WINDOW, WINDOWS
from measures.value_at_risk import CONFIDENCES, ewma, ewma_deviation, historical, ordered
from measures.window_risk import window_columns
from reports.figure import Figure, figure_of
from reports.portfolio import DayColumn


@dataclass(frozen=True, slots=True, eq=False)
class Rolling:
    """Measures of the windows that end on each day; NaN before a window is full."""

    length: int
    volatility: Column
    sharpe: Column


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Value at risk per day as it was known the evening before, NaN for none, and how it held."""

    method: str
    confidence: float
    value_at_risk: Column
    is_exception: np.ndarray
    days: int
    exceptions: int
    kupiec_p: Figure
    independence_p: Figure


@dataclass(frozen=True, slots=True, eq=False)
class RiskPath:
    """Of the days that have a return within measure: the days, their returns, rolling measures and forecasts."""

    days: DayColumn
    returns: Column
    rolling: list[Rolling]
    forecasts: list[Forecast]


def risk_path(days: DayColumn, daily: Column, risk_free: Column | None = None) -> RiskPath:
    """Days without a return within measure are left out before the windows are laid.

    Without a risk-free return it is 0.
    """
    is_counted = np.isfinite(measurable(daily))
    returns = daily[is_counted]
    rates = np.zeros(len(returns)) if risk_free is None else risk_free[is_counted]
    return RiskPath(
        days=days[is_counted],
        returns=returns,
        rolling=[_rolling(returns, rates, length) for length in WINDOWS],
        forecasts=_forecasts(returns) if len(returns) else [],
    )


def _rolling(returns: Column, rates: Column, length: int) -> Rolling:
    if not len(returns):
        return Rolling(length, returns, returns)
    laid, risk_free = windows_of_one(returns, length), windows_of_one(rates, length)
    columns = window_columns(laid, risk_free=risk_free, returns_least=length)
    return Rolling(length, columns["volatility"].values, columns["sharpe"].values)


def _forecasts(returns: Column) -> list[Forecast]:
    """Historical and EWMA at every confidence, each forecast standing on the day after its window."""
    laid = windows_of_one(returns, TAIL_WINDOW)
    panels = [laid.panel(rows) for rows in laid.slices()]
    deviation = stacked([ewma_deviation(panel) for panel in panels])
    rows = [ordered(panel) for panel in panels]
    forecasts = []
    for confidence in CONFIDENCES:
        past = stacked([historical(row, confidence, TAIL_RETURNS_LEAST).value_at_risk for row in rows])
        forecasts.append(_held("historical", confidence, past, returns))
        forecasts.append(_held("ewma", confidence, ewma(deviation, confidence).value_at_risk, returns))
    return forecasts


def _held(method: str, confidence: float, known: Measured, returns: Column) -> Forecast:
    value_at_risk = np.append(np.nan, known.values[:-1])
    found = tests_of_forecasts.backtest(returns, value_at_risk, confidence)
    return Forecast(
        method,
        confidence,
        value_at_risk,
        is_exception=-returns > value_at_risk,
        days=int(found.days[0]),
        exceptions=int(found.exceptions[0]),
        kupiec_p=figure_of(found.kupiec.p_value),
        independence_p=figure_of(found.independence.p_value),
    )
