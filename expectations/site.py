"""The Data Docs site: a page for each batch of a run, one for the run, and an index of the latest runs.

What the index tells of a run stands in the run's ``summary.json``. Runs are named by their time first, so their order
is that of their names.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from pathlib import Path
from typing import Final

from expectations.pages import badge, page, readable, table
from expectations.verdict import Finding, SuiteVerdict

INDEX_RUNS_MAX: Final = 30
KEPT_RUNS_MAX: Final = 50
RUNS: Final = "runs"
SUMMARY: Final = "summary.json"
SITE_TITLE: Final = "navlog Data Docs"


@dataclass(frozen=True, slots=True)
class Run:
    """When and under which name batches were checked."""

    name: str
    time: datetime

    @property
    def slug(self) -> str:
        """The name as part of a path."""
        return re.sub(r"[^A-Za-z0-9._-]+", "-", self.name).strip("-.")[:100] or "run"

    @property
    def folder(self) -> Path:
        """The run's folder below the context root, and below the site's root."""
        return Path(RUNS, f"{self.time:%Y%m%dT%H%M%S%fZ}-{self.slug}")


@dataclass(frozen=True, slots=True)
class BatchLine:
    """What the index tells of one batch."""

    name: str
    row_count: int
    evaluated_count: int
    critical_count: int
    warning_count: int
    is_passed: bool


@dataclass(frozen=True, slots=True)
class RunLine:
    """What the index tells of one run."""

    folder: str
    name: str
    time: str
    batches: tuple[BatchLine, ...]

    @property
    def is_passed(self) -> bool:
        """Whether every batch passed."""
        return all(batch.is_passed for batch in self.batches)


def write_site(
    run: Run, verdicts: Sequence[SuiteVerdict], raw_pages: Sequence[str], context_root: Path, docs_root: Path
) -> Path:
    """Add the pages of a run, forget the oldest runs, and write the index over those that are left."""
    for verdict, raw_page in zip(verdicts, raw_pages, strict=True):
        _write(docs_root / run.folder / f"{verdict.name}.html", _batch_page(run, verdict, raw_page))
    line = _run_line(run, verdicts)
    _write(docs_root / run.folder / "index.html", _run_page(line))
    _write(context_root / run.folder / SUMMARY, json.dumps(asdict(line), indent=1))
    for root in (context_root, docs_root):
        _forget_oldest(root / RUNS)
    index = docs_root / "index.html"
    _write(index, _index_page(_stored_lines(context_root)))
    return index


def _write(path: Path, text: str) -> None:
    """Replace a file at once: somebody may be reading it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)


def _forget_oldest(runs: Path) -> None:
    for folder in sorted(runs.iterdir(), reverse=True)[KEPT_RUNS_MAX:]:
        shutil.rmtree(folder, ignore_errors=True)


def _run_line(run: Run, verdicts: Sequence[SuiteVerdict]) -> RunLine:
    return RunLine(str(run.folder), run.name, _told(run.time), tuple(_batch_line(verdict) for verdict in verdicts))


def _batch_line(verdict: SuiteVerdict) -> BatchLine:
    critical_count = sum(finding.is_critical for finding in verdict.findings)
    return BatchLine(
        verdict.name,
        verdict.row_count,
        verdict.evaluated_count,
        critical_count,
        len(verdict.findings) - critical_count,
        verdict.is_passed,
    )


def _stored_lines(context_root: Path) -> list[RunLine]:
    """The latest runs, newest first; one that died before its summary is left out."""
    summaries = sorted((context_root / RUNS).glob(f"*/{SUMMARY}"), reverse=True)
    stored = [json.loads(path.read_text(encoding="utf-8")) for path in summaries[:INDEX_RUNS_MAX]]
    return [RunLine(**{**line, "batches": tuple(BatchLine(**batch) for batch in line["batches"])}) for line in stored]


def _told(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _outcome(is_passed: bool, warning_count: int) -> str:
    if not is_passed:
        return badge("fail", "failed")
    return badge("pass", "passed") + (badge("warn", _counted(warning_count, "warning")) if warning_count else "")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _index_page(runs: Sequence[RunLine]) -> str:
    sections = [_run_section(run, f"{run.folder}/", is_open=position == 0) for position, run in enumerate(runs)]
    body = (
        f"<header><h1>{SITE_TITLE}</h1><p>What was checked before each publish, newest first. "
        "Nothing is published from a run that failed.</p></header>"
        f"<main>{''.join(sections)}</main>"
    )
    return page(SITE_TITLE, body)


def _run_page(run: RunLine) -> str:
    body = (
        f'<header><p class="path"><a href="../../index.html">{SITE_TITLE}</a></p><h1>{escape(run.name)}</h1></header>'
        f"<main>{_run_section(run, '', is_open=True)}</main>"
    )
    return page(f"{run.name} · {SITE_TITLE}", body)


def _run_section(run: RunLine, pages: str, *, is_open: bool) -> str:
    """One run; ``pages`` leads from the page that shows it to the pages of its batches."""
    warning_count = sum(batch.warning_count for batch in run.batches)
    evaluated_count = sum(batch.evaluated_count for batch in run.batches)
    summary = (
        f"{_outcome(run.is_passed, warning_count)} <strong>{escape(run.name)}</strong> "
        f'<span class="quiet">{escape(run.time)} · {_counted(len(run.batches), "suite")} · '
        f"{_counted(evaluated_count, 'expectation')}</span>"
    )
    rows = [_batch_row(pages, batch) for batch in sorted(run.batches, key=lambda batch: batch.is_passed)]
    headings = ("Suite", "Outcome", "Rows", "Evaluated", "Findings")
    state = " open" if is_open else ""
    return f'<details class="run"{state}><summary>{summary}</summary>{table(headings, rows)}</details>'


def _batch_row(pages: str, batch: BatchLine) -> tuple[str, ...]:
    counts = [
        _counted(batch.critical_count, "failure") if batch.critical_count else "",
        _counted(batch.warning_count, "warning") if batch.warning_count else "",
    ]
    return (
        f'<a href="{escape(pages)}{escape(batch.name)}.html">{escape(batch.name)}</a>',
        _outcome(batch.is_passed, 0),
        f"{batch.row_count:,}",
        f"{batch.evaluated_count:,}",
        ", ".join(count for count in counts if count) or "none",
    )


def _batch_page(run: Run, verdict: SuiteVerdict, raw_page: str) -> str:
    line = _batch_line(verdict)
    facts = f"{_counted(line.row_count, 'row')} · {_counted(line.evaluated_count, 'expectation')} evaluated"
    body = (
        f'<header><p class="path"><a href="../../index.html">{SITE_TITLE}</a> / {escape(run.name)}</p>'
        f"<h1>{escape(verdict.name)} {_outcome(line.is_passed, line.warning_count)}</h1>"
        f'<p class="quiet">{_told(run.time)} · {facts}</p></header>'
        f'<main><section class="findings"><h2>Findings</h2>{_findings_table(verdict.findings)}</section>'
        f'<section class="evidence"><h2>Every expectation</h2>{_evidence(raw_page)}</section></main>'
    )
    return page(f"{verdict.name} · {run.name} · {SITE_TITLE}", body)


def _evidence(raw_page: str) -> str:
    if not raw_page:
        return "<p>Great Expectations could not render this result; its JSON is stored with the run.</p>"
    return readable(raw_page)


def _findings_table(findings: Iterable[Finding]) -> str:
    """Failures before warnings."""
    ordered = sorted(findings, key=lambda finding: not finding.is_critical)
    if not ordered:
        return "<p>None: every expectation is met.</p>"
    return table(("Severity", "Column", "What", "Examples"), [_finding_row(finding) for finding in ordered])


def _finding_row(finding: Finding) -> tuple[str, ...]:
    severity = badge("fail", "failure") if finding.is_critical else badge("warn", "warning")
    examples = " ".join(f"<code>{escape(example)}</code>" for example in finding.examples) or "-"
    return (severity, escape(finding.column or "whole table"), escape(finding.message), examples)
