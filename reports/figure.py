"""One figure of a sheet: a number, or the reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from measures.measured import Measured, Reason


@dataclass(frozen=True, slots=True)
class Figure:
    """Either a finite value or a reason."""

    value: float | None
    reason: Reason | None = None


def figures_of(column: Measured) -> list[Figure]:
    """The rows of a measure."""
    return [
        Figure(None, Reason(reason)) if reason else Figure(float(value))
        for value, reason in zip(column.values, column.reasons, strict=True)
    ]


def figure_of(column: Measured) -> Figure:
    """The only row of a measure."""
    (figure,) = figures_of(column)
    return figure


def scaled(figure: Figure, factor: float) -> Figure:
    """The figure in another unit; a reason stays what it is."""
    return figure if figure.value is None else Figure(figure.value * factor)
