"""The tables and bars on what is held, and on what it has added to the return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from measures.measured import Reason
from reports import words
from reports.cells import Cell, Column, Notes, Table, signed_money_cell, tone_of
from reports.exposures import Contributed, Exposures, Weight
from reports.figure import figures_of
from reports.portfolio import Position

POSITIONS_SHOWN: Final = 15
CONTRIBUTIONS_SHOWN: Final = 16
SECTORS_SHOWN: Final = 12


@dataclass(frozen=True, slots=True)
class Bar:
    """A name, a figure, and a bar that begins and is so wide in percent of its room."""

    name: str
    cell: Cell
    amount: str
    left: float
    width: float
    is_below: bool


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
        Bar(one.name, _share_cell(one, notes), words.money(one.amount), left, width, one.amount < 0)
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
        Bar(name, Cell(words.signed_percent(value), tone=tone_of(value)), "", left, width, value < 0)
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
