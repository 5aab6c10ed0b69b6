"""Great Expectations at work: a context that lives for one run, the validation of its batches, and their pages.

Suites are code and results are files of ours, so the context keeps nothing: no state of an earlier run can break this
one. A batch validates its suite directly. A checkpoint would compare every suite with a stored copy of itself, and
store the result to read it again for its page: a fifth of the time, for objects that are gone a moment later.

Great Expectations collects values and rows that are not as expected as metrics of their own, whether there are any or
not. So a suite is asked for its counts first, and for the rows only if something was not met.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier
from great_expectations.core.batch_definition import BatchDefinition
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.expectations.expectation import Expectation
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

NAME: Final = "navlog"
_COUNTS: Final = "BASIC"
_COUNTS_AND_ROWS: Final = "SUMMARY"


@dataclass(frozen=True, slots=True)
class Check:
    """One batch with the expectations that can be evaluated on it."""

    name: str
    frame: pd.DataFrame
    expectations: tuple[Expectation, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one check, and the page that Great Expectations rendered of it ("" if it could not)."""

    result: ExpectationSuiteValidationResult
    page: str


class Checks:
    """Evaluates the checks of a run, one after the other; Great Expectations keeps the rows of the last one."""

    def __init__(self, results_root: Path, run_name: str, run_time: datetime) -> None:
        """Results go to ``results_root/<name>.json``."""
        results_root.mkdir(parents=True, exist_ok=True)
        # One asset for all: for each that is added Great Expectations writes its whole configuration, and to nowhere.
        asset = _context().data_sources.add_pandas(NAME).add_dataframe_asset(NAME)
        self._frames = asset.add_batch_definition_whole_dataframe(NAME)
        self._results_root = results_root
        self._run_id = RunIdentifier(run_name=run_name, run_time=run_time)
        self._view = DefaultJinjaPageView()  # one for all pages: it compiles its templates once
        self._view.env.auto_reload = False  # or it would look at the file of a template for each cell of a page

    def evaluate(self, check: Check) -> Outcome:
        """Evaluate a check, keep its result and render its page."""
        result = _validated(self._frames, check, self._run_id)
        stored = json.dumps(result.to_json_dict(), indent=2, sort_keys=True)  # type: ignore[no-untyped-call]
        (self._results_root / f"{result.suite_name}.json").write_text(stored, encoding="utf-8")
        return Outcome(result, _page(self._view, result))


def _context() -> EphemeralDataContext:
    configuration = DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(),
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    )
    return gx.get_context(mode="ephemeral", project_config=configuration)


def _validated(frames: BatchDefinition[Any], check: Check, run_id: RunIdentifier) -> ExpectationSuiteValidationResult:
    batch = frames.get_batch(batch_parameters={"dataframe": check.frame})
    suite = gx.ExpectationSuite(name=check.name, expectations=list(check.expectations))
    result = batch.validate(suite, result_format=_COUNTS)
    if not result.success:
        result = batch.validate(suite, result_format=_COUNTS_AND_ROWS)
    result.meta["run_id"] = run_id
    return result


def _page(view: DefaultJinjaPageView, result: ExpectationSuiteValidationResult) -> str:
    try:
        return str(view.render(ValidationResultsPageRenderer().render(result)))  # type: ignore[no-untyped-call]
    except Exception:  # a page is not the verdict: the result is, and it is stored
        return ""
