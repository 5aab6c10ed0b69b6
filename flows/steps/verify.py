"""The gate in front of publishing: Great Expectations on the rows that this run touched, and the laws of the books."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import duckdb

from eventlog.settings import Settings
from flows import warehouse
from flows.contract import declared_laws
from flows.gate import CRITICAL, GateFinding
from flows.gate_batches import batches_of
from flows.suspect_events import suspects

if TYPE_CHECKING:
    from expectations import checkpoint


class GateClosedError(RuntimeError):
    """The books did not pass; nothing was published. The message names what failed and where to look."""

    def __init__(self, findings: tuple[GateFinding, ...], docs_page: str | None, where: str) -> None:
        """Say every failure in a line, with the first row that it is about; ``where`` tells where to read on."""
        failed = [_with_first_row(finding) for finding in findings if finding.severity == CRITICAL]
        super().__init__(
            "\n".join([*failed, f"Nothing was published. See {where}; `navlog status` names the events to look at."])
        )
        self.findings = findings
        self.docs_page = docs_page


@dataclass(frozen=True, slots=True)
class Audit:
    """What the gate looked at: expectations, laws, warnings that do not close it, and the page that tells them."""

    evaluated: int
    warnings: tuple[str, ...]
    findings: tuple[GateFinding, ...] = ()
    docs_page: str | None = None
    laws: int = 0


@dataclass(frozen=True, slots=True)
class Explained:
    """Findings with the events behind them, and the page of Data Docs that shows them."""

    findings: tuple[GateFinding, ...]
    docs_page: str | None


def verify(settings: Settings, run_id: str) -> Audit:
    """Check the new events of every stream, the touched rows of every public table, and the laws.

    Of more than ``ROWS_MOST`` rows a share is looked at, chosen by a hash of what the rows say, so that a rebuild of a
    long history fits into memory and another run looks at the same ones. The laws see every row.

    Raises:
        GateClosedError: an expectation failed, could not be evaluated, or saw no rows where rows were due; or Great
            Expectations itself did not come to an end.
    """
    try:
        verdict = _verdict(settings, run_id)
    except duckdb.IOException:
        raise  # somebody holds the file for a moment: no verdict yet, the same call may go through later
    except Exception as error:
        reason = GateFinding("gate", None, CRITICAL, f"the checks did not come to an end: {_words(error)}")
        raise GateClosedError((reason,), None, "the traceback") from error
    explained = _explained(settings, verdict)
    if not verdict.is_passed:
        raise GateClosedError(explained.findings, explained.docs_page, str(verdict.docs_index))
    warnings = tuple(finding.sentence for finding in explained.findings)
    laws = len(declared_laws(settings))
    return Audit(verdict.evaluated_count, warnings, explained.findings, explained.docs_page, laws)


def _verdict(settings: Settings, run_id: str) -> checkpoint.Verdict:
    # Imported here: Great Expectations takes seconds to import, and most commands don't need it.
    from expectations import checkpoint  # noqa: PLC0415

    with warehouse.reading(settings) as database:
        batches = (
            checkpoint.Batch(name, rows.df(), least_rows) for name, rows, least_rows in batches_of(database, settings)
        )
        return checkpoint.verify(batches, settings.expectations_state, settings.docs, run_id)


def _explained(settings: Settings, verdict: checkpoint.Verdict) -> Explained:
    """Failures come first; only they are worth the search for their events."""
    failed = [finding for finding in verdict.findings if finding.is_critical]
    odd = [finding for finding in verdict.findings if not finding.is_critical]
    findings = (*_with_suspects(settings, failed), *(_told(finding) for finding in odd))
    page = verdict.page_of(findings[0].suite if findings else None)
    return Explained(findings, page.relative_to(settings.docs).as_posix())


def _with_suspects(settings: Settings, failed: list[checkpoint.Finding]) -> tuple[GateFinding, ...]:
    if not failed:
        return ()
    with warehouse.reading(settings) as database:
        return tuple(replace(_told(finding), events=suspects(database, finding.rows)) for finding in failed)


def _told(finding: checkpoint.Finding) -> GateFinding:
    return GateFinding(finding.suite, finding.column, finding.severity, finding.message, finding.examples)


def _with_first_row(finding: GateFinding) -> str:
    return f"{finding.sentence}; the first: {finding.examples[0]}" if finding.examples else finding.sentence


def _words(error: Exception) -> str:
    lines = str(error).splitlines()
    return f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
