"""The figures as a table for people."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.replay.measure import Measured
from benchmarks.replay.touched import Touched

HEADER = (
    "| trades | what | total s | processor s | SQL + kernel s | with files s | models s | other | peak GB "
    "| keys | rows deleted | rows inserted |\n"
    "|---:|---|---:|---:|---:|---:|---:|---|---:|---:|---:|---:|"
)


@dataclass(frozen=True, slots=True)
class Line:
    """One measured piece of work at one scale."""

    trade_count: int
    what: str
    measured: Measured
    touched: Touched | None = None


def row(line: Line) -> str:
    """Return the line as a row of the table."""
    measured, touched = line.measured, line.touched
    steps = ", ".join(f"{name} {seconds:.1f}" for name, seconds in measured.steps_s.items())
    rows = [f"{touched.keys:,}", f"{touched.deleted:,}", f"{touched.inserted:,}"] if touched else ["", "", ""]
    cells = [
        f"{line.trade_count:,}", line.what, f"{measured.total_s:.1f}", f"{measured.processor_s:.1f}",
        f"{measured.statements_s:.1f}", f"{measured.statements_s + measured.files_s:.1f}", f"{measured.models_s:.1f}",
        steps, f"{measured.peak_bytes / 1e9:.2f}", *rows,
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"
