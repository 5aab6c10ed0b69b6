"""The figures of tests/fixtures/risk_examples, and how navlog's measures are asked for the same.

The cases are shorter than what navlog publishes a figure for, so the least number of returns is set low.
"""

import csv
import json
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.moments import moments_of
from measures.money_weighted import xirr
from measures.panels import as_panel, windows_of_one
from measures.ratios import daily_rate
from measures.returns import Periods

ROOT = Path(__file__).resolve().parents[3]
FIXTURES = ROOT / "tests" / "fixtures"
EXAMPLES = FIXTURES / "risk_examples"
RECORD = ROOT / "docs" / "decisions" / "0014-measures-that-follow-other-conventions.md"
PERIODS = {"": 252, "daily": 252, "weekly": 52, "monthly": 12, "yearly": 1}


def rows_of(name):
    with (EXAMPLES / name).open() as file:
        return list(csv.DictReader(file))


def departures():
    """Case and figure -> theirs and ours, as the decision lists them."""
    lines = [line.strip("| ").split(" | ") for line in RECORD.read_text().splitlines() if line.startswith("| `")]
    return {(cells[0].strip("`"), cells[1].strip("`")): (cells[2], cells[3]) for cells in lines}


@cache
def empyrical_series():
    series = pd.read_csv(EXAMPLES / "empyrical_series.csv").groupby("series")
    return {name: pd.Series(rows["value"].to_numpy(float), index=rows["date"]) for name, rows in series}


def series(name):
    if name in {"", "0.0", "empty_returns"}:
        return pd.Series(dtype=float)
    return empyrical_series()[name]


class Call:
    """One row of empyrical_cases.csv with what its function is given."""

    def __init__(self, row):
        self.row, self.name = row, row["function"]
        self.own, self.market = series(row["series"]), series(row["benchmark"])
        self.periods = PERIODS[row["period"]]

    def number(self, field):
        return float(self.row[field] or 0)

    def panels(self):
        """Own and benchmark returns on the days of both series; whole series, or rolling windows."""
        both = pd.concat([self.own, self.market], axis=1, keys=["own", "market"]).sort_index()
        own, market = both["own"].to_numpy(float), both["market"].to_numpy(float)
        if not self.row["window"]:
            return as_panel(own), as_panel(market)
        length = int(self.row["window"])
        laid = [windows_of_one(column, length).panel(slice(length - 1, None)) for column in (own, market)]
        return laid[0], laid[1]

    def pairs(self, sign=0):
        """All days, or those on which the benchmark rose (1) or fell (-1)."""
        own, market = self.panels()
        if sign:
            own, market = (np.where(np.sign(market) == sign, panel, np.nan) for panel in (own, market))
        return benchmark.pairs_of(own, market)

    def annual(self, values):
        """empyrical compounds to a year by the number of returns, also below a year."""
        total = returns.cumulative(as_panel(values)).values
        return (1 + total) ** (self.periods / len(values)) - 1


def both_columns(first, second):
    return np.column_stack([first.values, second.values]).ravel()


def alpha_beta(call, sign=0):
    pairs = call.pairs(sign)
    return both_columns(benchmark.alpha(pairs, pairs_least=2), benchmark.beta(pairs, pairs_least=2))


def up(call):
    return benchmark.up_capture(call.pairs(), compounded_days=252, pairs_least=1).values


def down(call):
    return benchmark.down_capture(call.pairs(), compounded_days=252, pairs_least=1).values


def aggregated(call):
    days = pd.to_datetime(call.own.index)
    week = days.isocalendar()
    key = {
        "weekly": [week["year"].to_numpy(), week["week"].to_numpy()],
        "quarterly": [days.year, days.quarter],
        "yearly": [days.year],
    }[call.row["convert_to"]]
    parts = [part.to_numpy() for _, part in call.own.groupby(key)]
    return np.concatenate([returns.cumulative(part).values for part in parts])


def cumulated(call):
    return call.number("starting_value") * drawdowns.wealth(call.own)[0]


def sharpe(call):
    return ratios.sharpe(moments_of(call.own), periods=call.periods).values if len(call.own) else np.full(1, np.nan)


def rolled_sharpe(call):
    length = int(call.row["window"])
    return ratios.sharpe(moments_of(windows_of_one(call.own.to_numpy(), length).panel(slice(length - 1, None)))).values


def omega(call):
    return ratios.omega(moments_of(call.own, daily_rate(call.number("required_return")))).values


def tail(call):
    return value_at_risk.historical(value_at_risk.ordered(call.own), 1 - call.number("cutoff"))


OURS = {
    "cum_returns": cumulated,
    "cum_returns_final": lambda call: returns.cumulative(call.own).values,
    "aggregate_returns": aggregated,
    "max_drawdown": lambda call: drawdowns.max_and_current_drawdown(call.own)[0].values,
    "annual_return": lambda call: call.annual(call.own),
    "cagr": lambda call: call.annual(call.own),
    "annual_volatility": lambda call: ratios.volatility(moments_of(call.own), call.periods).values,
    "omega_ratio": omega,
    "sharpe_ratio": sharpe,
    "roll_sharpe_ratio": rolled_sharpe,
    "downside_risk": lambda call: ratios.downside_deviation(moments_of(call.own), call.periods).values,
    "sortino_ratio": lambda call: ratios.sortino(moments_of(call.own), periods=call.periods).values,
    "excess_sharpe": lambda call: benchmark.information_ratio(call.pairs(), periods=1, pairs_least=2).values,
    "alpha_beta": alpha_beta,
    "roll_alpha_beta": alpha_beta,
    "up_alpha_beta": lambda call: alpha_beta(call, 1),
    "down_alpha_beta": lambda call: alpha_beta(call, -1),
    "alpha": lambda call: benchmark.alpha(call.pairs(), pairs_least=2).values,
    "beta": lambda call: benchmark.beta(call.pairs(), pairs_least=2).values,
    "stability_of_timeseries": lambda call: returns.stability(call.own).values,
    "tail_ratio": lambda call: value_at_risk.tail_ratio(value_at_risk.ordered(call.own)).values,
    "capture": lambda call: call.annual(call.own) / call.annual(call.market),
    "up_capture": up,
    "roll_up_capture": up,
    "roll_down_capture": down,
    "up_down_capture": lambda call: up(call) / down(call),
    "value_at_risk": lambda call: -tail(call).value_at_risk.values,
    "conditional_value_at_risk": lambda call: -tail(call).expected_shortfall.values,
}


# -- the cases of series_cases.json ------------------------------------------------------------------------------------


def day_number(text):
    return date.fromisoformat(text).toordinal()


def series_cases():
    return json.loads((EXAMPLES / "series_cases.json").read_text())


def figure(case, check):
    given, metric = case["input"], check["metric"]
    if case["kind"] == "irr":
        return rate_of(given["flows"])
    if case["kind"] == "roi":
        return roi(given["events"], check["at"]["begin"], check["at"]["end"])[metric]
    return SERIES[metric](given)


def rate_of(flows):
    """Flows from the investor's side: the first is the value at the start, the last that at the end."""
    first, *between, last = [(day_number(flow["date"]), float(flow["amount"])) for flow in flows]
    period = Periods(
        *(np.array([number]) for number in (first[0], last[0])),
        *(np.array([amount]) for amount in (-first[1], last[1])),
        np.zeros(len(between), np.int64),
        np.array([day for day, _ in between]),
        np.array([-amount for _, amount in between]),
    )
    return xirr(period).rate.values[0]


def by_date(path, start):
    begin = date.fromisoformat(start)
    return path, np.array([(begin + timedelta(days=number)).toordinal() for number in range(len(path))])


def numbers(texts):
    return np.array([float(text) for text in texts])


def daily_returns_of(path):
    return path[1:] / path[:-1] - 1


def longest_recovery(given):
    found = drawdowns.episodes(*by_date(numbers(given["equity"]), given["start_date"]))
    return found.days[found.has_recovered].max(initial=0)


def money_fall(given):
    held = float(given["quantity"]) * (1 if given["side"] == "LONG" else -1)
    return -drawdowns.falls(held * numbers(given["prices"])).min()


def high(given):
    inside = [row for row in given["prices"] if given["interval"]["start"] < row["date"] <= given["interval"]["end"]]
    closes = numbers(row["close"] for row in inside)
    last_high = np.flatnonzero(drawdowns.falls(closes) == 0)[-1]
    return closes, closes[last_high], inside[last_high]["date"]


def year_moments(given):
    return ratios.volatility(moments_of(numbers(given["returns"])), float(given.get("periods_per_year", 1))).values[0]


def yearly_tracking_error(given):
    pairs = benchmark.pairs_of(numbers(given["returns"]), numbers(given["benchmark"]))
    return benchmark.tracking_error(pairs, float(given["periods_per_year"]), pairs_least=2).values[0]


def deepest(given):
    path = 1 + numbers(given["cumulative_returns"])
    return drawdowns.max_and_current_drawdown(daily_returns_of(path))[0].values[0]


SERIES = {
    "max_drawdown": deepest,
    "volatility_sample": year_moments,
    "annual_volatility": year_moments,
    "annual_variance": lambda given: year_moments(given) ** 2,
    "tracking_error": yearly_tracking_error,
    "trade_max_drawdown_amount": money_fall,
    "longest_drawdown_recovery_days": longest_recovery,
    "all_time_high": lambda given: high(given)[1],
    "all_time_high_date": lambda given: high(given)[2],
    "distance_from_high": lambda given: drawdowns.falls(high(given)[0])[-1],
}


def roi(events, begin, end):
    """hledger's report of a period [begin, end], from values and flows day by day; a day's value is carried forward.

    It counts a year of 365.25 days and lets money work until the day after the end: both are bridged here.
    """
    first, last = day_number(begin), day_number(end)
    values, flows = valued(events, last)
    inside = {day: amount for day, amount in flows.items() if first <= day <= last}
    start, finish = values[first - 1], values[last]
    daily = [time_weighted(values[day], values[day - 1], flows.get(day, 0.0)) for day in range(first, last + 1)]
    period = Periods(
        *(np.array([number]) for number in (first, last + 1)),
        *(np.array([amount]) for amount in (start, finish)),
        np.zeros(len(inside), np.int64),
        np.array(list(inside), np.int64),
        np.array(list(inside.values()), float),
    )
    twr, years = returns.cumulative(daily).values[0], (last + 1 - first) / 365.25
    irr = xirr(period).rate.values[0] if inside or start else 0.0
    return {
        "value_begin": start,
        "cashflow": sum(inside.values()),
        "value_end": finish,
        "pnl": finish - start - sum(inside.values()),
        "irr_annual_pct": 100 * ((1 + irr) ** (365.25 / 365) - 1),
        "twr_period_pct": 100 * (0.0 if np.isnan(twr) else twr),
        "twr_annual_pct": 100 * ((1 + (0.0 if np.isnan(twr) else twr)) ** (1 / years) - 1),
    }


def time_weighted(value, before, flow):
    capital = before + max(flow, 0.0)
    return (value + max(-flow, 0.0)) / capital - 1 if capital > 0 else np.nan


def valued(events, last):
    """Value at the end of each day, and the flow of each day."""
    days = {day_number(event["date"]) for event in events}
    cash, held, prices, stated, values, flows = 0.0, {}, {}, None, {}, {}
    for day in range(min(days) - 400, last + 1):
        for event in (event for event in events if day_number(event["date"]) == day):
            if event["type"] == "PRICE":
                prices[event["symbol"]] = float(event["close"])
            elif event["type"] == "VALUE":
                stated = float(event["value"])
            elif event["type"] == "TRADE":
                quantity = float(event["quantity"])
                held[event["symbol"]] = held.get(event["symbol"], 0.0) + quantity
                flows[day] = flows.get(day, 0.0) + float(
                    event.get("gross_amount", quantity * float(event.get("price", 0)))
                )
            else:
                amount = float(event["amount"]) * (1 if event["kind"] == "DEPOSIT" else -1)
                flows[day] = flows.get(day, 0.0) + amount
                cash += amount
                stated = None if stated is None else stated + amount
        values[day] = cash + sum(q * prices[s] for s, q in held.items()) if stated is None else stated
    return values, flows
