"""What stands in the tables of a sheet: cells with text, and numbered notes for whatever has no value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from measures.measured import MEANING, Reason
from reports import words
from reports.figure import Figure

GAIN: Final = "gain"
LOSS: Final = "loss"


@dataclass(frozen=True, slots=True)
class Cell:
    """A text, the number of the note that explains it, and whether it is a gain or a loss."""

    text: str
    note: int | None = None
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; one that is ``wide`` is left out on a phone."""

    name: str
    kind: str = "number"


@dataclass(frozen=True, slots=True)
class Table:
    """Columns and rows; ``total_rows`` of them at the end stand out."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total_rows: int = 0


@dataclass(frozen=True, slots=True)
class Notes:
    """Numbered notes; the same sentence has one number."""

    sentences: list[str] = field(default_factory=list)

    def mark(self, sentence: str) -> int:
        """The number of a note."""
        if sentence not in self.sentences:
            self.sentences.append(sentence)
        return self.sentences.index(sentence) + 1

    def cell(self, figure: Figure, write: Callable[[float], str]) -> Cell:
        """The figure as it is written, or a dash and why."""
        if figure.value is None:
            return self.missing(figure.reason)
        return Cell(write(figure.value))

    def signed_cell(self, figure: Figure, write: Callable[[float], str]) -> Cell:
        """The same of a figure that is a gain or a loss."""
        cell = self.cell(figure, write)
        return Cell(cell.text, cell.note, tone_of(figure.value or 0.0))

    def missing(self, reason: Reason | None) -> Cell:
        """A dash, and why."""
        return Cell(words.NOTHING, None if reason is None else self.mark(MEANING[reason]))


def tone_of(amount: words.Number) -> str:
    """Gain, loss or neither."""
    return GAIN if amount > 0 else LOSS if amount < 0 else ""


def signed_money_cell(amount: words.Number) -> Cell:
    """A change of value."""
    return Cell(words.signed_money(amount), tone=tone_of(amount))
