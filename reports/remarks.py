"""What a sheet says in sentences: what its reader has to know of these figures in particular."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from measures.measurable import is_beyond_measure, is_beyond_measure_of_benchmark, measurable
from measures.measured import MEANING, Reason
from measures.risk_rows import TAIL_RETURNS_LEAST
from reports import words
from reports.performance import Performance
from reports.portfolio import DayColumn, Portfolio
from reports.risk import Forecast, RiskPath
from reports.staleness import runs_of, stale_days

SPANS_NAMED: Final = 8
LONG_GAP_DAYS: Final = 14
"""Longer than any holiday: so long without a valuation day is worth a word."""
UNLIKELY: Final = 0.05
"""A test speaks against a forecast when chance would do so once in twenty times."""


def remarks_of(portfolio: Portfolio, performance: Performance) -> list[str]:
    """Stale prices, gaps, returns that are few or left out, a total loss, transfers, days without capital, debts."""
    return [
        *_on_stale_prices(portfolio),
        *_on_gaps(portfolio.days),
        *_on_few_returns(performance),
        *_on_returns_beyond_measure(portfolio.days, performance),
        *_on_benchmark_beyond_measure(portfolio),
        *_on_losing_everything(portfolio.days, performance),
        *_on_money(portfolio, performance),
    ]


def benchmark_says(portfolio: Portfolio) -> str:
    """On how many days the benchmark has a return, or why there is none."""
    stated, benchmark = portfolio.selection.benchmark, portfolio.benchmark
    if benchmark is not None:
        has_return = np.isfinite(benchmark.returns)
        if has_return.all():
            return ""
        return (
            f"{benchmark.name} has a return on {has_return.sum():,} of {len(portfolio.days):,} days; on the others it "
            "counts as unchanged."
        )
    if stated is not None:
        return f"The benchmark {stated} is not shown: it has no prices of two valuation days in a row in this period."
    if any(account.benchmark for account in portfolio.selection.accounts):
        return "These accounts are not all measured against one benchmark, so none is shown."
    return ""


def rolling_says(path: RiskPath) -> str:
    """Which windows are left out, if any."""
    full = [rolling for rolling in path.rolling if np.isfinite(rolling.volatility).any()]
    if not full:
        return f"There is no full window of {path.rolling[0].length} daily returns yet, so there is nothing to draw."
    if len(full) < len(path.rolling):
        return f"There are {words.counted(len(path.days), 'daily return')}: windows that are not full are left out."
    return ""


def backtest_says(forecasts: Sequence[Forecast]) -> str:
    """What the first forecast and its tests amount to."""
    if not forecasts:
        return MEANING[Reason.TOO_FEW_RETURNS]
    first = forecasts[0]
    if not first.days:
        return f"There are too few returns to forecast from: a forecast needs {TAIL_RETURNS_LEAST}."
    expected, level = first.days * (1 - first.confidence), words.confidence(first.confidence)
    told = (
        f"On {first.exceptions:,} of {words.counted(first.days, 'day')} the loss was above the historical value at "
        f"risk ({level}) known the evening before; {expected:,.1f} were to be expected."
    )
    return " ".join([told, _kupiec_says(first, expected), _christoffersen_says(first)]).strip()


def _kupiec_says(forecast: Forecast, expected: float) -> str:
    p = forecast.kupiec_p.value
    if p is None:
        return ""
    if p >= UNLIKELY:
        return f"Kupiec's test has nothing against that number (p {words.probability(p)})."
    side = "more" if forecast.exceptions > expected else "fewer"
    return f"By Kupiec's test that is {side} than chance explains (p {words.probability(p)})."


def _christoffersen_says(forecast: Forecast) -> str:
    p = forecast.independence_p.value
    if p is None:
        return ""
    if p >= UNLIKELY:
        return f"Christoffersen's test finds no clusters (p {words.probability(p)})."
    return f"By Christoffersen's test they come in clusters (p {words.probability(p)})."


def _on_stale_prices(portfolio: Portfolio) -> list[str]:
    count = len(stale_days(portfolio))
    if not count:
        return []
    spans = [
        f"{symbol} {words.span(first, last)}"
        for symbol, days in portfolio.stale_days.items()
        for first, last in runs_of(portfolio.days, days)
    ]
    return [
        f"Shaded: {words.counted(count, 'day')} on which something held was valued at a price more than 5 valuation "
        f"days old ({_first_of(spans)})."
    ]


def _on_gaps(days: DayColumn) -> list[str]:
    places = np.flatnonzero(np.diff(days).astype(np.int64) > LONG_GAP_DAYS)
    if not len(places):
        return []
    gaps = [f"{words.day(days[place])} and {words.day(days[place + 1])}" for place in places]
    return [f"There is no valuation day between {_first_of(gaps)}; what changed meanwhile counts on the day after."]


def _on_few_returns(performance: Performance) -> list[str]:
    count = int(np.isfinite(measurable(performance.returns)).sum())
    if count >= TAIL_RETURNS_LEAST:
        return []
    return [f"There are only {words.counted(count, 'daily return')}: volatility and ratios say little."]


def _on_returns_beyond_measure(days: DayColumn, performance: Performance) -> list[str]:
    places = np.flatnonzero(is_beyond_measure(performance.returns))
    if not len(places):
        return []
    named = [f"{words.day(days[place])}: {words.signed_percent(float(performance.returns[place]))}" for place in places]
    return [
        f"Volatility, ratios, rolling charts and value at risk leave out {words.counted(len(places), 'day')} with a "
        f"return beyond 10,000 % either way ({_first_of(named)}): the capital had all but gone the day before. The "
        "linked return counts every day."
    ]


def _on_benchmark_beyond_measure(portfolio: Portfolio) -> list[str]:
    benchmark = portfolio.benchmark
    if benchmark is None:
        return []
    left_out = portfolio.days[is_beyond_measure_of_benchmark(benchmark.returns)]
    if not len(left_out):
        return []
    return [
        f"The measures against {benchmark.name} leave out {words.counted(len(left_out), 'day')} on which it lost "
        f"everything or more, or gained more than 10,000 % ({_first_of([words.day(day) for day in left_out])}). Its "
        "line beside the return counts every day."
    ]


def _on_losing_everything(days: DayColumn, performance: Performance) -> list[str]:
    """Said of the first such day: from there on nothing moves the linked return."""
    lost = np.flatnonzero(performance.growth == 0)
    if not len(lost):
        return []
    return [
        f"On {words.day(days[lost[0]])} everything or more was lost: from that day on the linked return and the "
        "drawdown are -100 %, whatever was paid in or earned later."
    ]


def _on_money(portfolio: Portfolio, performance: Performance) -> list[str]:
    remarks = []
    if portfolio.moved_within:
        remarks.append(
            f"{words.money(portfolio.moved_within)} {portfolio.selection.currency} moved between these accounts (paid "
            "into one on the day it was taken out of another) and counts neither as a deposit nor as a withdrawal."
        )
    undefined = int((~np.isfinite(performance.returns)).sum())
    if undefined:
        remarks.append(
            f"On {words.counted(undefined, 'day')} there was no capital to earn on (value before plus deposits was "
            "not above 0): such a day has no return and changes no linked one."
        )
    if portfolio.total_value[-1] < 0:
        remarks.append("The value is below zero: more is owed than is there.")
    if performance.money_weighted.is_ambiguous:
        remarks.append("The flows have several XIRR; shown is the one nearest the annualised Modified Dietz return.")
    return remarks


def _first_of(spans: Sequence[str]) -> str:
    more = len(spans) - SPANS_NAMED
    return ", ".join(spans[:SPANS_NAMED]) + (f" and {more:,} more" if more > 0 else "")
