"""Seven and a half years of trading through two real 2-for-1 splits at raw prices, against expected figures.

The figures come from a slow Decimal ledger outside of this project (tests/fixtures/real_splits/SOURCES.md). The splits
come into the log last of all, years after trades on both sides of them: what they move is replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eventlog.clock import fixed_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse
from tests.e2e.expected_books import (
    closed_lot_differences,
    portfolio_differences,
    position_differences,
    year_end_differences,
)

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "real_splits"
KNOWN = datetime(2009, 1, 2)
ACCOUNT = "account_id,occurred_at,lot_method\nRS001,2001-06-18,AVERAGE\n"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The books after trading, cash and prices, and then after the splits."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")
        settings = settings_for(tmp_path_factory.mktemp("real_splits") / "home")
        for name in ("prices.parquet", "cash_events.csv", "trades.csv"):
            came_in(settings, FIXTURES / name, KNOWN)
        warehouse.build(settings)
        came_in(settings, FIXTURES / "corporate_actions.csv", KNOWN + timedelta(days=1))
        warehouse.build(settings)
        yield settings


@pytest.fixture(scope="module")
def under_average(lived: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same home after an accounts file has set the average method."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.csv"
    file.write_text(ACCOUNT)
    came_in(lived, file, KNOWN + timedelta(days=2))
    warehouse.build(lived)
    return lived


def came_in(settings: Settings, file: Path, known: datetime) -> None:
    """One file, named after its stream, is accepted whole."""
    (receipt,) = ingest_files(settings, file.stem, [file], fixed_clock(known))

    assert (receipt.accepted, receipt.quarantined) == (receipt.received, 0)


def test_positions_agree_under_fifo(lived: Settings):
    """Quantities are restated from the day of a split on, closes stay raw."""
    assert position_differences(lived, FIXTURES, "fifo") == []


def test_portfolios_agree_under_fifo(lived: Settings):
    """A split moves neither value nor return."""
    assert portfolio_differences(lived, FIXTURES, "fifo") == []


def test_closed_lots_agree_under_fifo(lived: Settings):
    """A lot bought before a split and sold after it closes in new units at the old cost."""
    assert closed_lot_differences(lived, FIXTURES) == []


def test_lots_open_at_the_end_of_a_year_agree_under_fifo(lived: Settings):
    """A year that ended before a split keeps its old units."""
    assert year_end_differences(lived, FIXTURES) == []


def test_positions_agree_after_a_change_to_average(under_average: Settings):
    """A pool goes through a split as a lot does."""
    assert position_differences(under_average, FIXTURES, "avg") == []


def test_portfolios_agree_after_a_change_to_average(under_average: Settings):
    """The method moves P&L between realized and unrealized and touches neither value nor return."""
    assert portfolio_differences(under_average, FIXTURES, "avg") == []
