"""What a check found, read from the results of Great Expectations so that nothing unevaluated counts as passed."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

from expectations.row_expectations import KINDS, wrong_columns

CRITICAL: Final = "critical"
EXAMPLES_MAX: Final = 5
TEXT_LENGTH_MAX: Final = 300
_MAP_PREFIXES: Final = (
    "expect_column_values_", "expect_column_pair_", "expect_compound_", "expect_select_", "expect_rows_",
)  # fmt: skip
"""Expectations about each row; their results say how many rows they saw."""
_NOT_PARAMETERS: Final = ("batch_id", "column", "column_A", "column_B", "column_list", "column_set", "ignore_row_if")


@dataclass(frozen=True, slots=True)
class Finding:
    """One expectation that was not met, or could not be evaluated.

    Its texts are plain and may quote an event: escape them where HTML or Markdown is shown. Control characters are out.
    """

    suite: str
    expectation: str
    column: str | None
    severity: str
    unexpected_count: int
    examples: tuple[str, ...]
    message: str
    rows: tuple[Mapping[str, str], ...] = ()
    """Keys of the first rows that are not as expected: column and value, what is missing left out."""

    @property
    def is_critical(self) -> bool:
        """Whether it fails the verdict."""
        return self.severity == CRITICAL


@dataclass(frozen=True, slots=True)
class Verdict:
    """The outcome of a run: passed when every batch was evaluated whole and nothing critical was found."""

    is_passed: bool
    evaluated_count: int
    findings: tuple[Finding, ...]
    docs_index: Path
    docs_run: Path
    """The folder of the run's pages, below that of the index."""

    def page_of(self, suite: str | None) -> Path:
        """The page of one suite of the run; of none: that of the run."""
        return self.docs_run / f"{suite or 'index'}.html"


@dataclass(frozen=True, slots=True)
class SuiteVerdict:
    """The outcome of one batch."""

    name: str
    row_count: int
    evaluated_count: int
    findings: tuple[Finding, ...]

    @property
    def is_passed(self) -> bool:
        """Whether the batch was evaluated and nothing critical was found."""
        return self.evaluated_count > 0 and not any(finding.is_critical for finding in self.findings)


def failure(suite: str, expectation: str, message: str, column: str | None = None) -> Finding:
    """Something that must stop the run: a batch or an expectation that could not be evaluated."""
    return Finding(suite, expectation, column, CRITICAL, 0, (), _plain(message))


def named_columns(expectation: Expectation) -> tuple[str, ...]:
    """The columns that must exist for an expectation to be evaluated; none for one about the table."""
    return _columns(expectation.configuration.type, expectation.configuration.kwargs)


def suite_verdict(
    name: str, keys: pd.DataFrame, planned_count: int, result: ExpectationSuiteValidationResult, absent: Sequence[str]
) -> SuiteVerdict:
    """Judge one batch.

    ``planned_count`` expectations were handed to Great Expectations; those about ``absent`` columns were not. ``keys``
    has the key of every row, to tell which rows are meant.
    """
    findings = [finding for outcome in result.results for finding in _findings(name, keys, outcome)]
    if absent:
        named = ", ".join(absent)
        findings.append(failure(name, "not_evaluated", f"expectations about these columns had no column: {named}"))
    if len(result.results) != planned_count:
        message = f"{planned_count} expectations were due and {len(result.results)} have a result"
        findings.append(failure(name, "not_evaluated", message))
    evaluated_count = sum(not _raised(outcome) for outcome in result.results)
    return SuiteVerdict(name, len(keys), evaluated_count, tuple(findings))


def _findings(name: str, keys: pd.DataFrame, outcome: ExpectationValidationResult) -> Iterator[Finding]:
    configuration = outcome.expectation_config
    if configuration is None:
        yield failure(name, "unknown", "a result does not say which expectation it belongs to")
        return
    column = ", ".join(_columns(configuration.type, configuration.kwargs)) or None
    reasons = _raised(outcome)
    if reasons:
        yield failure(name, configuration.type, f"could not be evaluated: {'; '.join(reasons)}", column)
    elif not _saw_every_row(configuration.type, outcome.result, len(keys)):
        message = f"saw {outcome.result.get('element_count')} of {len(keys)} rows"
        yield failure(name, configuration.type, message, column)
    elif not outcome.success:
        yield _finding(name, keys, configuration, outcome.result, column)


def _finding(
    name: str,
    keys: pd.DataFrame,
    configuration: ExpectationConfiguration,
    result: Mapping[str, Any],
    column: str | None,
) -> Finding:
    """Of an expectation about many columns it tells those that are wrong in the first rows."""
    blamed, message = column, _message(configuration, result)
    if column and configuration.type in KINDS:
        blamed = ", ".join(_blamed(configuration, result)) or column
        message = message.replace(column, blamed)
    return Finding(
        suite=name,
        expectation=configuration.type,
        column=blamed,
        severity=str(getattr(configuration.severity, "value", configuration.severity)),
        unexpected_count=int(result.get("unexpected_count") or 0),
        examples=_examples(keys, configuration, result),
        message=_plain(message),
        rows=_rows(keys, result),
    )


def _plain(text: str) -> str:
    """One short line of plain text: what was escaped for Great Expectations is taken back."""
    words = " ".join(html.unescape(text).split())
    return words if len(words) <= TEXT_LENGTH_MAX else f"{words[:TEXT_LENGTH_MAX]}..."


def _columns(kind: str, parameters: Mapping[str, Any]) -> tuple[str, ...]:
    if kind.startswith("expect_table_"):
        return ()
    single = [parameters[key] for key in ("column", "column_A", "column_B") if key in parameters]
    return (*single, *parameters.get("column_list", ()))


def _raised(outcome: ExpectationValidationResult) -> list[str]:
    """Why an expectation was not evaluated; Great Expectations states one exception, or one per metric."""
    information = outcome.exception_info or {}
    each: Iterable[Any] = [information] if "raised_exception" in information else information.values()
    return sorted({str(one.get("exception_message")) for one in each if one.get("raised_exception", True)})


def _saw_every_row(kind: str, result: Mapping[str, Any], row_count: int) -> bool:
    return not kind.startswith(_MAP_PREFIXES) or bool(result.get("element_count") == row_count)


def _examples(
    keys: pd.DataFrame, configuration: ExpectationConfiguration, result: Mapping[str, Any]
) -> tuple[str, ...]:
    """The first rows that are not as expected: their key, and the value if the key does not say it."""
    rows = result.get("partial_unexpected_index_list") or ()
    values = result.get("partial_unexpected_list") or ()
    texts = []
    for row, value in zip(rows, values, strict=False):
        key = ", ".join(_told(part) for part in keys.iloc[row] if not pd.isna(part))
        told = _told_value(configuration, keys, value)
        texts.append(": ".join(part for part in (key, told or ("" if key else _told(value))) if part))
    return tuple(_plain(text) for text in dict.fromkeys(texts))[:EXAMPLES_MAX]


def _told_value(configuration: ExpectationConfiguration, keys: pd.DataFrame, value: Any) -> str:  # noqa: ANN401
    """What is wrong in a row, where its key does not say it."""
    if configuration.type in KINDS:
        return ", ".join(f"{column} {_told(found)}" for column, found in _wrong_in(configuration, value).items())
    parameters = configuration.kwargs
    is_told = "column_list" in parameters or parameters.get("value_set") == [True]
    return "" if is_told or parameters.get("column") in keys.columns else _told(value)


def _blamed(configuration: ExpectationConfiguration, result: Mapping[str, Any]) -> list[str]:
    rows = result.get("partial_unexpected_list") or ()
    return list(dict.fromkeys(column for row in rows for column in _wrong_in(configuration, row)))


def _wrong_in(configuration: ExpectationConfiguration, row: Mapping[str, Any]) -> dict[str, Any]:
    wrong = wrong_columns(configuration.type, configuration.kwargs, row)
    return {column: row[column] for column in wrong}


def _rows(keys: pd.DataFrame, result: Mapping[str, Any]) -> tuple[Mapping[str, str], ...]:
    positions = tuple(result.get("partial_unexpected_index_list") or ())[:EXAMPLES_MAX]
    return tuple(
        {str(column): _plain(_told(value)) for column, value in keys.iloc[position].items() if not pd.isna(value)}
        for position in positions
    )


def _told(value: object) -> str:
    """A value as an analyst would write it."""
    if isinstance(value, tuple | list):
        return " / ".join(_told(part) for part in value)
    if value is None or value is pd.NaT or value is pd.NA or value != value:  # noqa: PLR0124 (NaN differs from itself)
        return "missing"
    if isinstance(value, datetime | np.datetime64):
        return str(pd.Timestamp(value)).removesuffix(" 00:00:00")
    return str(value)


def _message(configuration: ExpectationConfiguration, result: Mapping[str, Any]) -> str:
    """One sentence for a person: what should hold, and how far it does not."""
    parameters = configuration.kwargs
    stated = ", ".join(f"{key}={value}" for key, value in parameters.items() if key not in _NOT_PARAMETERS)
    demand = configuration.type.removeprefix("expect_").replace("_to_", "_should_", 1).replace("_", " ")
    wanted = configuration.description or (f"{demand} ({stated})" if stated else demand)
    if "unexpected_count" in result:
        return f"{wanted.rstrip('.')}: not so in {result['unexpected_count']} of {result.get('element_count')} rows"
    return f"{wanted}: {_mismatch(parameters, result.get('observed_value'))}"


def _mismatch(parameters: Mapping[str, Any], observed: object) -> str:
    wanted = parameters.get("column_list") or parameters.get("column_set")
    if wanted is None or not isinstance(observed, list):
        return f"found {observed}"
    missing = [column for column in wanted if column not in observed]
    # Where order counts the columns are exact; a set only has to be there.
    extra = [column for column in observed if column not in wanted and "column_list" in parameters]
    parts = [f"missing {', '.join(missing)}" if missing else "", f"not expected {', '.join(extra)}" if extra else ""]
    return "; ".join(part for part in parts if part) or "another order"
