"""``python -m benchmarks.data_docs``: 2,000 runs one behind the other: does a run get slower, does the site grow?

First the site alone (``write_site``: pages, index and what is forgotten), then the whole gate with Great Expectations
(``verify``) on one tiny batch each.
"""

from __future__ import annotations

import argparse
import logging
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Final

import duckdb

from expectations.checkpoint import Batch, verify
from expectations.site import Run, write_site
from expectations.verdict import SuiteVerdict, failure

_SHOWN: Final = (100, 1_000, 2_000)
_AROUND: Final = 20
"""Runs before a shown one whose middle is told."""

_START: Final = datetime(2024, 1, 1, tzinfo=UTC)
_PAGE: Final = "<table>" + "<tr><td>quantity is &gt; 0</td><td>met</td></tr>" * 300 + "</table>"

_REFERENCES: Final = """
    select 'account' as kind, 'A' || {number} as name, 'e' || {number} as event_id, true as is_inferred
"""


def write_pages(folder: Path, number: int) -> None:
    """The pages of one run of one suite, without a check."""
    verdict = SuiteVerdict("trades", 1, 30, (failure("trades", "expect_column_values", "1 < 2 is odd"),))
    run = Run(f"run-{number}", _START + timedelta(minutes=number))
    write_site(run, [verdict], [_PAGE], folder / "context", folder / "docs")


def pass_gate(folder: Path, number: int) -> None:
    """One whole run with one warning."""
    rows = duckdb.sql(_REFERENCES.format(number=number)).df()
    verify([Batch("new_references", rows, 1)], folder / "context", folder / "docs", f"run-{number}")


def size_of(folder: Path) -> tuple[int, int]:
    """Files below a folder, and their bytes."""
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return len(sizes), sum(sizes)


def measure(run_once: Callable[[Path, int], None], folder: Path, run_count: int) -> None:
    """Do so many runs and print what the shown ones took."""
    print(f"\n{run_once.__name__}\n\n| runs | seconds a run | files and KB of the site | of the results |")
    print("|---:|---:|---:|---:|")
    seconds: list[float] = []
    for number in range(1, run_count + 1):
        begun = time.perf_counter()
        run_once(folder, number)
        seconds.append(time.perf_counter() - begun)
        if number in _SHOWN or number == run_count:
            (pages, page_bytes), (results, result_bytes) = size_of(folder / "docs"), size_of(folder / "context")
            print(
                f"| {number:,} | {median(seconds[-_AROUND:]):.3f} | {pages}, {page_bytes // 1024:,} | "
                f"{results}, {result_bytes // 1024:,} |",
                flush=True,
            )


def main() -> None:
    """Measure in a temporary folder."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.data_docs", description=__doc__)
    parser.add_argument("--site-runs", type=int, default=2_000, help="how many runs of the site alone")
    parser.add_argument("--gate-runs", type=int, default=2_000, help="how many runs of the whole gate")
    asked = parser.parse_args()
    logging.disable(logging.WARNING)
    for run_once, run_count in ((write_pages, asked.site_runs), (pass_gate, asked.gate_runs)):
        with tempfile.TemporaryDirectory(prefix="navlog-data-docs-") as folder:
            measure(run_once, Path(folder), run_count)


if __name__ == "__main__":
    main()
