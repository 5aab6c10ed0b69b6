"""Great Expectations at work: a context that lives for one run, its checkpoints, and the pages it renders.

The context is ephemeral: suites are code, so nothing but results is worth keeping, and no state of an earlier run can
break this one. Results are written as JSON below the run's own folder; so listing them never grows with history.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import great_expectations as gx
import pandas as pd
from great_expectations.core import ExpectationSuiteValidationResult, RunIdentifier
from great_expectations.data_context import EphemeralDataContext
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.data_context.types.resource_identifiers import ValidationResultIdentifier
from great_expectations.datasource.fluent import PandasDatasource
from great_expectations.expectations.expectation import Expectation

NAME: Final = "navlog"
FILES: Final = "TupleFilesystemStoreBackend"


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


def run_checks(checks: Sequence[Check], results_root: Path, run_name: str, run_time: datetime) -> list[Outcome]:
    """Evaluate the checks under one run id, store the results as JSON and render a page for each."""
    run_id = RunIdentifier(run_name=run_name, run_time=run_time)
    with _rendering_folder(results_root) as rendered:
        context = _context(results_root, rendered)
        source = context.data_sources.add_pandas(NAME)
        results = [_run(context, source, check, run_id) for check in checks]
        context.build_data_docs(resource_identifiers=[key for key, _ in results], build_index=False)
        return [Outcome(result, _page(rendered, result.suite_name)) for _, result in results]


@contextmanager
def _rendering_folder(results_root: Path) -> Iterator[Path]:
    """A folder for raw pages, out of every reader's sight: they load scripts from the net."""
    results_root.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=results_root, prefix=".rendered-") as folder:
        yield Path(folder)


def _context(results_root: Path, rendered: Path) -> EphemeralDataContext:
    defaults = InMemoryStoreBackendDefaults()
    stores: dict[str, Any] = defaults.stores
    stores[defaults.validation_results_store_name]["store_backend"] = {
        "class_name": FILES,
        "base_directory": str(results_root),
    }
    configuration = DataContextConfig(
        store_backend_defaults=defaults,
        stores=stores,
        data_docs_sites={NAME: _site(rendered)},
        analytics_enabled=False,
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
    )
    return gx.get_context(mode="ephemeral", project_config=configuration)


def _site(rendered: Path) -> dict[str, Any]:
    """Pages of results only: the index is ours (index.py), and a suite is told by the page of its result."""
    return {
        "class_name": "SiteBuilder",
        "show_how_to_buttons": False,
        "store_backend": {"class_name": FILES, "base_directory": str(rendered)},
        "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        "site_section_builders": {
            "expectations": "None",
            "profiling": "None",
            # By default runs with "profiling" in their name get no page; no run name has a slash.
            "validations": {"run_name_filter": {"not_includes": "/"}},
        },
    }


def _run(
    context: EphemeralDataContext, source: PandasDatasource, check: Check, run_id: RunIdentifier
) -> tuple[ValidationResultIdentifier, ExpectationSuiteValidationResult]:
    """One checkpoint for one batch: Great Expectations hands a checkpoint's frame to all of its definitions."""
    batch_definition = source.add_dataframe_asset(check.name).add_batch_definition_whole_dataframe(check.name)
    suite = context.suites.add(gx.ExpectationSuite(name=check.name, expectations=list(check.expectations)))
    definition = context.validation_definitions.add(
        gx.ValidationDefinition(name=check.name, data=batch_definition, suite=suite)
    )
    checkpoint = context.checkpoints.add(
        gx.Checkpoint(name=check.name, validation_definitions=[definition], result_format={"result_format": "SUMMARY"})
    )
    outcome = checkpoint.run(batch_parameters={"dataframe": check.frame}, run_id=run_id)
    ((key, result),) = outcome.run_results.items()
    return key, result


def _page(rendered: Path, name: str) -> str:
    pages = list((rendered / "validations" / name).rglob("*.html"))
    return pages[0].read_text(encoding="utf-8") if pages else ""
