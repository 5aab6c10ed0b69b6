"""One measured piece of work, alone in a process of its own so that its peak memory is its own."""

from __future__ import annotations

import multiprocessing
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from benchmarks.replay.database_time import database_time
from eventlog.clock import fixed_clock
from eventlog.settings import Settings
from flows import warehouse
from flows.dbt_run import Build
from flows.pipeline import refresh_books
from flows.steps.ingest import ingest

_KIBIBYTE: Final = 1024


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work cost.

    ``total_s`` is on the clock, ``processor_s`` over all threads (it says more than the clock when the machine is
    shared). ``statements_s`` is the part of the clock spent in statements of DuckDB: the SQL of models, gate and
    publish, and the fold and the measures that stream through it. ``files_s`` is its time for opening databases and
    closing them, with the checkpoint. ``models_s`` is the part in which the models ran, with what dbt does for each.
    ``steps_s`` are the steps of a refresh.
    """

    total_s: float
    processor_s: float
    statements_s: float
    files_s: float
    models_s: float
    peak_bytes: int
    steps_s: dict[str, float] = field(default_factory=dict)


def alone(work: Callable[..., Measured], *arguments: Any) -> Measured:  # noqa: ANN401 - hands any work through
    """Run ``work`` in a new process and return what it measured."""
    with ProcessPoolExecutor(max_workers=1, mp_context=multiprocessing.get_context("spawn")) as process:
        return process.submit(work, *arguments).result()


def refresh_with(settings: Settings, deliveries: list[tuple[str, Path]], recorded_at: datetime) -> Measured:
    """Take the deliveries into the log and refresh, in a process that has imported its tools before."""
    _import_tools()
    clock = fixed_clock(recorded_at)
    begun_s = time.perf_counter()
    for stream, file in deliveries:
        ingest(settings, stream, [file], clock)
    ingested_s, processor_begun_s = time.perf_counter(), time.process_time()
    with database_time() as database:
        refreshed = refresh_books(settings, clock)
    total_s, processor_s = time.perf_counter() - ingested_s, time.process_time() - processor_begun_s
    steps_s = {"ingest": ingested_s - begun_s, **refreshed.seconds}
    return Measured(
        total_s, processor_s, database.statements_s, database.files_s, _models_s(refreshed.build), peak_bytes(), steps_s
    )


def rebuild(settings: Settings) -> Measured:
    """Build the whole log again."""
    return _built(warehouse.rebuild, settings)


def rebuild_tables(settings: Settings, tables: Sequence[str]) -> Measured:
    """Build these public tables again, and what they are made of."""
    return _built(warehouse.rebuild_tables, settings, tables)


def peak_bytes() -> int:
    """The most memory that this process has held at once."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _KIBIBYTE


def _built(build: Callable[..., Build], *arguments: Any) -> Measured:  # noqa: ANN401
    _import_tools()
    begun_s, processor_begun_s = time.perf_counter(), time.process_time()
    with database_time() as database:
        built = build(*arguments)
    total_s, processor_s = time.perf_counter() - begun_s, time.process_time() - processor_begun_s
    return Measured(total_s, processor_s, database.statements_s, database.files_s, _models_s(built), peak_bytes())


def _import_tools() -> None:
    for module in ("dbt.cli.main", "expectations.checkpoint"):
        import_module(module)


def _models_s(build: Build | None) -> float:
    return sum(model.seconds for model in build.model_runs) if build else 0.0
