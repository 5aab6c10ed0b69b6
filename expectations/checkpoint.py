"""The gate: check the batches of a run, keep the evidence, and say whether the books may be published."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import pandas as pd

from expectations.context import Check, Checks, Outcome
from expectations.frames import safe_frame
from expectations.rules import Suite, rows_due
from expectations.site import Run, write_site
from expectations.suites import UnknownBatchError, suite_for
from expectations.verdict import Finding, SuiteVerdict, Verdict, failure, named_columns, suite_verdict

__all__ = ["Batch", "Finding", "UnknownBatchError", "Verdict", "verify"]


ENGINE: Final = "great_expectations"
"""The name under which it is told that Great Expectations itself has failed."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows to be checked: new events of a stream, or rows of a public table, loaded by DuckDB's ``.df()``."""

    name: str
    rows: pd.DataFrame
    least_rows: int
    """Rows due at least; fewer is a failure. With none due an empty batch passes."""


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A batch ready to be checked, and what of its suite cannot be evaluated on it."""

    check: Check
    keys: pd.DataFrame
    absent: tuple[str, ...]
    is_suite_empty: bool


def verify(batches: Iterable[Batch], context_root: Path, docs_root: Path, run_name: str) -> Verdict:
    """Check the batches of one run and write its pages of Data Docs.

    A batch is asked for when the one before it is done: of a long history not all are in memory at once.

    State is kept below ``context_root``, the site is ``docs_root/index.html``. The verdict fails closed: what was not
    evaluated is a critical finding. A finding of severity ``warning`` is reported and fails nothing.

    Raises:
        UnknownBatchError: a batch has no suite.
        ValueError: there are no batches, or two of one name.
    """
    run = Run(run_name, datetime.now(UTC))
    checked = list(_checked(batches, run, context_root / run.folder / "results"))
    if not checked:
        raise ValueError("no batches to verify: a run that changed nothing has nothing to check and should not ask")
    verdicts = [verdict for verdict, _ in checked]
    index = write_site(run, verdicts, [page for _, page in checked], context_root, docs_root)
    return Verdict(
        is_passed=all(verdict.is_passed for verdict in verdicts),
        evaluated_count=sum(verdict.evaluated_count for verdict in verdicts),
        findings=tuple(finding for verdict in verdicts for finding in verdict.findings),
        docs_index=index,
        docs_run=docs_root / run.folder,
    )


def _checked(batches: Iterable[Batch], run: Run, results_root: Path) -> Iterator[tuple[SuiteVerdict, str]]:
    """The verdict and the page of each batch; after one that could not be evaluated there are no more."""
    checks: Checks | None = None
    names: set[str] = set()
    for batch in batches:
        if batch.name in names:
            raise ValueError(f"two batches of one name: {batch.name}; put their rows into one")
        names.add(batch.name)
        prepared = _prepare(batch, suite_for(batch.name))
        try:
            checks = checks or Checks(results_root, run.slug, run.time)
            outcome = checks.evaluate(prepared.check)
        except Exception as error:  # whatever it is, it is the verdict, and it has a page
            yield _unevaluated(error), ""
            return
        yield _judged(prepared, outcome), outcome.page
        del batch, prepared, outcome  # let go before the next batch is loaded


def _unevaluated(error: Exception) -> SuiteVerdict:
    told = f"{type(error).__name__}: {error}"
    message = f"Great Expectations did not come to an end, so not everything was checked: {told}"
    return SuiteVerdict(ENGINE, 0, 0, (failure(ENGINE, "not_evaluated", message),))


def _prepare(batch: Batch, suite: Suite) -> _Prepared:
    """Leave out expectations about columns that are not there: each would fail with a stack trace.

    They are not forgotten: ``absent`` becomes a finding. On no rows at all only the expectations about the table say
    something; the one about the row count decides.
    """
    frame = safe_frame(batch.rows, suite)
    named = [(expectation, named_columns(expectation)) for expectation in suite.expectations]
    if frame.empty:
        named = [(expectation, columns) for expectation, columns in named if not columns]
    absent = {column for _, columns in named for column in columns if column not in frame.columns}
    evaluable = [expectation for expectation, columns in named if absent.isdisjoint(columns)]
    return _Prepared(
        check=Check(batch.name, frame, (rows_due(batch.least_rows), *evaluable)),
        keys=frame[[column for column in suite.key if column in frame.columns]],
        absent=tuple(sorted(absent)),
        is_suite_empty=not suite.expectations,
    )


def _judged(prepared: _Prepared, outcome: Outcome) -> SuiteVerdict:
    check = prepared.check
    verdict = suite_verdict(check.name, prepared.keys, len(check.expectations), outcome.result, prepared.absent)
    if not prepared.is_suite_empty:
        return verdict
    empty = failure(check.name, "empty_suite", "the suite has no expectations, so it says nothing of its rows")
    return SuiteVerdict(verdict.name, verdict.row_count, verdict.evaluated_count, (*verdict.findings, empty))
