"""The tables of a sheet, from its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np

from measures.measured import Reason
from measures.value_at_risk import TailRisk
from reports import words
from reports.bridge import Bridge
from reports.cells import Cell, Column, Notes, Table, signed_money_cell, tone_of
from reports.charts import METHODS
from reports.exposures import Contributed, Exposures, Weight
from reports.figure import Figure, figure_of, figures_of, scaled
from reports.performance import Performance, YearOfReturns
from reports.portfolio import Portfolio, Position
from reports.risk import Forecast

EPISODES_SHOWN: Final = 5
POSITIONS_SHOWN: Final = 15
CONTRIBUTIONS_SHOWN: Final = 16
SECTORS_SHOWN: Final = 12
DOUBTFUL: Final = "Skew and kurtosis of these returns are outside the range in which the Cornish-Fisher method holds."
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


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, a figure, and a bar that begins and is so wide in percent of its room."""

    name: str
    cell: Cell
    amount: str
    left: float
    width: float


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


def tails_table(portfolio: Portfolio, tails: Sequence[TailRisk], notes: Notes) -> Table:
    """VaR and ES by method, in percent, and VaR in money of today's value."""
    confidences = sorted({tail.confidence for tail in tails})
    value = float(portfolio.total_value[-1])
    rows = []
    for method, name in METHODS.items():
        of_method = {tail.confidence: tail for tail in tails if tail.method == method}
        doubt = any(bool(tail.is_doubtful[0]) for tail in of_method.values())
        row = [Cell(name, notes.mark(DOUBTFUL) if doubt else None)]
        for confidence in confidences:
            row += _tail_cells(of_method[confidence], value, notes)
        rows.append(row)
    columns = [Column("Method", "text")]
    for confidence in confidences:
        level = words.confidence(confidence)
        columns += [Column(f"VaR {level}"), Column("in money", "wide number"), Column(f"ES {level}")]
    return Table(columns, rows)


def _tail_cells(tail: TailRisk, value: float, notes: Notes) -> list[Cell]:
    share, shortfall = figure_of(tail.value_at_risk), figure_of(tail.expected_shortfall)
    in_money = notes.cell(scaled(share, value), words.money) if value > 0 else Cell(words.NOTHING)
    return [notes.cell(share, words.percent), in_money, notes.cell(shortfall, words.percent)]


def backtest_table(forecasts: Sequence[Forecast], notes: Notes) -> Table:
    """How often each forecast was too low, and what two tests say of it."""
    rows = [
        [
            Cell(f"{METHODS[one.method]} {words.confidence(one.confidence)}"),
            Cell(f"{one.days:,}", None),
            Cell(f"{one.exceptions:,}"),
            Cell(f"{one.days * (1 - one.confidence):,.1f}"),
            notes.cell(one.kupiec_p, words.probability),
            notes.cell(one.independence_p, words.probability),
        ]
        for one in forecasts
    ]
    columns = [
        Column("Forecast", "text"), Column("Days", "wide number"), Column("Exceptions"), Column("Expected"),
        Column("Kupiec p"), Column("Christoffersen p"),
    ]  # fmt: skip
    return Table(columns, rows)


def exposure_table(exposures: Exposures, notes: Notes) -> Table:
    """Today's exposure in money and as ratios."""
    path = exposures.path
    amounts = [("Long", path.long), ("Short", path.short), ("Gross", path.gross), ("Net", path.net)]
    rows = [[Cell(name), Cell(words.money(float(column[-1])))] for name, column in amounts]
    for name, column, write in (
        ("Leverage (gross / value)", path.leverage, words.ratio),
        ("Largest position", path.top_weight, words.percent),
        ("Concentration (HHI)", path.concentration, words.ratio),
    ):
        rows.append([Cell(name), notes.cell(figures_of(column)[-1], write)])
    return Table([Column("", "text"), Column("")], rows)


def positions_table(positions: Sequence[Position], weights: Sequence[Weight], notes: Notes) -> Table:
    """The largest positions by market value, and the rest in one line."""
    rows = [
        _position_row(position, weight, notes)
        for position, weight in zip(positions[:POSITIONS_SHOWN], weights[:POSITIONS_SHOWN], strict=True)
    ]
    rest, weights_of_rest = positions[POSITIONS_SHOWN:], weights[POSITIONS_SHOWN:]
    if rest:
        market_value = sum((one.market_value for one in rest), Decimal(0))
        together = Weight("", float(market_value), _sum_of_shares(weights_of_rest))
        blank = Cell("")
        unrealized = sum((one.unrealized_pnl for one in rest), Decimal(0))
        rows.append(
            [Cell(f"{words.counted(len(rest), 'other')}"), blank, blank, blank, blank,
             Cell(words.money(market_value)), _share_cell(together, notes), signed_money_cell(unrealized)]
        )  # fmt: skip
    columns = [
        Column("Symbol", "text"), Column("Name", "wide text"), Column("Quantity", "wide number"),
        Column("Cost", "wide number"), Column("Price", "wide number"), Column("Market value"), Column("Weight"),
        Column("Unrealized"),
    ]  # fmt: skip
    return Table(columns, rows)


def _position_row(position: Position, weight: Weight, notes: Notes) -> list[Cell]:
    stale = (
        notes.mark("The price is more than 5 valuation days old; the position is valued at it.")
        if position.is_price_stale
        else None
    )
    return [
        Cell(position.symbol),
        Cell(position.name or ""),
        Cell(words.units(position.quantity)),
        Cell(words.money(position.cost_basis)),
        Cell(words.money(position.close_price), stale),
        Cell(words.money(position.market_value)),
        _share_cell(weight, notes),
        signed_money_cell(position.unrealized_pnl),
    ]


def sector_bars(weights: Sequence[Weight], notes: Notes) -> list[Bar]:
    """Sectors and cash by weight; bars to the left are short."""
    *sectors, cash = weights
    shown, rest = list(sectors[:SECTORS_SHOWN]), sectors[SECTORS_SHOWN:]
    if rest:
        together = sum(one.amount for one in rest)
        shown.append(Weight(words.counted(len(rest), "other sector"), together, _sum_of_shares(rest)))
    shown.append(cash)
    places = _bars([one.amount for one in shown])
    return [
        Bar(one.name, _share_cell(one, notes), words.money(one.amount), left, width)
        for one, (left, width) in zip(shown, places, strict=True)
    ]


def contribution_bars(contributions: Sequence[Contributed], notes: Notes) -> list[Bar]:
    """What each symbol added to the return, the largest first; those in the middle in one line."""
    if any(one.part.value is None for one in contributions):
        for one in contributions:
            notes.missing(one.part.reason)
        return []
    parts = [(one.symbol, one.part.value or 0.0) for one in contributions]
    if len(parts) > CONTRIBUTIONS_SHOWN:
        half = CONTRIBUTIONS_SHOWN // 2
        middle = parts[half:-half]
        rest = (words.counted(len(middle), "other"), sum(value for _name, value in middle))
        parts = [*parts[:half], rest, *parts[-half:]]
    places = _bars([value for _name, value in parts])
    return [
        Bar(name, Cell(words.signed_percent(value), tone=tone_of(value)), "", left, width)
        for (name, value), (left, width) in zip(parts, places, strict=True)
    ]


def _bars(amounts: Sequence[float]) -> list[tuple[float, float]]:
    """Where bars around a common zero begin, and how wide they are, in percent of their room."""
    low, high = min(0.0, *amounts, 0.0), max(0.0, *amounts, 0.0)
    room = (high - low) or 1.0
    return [(round(100 * (min(one, 0.0) - low) / room, 2), round(100 * abs(one) / room, 2)) for one in amounts]


def _share_cell(weight: Weight, notes: Notes) -> Cell:
    if weight.share is None:
        return notes.missing(Reason.NO_CAPITAL)
    return Cell(words.percent(weight.share))


def _sum_of_shares(weights: Sequence[Weight]) -> float | None:
    shares = [one.share for one in weights if one.share is not None]
    return sum(shares) if len(shares) == len(weights) else None


def _day(number: np.int64) -> str:
    return words.day(np.datetime64(int(number), "D"))
