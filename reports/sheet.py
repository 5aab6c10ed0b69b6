"""A tear sheet as its page shows it: everything is computed and put into words here, nothing in the template."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from measures.value_at_risk import TailRisk
from reports import charts, holdings_tables, risk_tables, tables, words
from reports.bridge import Bridge, bridges_of
from reports.cells import Cell, Notes, Table, tone_of
from reports.charts import Chart
from reports.exposures import exposures_of
from reports.figure import Figure, figure_of, scaled
from reports.performance import Performance, performance_of
from reports.portfolio import Portfolio
from reports.remarks import backtest_says, benchmark_says, remarks_of, rolling_says
from reports.risk import RiskPath, risk_path
from reports.selection import Selection
from reports.staleness import stale_runs

ACCOUNTS_LISTED: Final = 12
NAMES_LISTED: Final = 4


@dataclass(frozen=True, slots=True)
class Tile:
    """A key figure: its name, the figure, and a few words on it."""

    name: str
    cell: Cell
    about: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the template reads. ``body`` is None for accounts that have no valuation day yet."""

    title: str
    about: str
    facts: Sequence[tuple[str, str]]
    body: Body | None


@dataclass(frozen=True, slots=True)
class Body:
    """Figures, tables and charts; ``charts`` by the name of their place on the page."""

    tiles: Sequence[Tile]
    last_day: str
    bridge: Table
    charts: dict[str, Chart]
    benchmark: Table | None
    benchmark_says: str
    years: Sequence[tables.Year]
    episodes: Table
    rolling_says: str
    backtest_says: str
    backtest: Table | None
    tails: Table
    exposure: Table
    sectors: Sequence[holdings_tables.Bar]
    positions: Table
    contributions: Sequence[holdings_tables.Bar]
    contribution_total: Cell
    remarks: Sequence[str]
    notes: Sequence[str]


def sheet_of(portfolio: Portfolio) -> Sheet:
    """The whole sheet."""
    selection = portfolio.selection
    return Sheet(
        title=selection.title,
        about=_about(portfolio),
        facts=_facts(portfolio),
        body=_body(portfolio) if len(portfolio.days) else None,
    )


def _about(portfolio: Portfolio) -> str:
    if not len(portfolio.days):
        return "Nothing to tell yet"
    days = words.counted(len(portfolio.days), "valuation day")
    return f"{words.span(portfolio.days[0], portfolio.days[-1])}, {days}"


def _facts(portfolio: Portfolio) -> list[tuple[str, str]]:
    selection, said = portfolio.selection, portfolio.publication
    facts = [
        ("Account" if len(selection.accounts) == 1 else "Accounts", _accounts(selection)),
        ("Currency", selection.currency),
    ]
    if portfolio.benchmark:
        facts.append(("Benchmark", portfolio.benchmark.name))
    facts.append(("Books", f"commit {said.published_seq}, published {said.published_at[:16].replace('T', ' ')} UTC"))
    return [*facts, ("Run", said.run_id)]


def _accounts(selection: Selection) -> str:
    """Identifiers, and names beside them while they are few; the name of a single account is the title."""
    accounts = selection.accounts
    if 1 < len(accounts) <= NAMES_LISTED:
        return ", ".join(f"{one.account_id} ({one.name})" if one.name else one.account_id for one in accounts)
    more = len(accounts) - ACCOUNTS_LISTED
    return ", ".join(selection.account_ids[:ACCOUNTS_LISTED]) + (f" and {more:,} more" if more > 0 else "")


def _body(portfolio: Portfolio) -> Body:
    notes = Notes()
    performance = performance_of(portfolio)
    risk_free = portfolio.risk_free.returns if portfolio.risk_free else None
    path = risk_path(portfolio.days, performance.returns, risk_free)
    exposures = exposures_of(portfolio)
    bridges = bridges_of(portfolio, performance.returns)
    return Body(
        tiles=_tiles(portfolio, performance, bridges[-1], notes),
        last_day=words.day(portfolio.days[-1]),
        bridge=tables.bridge_table(bridges, notes),
        charts={
            **_charts(portfolio, performance, path),
            "exposure": charts.exposure_over_time(portfolio, exposures.path, is_ever_short=exposures.is_ever_short),
        },
        benchmark=tables.benchmark_table(portfolio, performance, notes),
        benchmark_says=benchmark_says(portfolio),
        years=tables.months_table(performance.years, notes),
        episodes=tables.episodes_table(performance),
        rolling_says=rolling_says(path),
        backtest_says=backtest_says(path.forecasts),
        backtest=risk_tables.backtest_table(path.forecasts, notes) if any(one.days for one in path.forecasts) else None,
        tails=risk_tables.tails_table(portfolio, performance.tails, notes),
        exposure=holdings_tables.exposure_table(exposures, notes),
        sectors=holdings_tables.sector_bars(exposures.by_sector, notes),
        positions=holdings_tables.positions_table(portfolio.positions, exposures.by_symbol, notes),
        contributions=holdings_tables.contribution_bars(exposures.contributions, notes),
        contribution_total=notes.signed_cell(performance.figures["cumulative_return"], words.signed_percent),
        remarks=remarks_of(portfolio, performance),
        notes=notes.sentences,
    )


def _tiles(portfolio: Portfolio, performance: Performance, whole: Bridge, notes: Notes) -> list[Tile]:
    figures, value = performance.figures, float(portfolio.total_value[-1])
    tails = [tail for tail in performance.tails if tail.method == "historical"]
    pnl = Cell(words.signed_short_money(whole.pnl), tone=tone_of(whole.pnl))
    return [
        Tile("Value", Cell(words.short_money(whole.end_value)), words.day(portfolio.days[-1])),
        Tile("P&L", pnl, "since the start, after fees"),
        Tile("Return", notes.signed_cell(figures["cumulative_return"], words.signed_percent), "time-weighted"),
        Tile("Return a year", notes.signed_cell(figures["annualised_return"], words.signed_percent), "time-weighted"),
        Tile(
            "XIRR", notes.signed_cell(performance.money_weighted.rate, words.signed_percent), "money-weighted, a year"
        ),
        Tile("Max drawdown", notes.signed_cell(figures["max_drawdown"], words.signed_percent), _now(figures)),
        Tile("Volatility", notes.cell(figures["volatility"], words.percent), "a year"),
        Tile("Sharpe ratio", notes.cell(figures["sharpe"], words.ratio), _above(portfolio)),
        Tile("Sortino ratio", notes.cell(figures["sortino"], words.ratio), "target 0"),
        Tile("Calmar ratio", notes.cell(figures["calmar"], words.ratio), "return a year / drawdown"),
        *(_var_tile(tail, value, notes) for tail in tails),
    ]


def _above(portfolio: Portfolio) -> str:
    return f"above {portfolio.risk_free.name}" if portfolio.risk_free else "risk-free rate 0"


def _now(figures: dict[str, Figure]) -> str:
    current = figures["current_drawdown"].value
    return "" if current is None else f"now {words.signed_percent(current)}"


def _var_tile(tail: TailRisk, value: float, notes: Notes) -> Tile:
    figure = figure_of(tail.value_at_risk)
    in_money = scaled(figure, value).value
    about = "one day" if in_money is None or value <= 0 else f"one day, {words.short_money(in_money)}"
    return Tile(f"VaR {words.confidence(tail.confidence)}", notes.cell(figure, words.percent), about)


def _charts(portfolio: Portfolio, performance: Performance, path: RiskPath) -> dict[str, Chart]:
    shades = stale_runs(portfolio)
    drawn = {
        "value": charts.value_and_deposits(portfolio, shades),
        "growth": charts.growth(portfolio, performance, shades),
        "drawdown": charts.underwater(portfolio, performance, shades),
    }
    if any(np.isfinite(rolling.volatility).any() for rolling in path.rolling):
        drawn["volatility"] = charts.rolling_volatility(portfolio, path)
    if any(np.isfinite(rolling.sharpe).any() for rolling in path.rolling):
        drawn["sharpe"] = charts.rolling_sharpe(portfolio, path)
    if len(path.days):
        drawn["daily"] = charts.daily_returns(portfolio, path, path.forecasts[:2], shades)
    return drawn
