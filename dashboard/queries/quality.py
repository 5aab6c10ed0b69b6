"""Data quality: prices that are not of the day, and the gate's runs as they are stored beside the build database."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from dashboard.books import Books
from eventlog.settings import Settings

RUNS_MAX: Final = 20

_STALE_PRICES: Final = """
    select
        symbol, price_date, price_age_days, is_price_stale, is_price_from_trade,
        count(*) as accounts, cast(sum(abs(market_value)) as double) as market_value
    from main_facts.fact_positions_daily
    where value_date = (select max(calendar_date) from main_dimensions.dim_date where is_valuation_day)
        and cumulative_position <> 0
        and (price_age_days > 0 or is_price_from_trade)
    group by symbol, price_date, price_age_days, is_price_stale, is_price_from_trade
    order by price_age_days desc nulls first, market_value desc, symbol
"""


@dataclass(frozen=True, slots=True)
class CheckedBatch:
    """What the gate found in one table or stream; ``page`` is its page of Data Docs."""

    name: str
    rows: int
    evaluated: int
    failures: int
    warnings: int
    is_passed: bool
    page: Path


@dataclass(frozen=True, slots=True)
class GateRun:
    """One run of the gate."""

    name: str
    time: str
    batches: tuple[CheckedBatch, ...]

    @property
    def is_passed(self) -> bool:
        """Whether every batch passed; without any batch nothing was checked."""
        return bool(self.batches) and all(batch.is_passed for batch in self.batches)

    @property
    def failed_first(self) -> list[CheckedBatch]:
        """The batches, those that a reader looks for on top."""
        return sorted(self.batches, key=lambda batch: batch.is_passed)

    @property
    def evaluated(self) -> int:
        """Expectations evaluated in all batches."""
        return sum(batch.evaluated for batch in self.batches)

    @property
    def warnings(self) -> int:
        """Findings that did not close the gate."""
        return sum(batch.warnings for batch in self.batches)


def stale_prices(books: Books) -> pd.DataFrame:
    """Held symbols whose price on the newest valuation day is an older one, or that of a trade."""
    return books.frame(_STALE_PRICES)


def gate_runs(settings: Settings) -> list[GateRun]:
    """The latest runs of the gate, newest first, also those that published nothing."""
    return list(_gate_runs(settings))


def _gate_runs(settings: Settings) -> Iterator[GateRun]:
    """Runs are named by their time first; one that died before its summary was written is left out."""
    summaries = sorted((settings.expectations_state / "runs").glob("*/summary.json"), reverse=True)
    for summary in summaries[:RUNS_MAX]:
        run: dict[str, Any] = json.loads(summary.read_text(encoding="utf-8"))
        folder = settings.docs / "runs" / summary.parent.name
        yield GateRun(run["name"], run["time"], tuple(_batch(batch, folder) for batch in run["batches"]))


def _batch(batch: dict[str, Any], folder: Path) -> CheckedBatch:
    return CheckedBatch(
        name=batch["name"],
        rows=batch["row_count"],
        evaluated=batch["evaluated_count"],
        failures=batch["critical_count"],
        warnings=batch["warning_count"],
        is_passed=batch["is_passed"],
        page=folder / f"{batch['name']}.html",
    )
