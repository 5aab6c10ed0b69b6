"""Where navlog's figures depart from a source's: the table of the decision record is the only list of them."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path

from tests.e2e.worked_examples.cases import Case, Check

RECORD = Path(__file__).resolve().parents[3] / "docs" / "decisions" / "0010-cases-that-follow-other-conventions.md"
COLUMNS = 5


@dataclass(frozen=True)
class Departure:
    """One row: cases (a name or a pattern), metric, the day where only that one departs, both figures, convention."""

    cases: str
    metric: str
    day: str
    theirs: str
    ours: str
    convention: str

    def covers(self, case: Case, check: Check) -> bool:
        """Whether the row speaks of this check of this case."""
        is_day = not self.day or check.at.get("as_of") == self.day
        return is_day and self.metric == check.metric and fnmatchcase(case.id, self.cases)


@cache
def departures() -> tuple[Departure, ...]:
    """The rows of the table."""
    lines = [line for line in RECORD.read_text(encoding="utf-8").splitlines() if line.startswith("| `")]
    return tuple(_departure(line) for line in lines)


def departure_of(case: Case, check: Check) -> Departure | None:
    """The row that speaks of a check; None if the figure is the source's."""
    found = [row for row in departures() if row.covers(case, check)]
    assert len(found) <= 1, f"{case.id} {check.metric} stands in {len(found)} rows of {RECORD.name}"
    return found[0] if found else None


def _departure(line: str) -> Departure:
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert len(cells) == COLUMNS, f"{RECORD.name} has a row that is not of {COLUMNS} cells: {line}"
    metric, _, day = cells[1].partition(" ")
    return Departure(cells[0].strip("`"), metric.strip("`"), day, *cells[2:])
