"""The tables on value and returns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from reports import words
from reports.bridge import Bridge
from reports.cells import Cell, Column, Notes, Table, signed_money_cell, tone_of
from reports.figure import Figure
from reports.performance import Performance, YearOfReturns
from reports.portfolio import Portfolio

EPISODES_SHOWN: Final = 5
_PALEST, _DARKEST = 0.06, 0.42
_PERIODS_ON_A_PHONE: Final = 2


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the table of returns; ``strength`` is how deep its colour is."""

    name: str
    cell: Cell | None
    strength: float


@dataclass(frozen=True, slots=True)
class Year:
    """One row of the table of returns."""

    year: int
    months: list[Month]
    total: Cell


def bridge_table(bridges: Sequence[Bridge], notes: Notes) -> Table:
    """Periods side by side; every column foots."""
    lines: list[tuple[str, list[Cell]]] = [
        ("Value at the start", [Cell(words.money(one.start_value)) for one in bridges]),
        ("Deposits", [Cell(words.signed_money(one.deposits)) for one in bridges]),
        ("Withdrawals", [Cell(words.signed_money(-one.withdrawals)) for one in bridges]),
        ("Realized P&L", [signed_money_cell(one.realized_pnl) for one in bridges]),
        ("Unrealized P&L", [signed_money_cell(one.unrealized_pnl) for one in bridges]),
        ("Dividends and interest", [signed_money_cell(one.income) for one in bridges]),
        ("Fees", [signed_money_cell(-one.fees) for one in bridges]),
        ("Taxes", [signed_money_cell(-one.taxes) for one in bridges]),
        ("Value at the end", [Cell(words.money(one.end_value)) for one in bridges]),
        ("P&L", [signed_money_cell(one.pnl) for one in bridges]),
        ("Return", [notes.signed_cell(one.time_weighted, words.signed_percent) for one in bridges]),
    ]
    left_out = len(bridges) - _PERIODS_ON_A_PHONE
    columns = [Column("", "text")]
    columns += [Column(one.name, "wide number" if place < left_out else "number") for place, one in enumerate(bridges)]
    return Table(columns, [[Cell(name), *cells] for name, cells in lines], total_rows=3)


def months_table(years: Sequence[YearOfReturns], notes: Notes) -> list[Year]:
    """Months in columns, years in rows, the newest first."""
    returns = [month.value for year in years for month in year.months if month and month.value is not None]
    largest = max((abs(value) for value in returns), default=0.0) or 1.0
    return [
        Year(
            year.year,
            [_month(name, figure, largest, notes) for name, figure in zip(_MONTHS, year.months, strict=True)],
            notes.signed_cell(year.total, words.signed_percent),
        )
        for year in reversed(years)
    ]


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def _month(name: str, figure: Figure | None, largest: float, notes: Notes) -> Month:
    if figure is None:
        return Month(name, None, 0.0)
    strength = abs(figure.value or 0.0) / largest
    deep = round(_PALEST + (_DARKEST - _PALEST) * strength, 3) if figure.value else 0.0
    return Month(name, notes.signed_cell(figure, _short_percent), deep)


def _short_percent(fraction: float) -> str:
    """Without its unit, which the heading of the table names."""
    return words.signed_percent(fraction).removesuffix(" %")


def benchmark_table(portfolio: Portfolio, performance: Performance, notes: Notes) -> Table | None:
    """The account beside its benchmark."""
    if portfolio.benchmark is None:
        return None
    figures = performance.figures
    lines = [
        ("Beta", figures["beta"], words.ratio),
        ("Alpha, a year", figures["alpha"], words.signed_percent),
        ("Tracking error, a year", figures["tracking_error"], words.percent),
        ("Information ratio", figures["information_ratio"], words.ratio),
        ("Up capture", figures["up_capture"], words.ratio),
        ("Down capture", figures["down_capture"], words.ratio),
    ]
    rows = [[Cell(name), notes.cell(figure, write)] for name, figure, write in lines]
    return Table([Column("", "text"), Column(f"Against {portfolio.benchmark.name}")], rows)


def episodes_table(performance: Performance) -> Table:
    """The deepest drawdowns, the deepest first."""
    found = performance.episodes
    deepest = np.argsort(found.depth, kind="stable")[:EPISODES_SHOWN]
    rows = [
        [
            Cell(words.signed_percent(float(found.depth[place])), tone=tone_of(float(found.depth[place]))),
            Cell(_day(found.peak_day[place])),
            Cell(_day(found.trough_day[place])),
            Cell(_day(found.recovery_day[place]) if found.has_recovered[place] else "not yet"),
            Cell(f"{found.days[place]:,}"),
        ]
        for place in deepest
    ]
    names = ("Depth", "Peak", "Lowest", "Recovered", "Days")
    return Table([Column(name) for name in names], rows)


def _day(number: np.int64) -> str:
    return words.day(np.datetime64(int(number), "D"))
