"""The tables on value at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from measures.measured import Reason
from measures.value_at_risk import TailRisk
from reports import words
from reports.cells import Cell, Column, Notes, Table
from reports.charts import METHODS
from reports.figure import Figure, figure_of, scaled
from reports.portfolio import Portfolio
from reports.risk import Forecast

DOUBTFUL: Final = "Skew and kurtosis of these returns are outside the range in which the Cornish-Fisher method holds."


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
    in_money = scaled(share, value) if value > 0 or share.reason else Figure(None, Reason.NO_CAPITAL)
    return [notes.cell(share, words.percent), notes.cell(in_money, words.money), notes.cell(shortfall, words.percent)]


def backtest_table(forecasts: Sequence[Forecast], notes: Notes) -> Table:
    """How often each forecast was too low, and what two tests say of it."""
    rows = [
        [
            Cell(f"{METHODS[one.method]} {words.confidence(one.confidence)}"),
            Cell(f"{one.days:,}"),
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
