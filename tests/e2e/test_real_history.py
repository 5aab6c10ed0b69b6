"""Four years of trading at real prices, shuffled and cut into many small files, against expected figures.

The figures come from a slow Decimal ledger outside of this project (tests/fixtures/real_history/SOURCES.md). Every row
of the expected tables must be there, no other may be, and every figure must agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from eventlog.clock import fixed_clock
from eventlog.intake import Receipt, ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse
from flows.contract import public_tables
from flows.hashes import Content, content_of
from tests.e2e.expected_books import (
    closed_lot_differences,
    portfolio_differences,
    position_differences,
    year_end_differences,
)

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "real_history"
SEED = 20190221
ROUNDS = 4
FILES_PER_STREAM = 24
RESENT_SHARE = 0.05
START = datetime(2023, 1, 2)


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The whole history, brought in file by file with a build after each quarter of the files."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")
        folder = tmp_path_factory.mktemp("real_history")
        settings = settings_for(folder / "home")
        rounds = deliveries(folder)
        receipts: list[Receipt] = []
        for number, files in enumerate(rounds):
            clock = fixed_clock(START + timedelta(days=number))
            for stream, file in files:
                receipts += ingest_files(settings, stream, [file], clock)
            warehouse.build(settings)
        assert [receipt for receipt in receipts if receipt.quarantined] == []
        assert sum(receipt.accepted for receipt in receipts) == sum(table.num_rows for table in inputs().values())
        yield settings


@pytest.fixture(scope="module")
def under_average(lived: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same home after an accounts file has set the average method for everyone."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.csv"
    accounts = sorted(set(inputs()["cash_events"]["account_id"].to_pylist()))
    lines = [f"{account},2018-01-01,AVERAGE" for account in accounts]
    file.write_text("\n".join(["account_id,occurred_at,lot_method", *lines]) + "\n")
    list(ingest_files(lived, "accounts", [file], fixed_clock(START + timedelta(days=ROUNDS))))
    warehouse.build(lived)
    return lived


def inputs() -> dict[str, pa.Table]:
    """Every event of the fixture, by stream."""
    text = pacsv.ConvertOptions(column_types=dict.fromkeys(("quantity", "price", "fee", "amount"), pa.string()))
    return {
        "trades": pacsv.read_csv(FIXTURES / "trades.csv", convert_options=text),
        "cash_events": pacsv.read_csv(FIXTURES / "cash_events.csv", convert_options=text),
        "prices": pq.read_table(FIXTURES / "prices.parquet"),
    }


def deliveries(folder: Path) -> list[list[tuple[str, Path]]]:
    """Cut shuffled events into files of three formats, some rows sent twice; deal the files to the rounds."""
    chance = random.Random(SEED)  # noqa: S311 - the same cut every time
    files = []
    for stream, table in inputs().items():
        order = chance.sample(range(table.num_rows), table.num_rows)
        for number in range(FILES_PER_STREAM):
            rows = order[number::FILES_PER_STREAM]
            # Prices have no event_id; one that comes again, in another file, gets the same id from what it says.
            again = chance.sample(order, int(len(order) * RESENT_SHARE / FILES_PER_STREAM))
            chosen = [*rows, *(row for row in again if row not in set(rows))]
            files.append((stream, written(table.take(chosen), folder / f"{stream}-{number}", number)))
    chance.shuffle(files)
    return [files[number::ROUNDS] for number in range(ROUNDS)]


def written(table: pa.Table, file: Path, number: int) -> Path:
    """Write a file as CSV, JSON Lines or Parquet, in turn."""
    suffix = (".csv", ".jsonl", ".parquet")[number % 3]
    path = str(file.with_suffix(suffix))
    with duckdb.connect() as database:
        database.register("delivery", table)
        form = {".csv": "format csv, header", ".jsonl": "format json", ".parquet": "format parquet"}[suffix]
        database.execute(f"copy delivery to '{path}' ({form})")
    return Path(path)


def contents(settings: Settings) -> dict[str, Content]:
    """Content hash of every public table."""
    with warehouse.reading(settings) as database:
        return content_of(database, public_tables(settings))


def test_positions_agree_under_fifo(lived: Settings):
    """Quantity, close, value, cost, P&L, fees and the number of open lots of every position on every day."""
    assert position_differences(lived, FIXTURES, "fifo") == []


def test_portfolios_agree_under_fifo(lived: Settings):
    """Value, returns, risk and P&L of every account on every day."""
    assert portfolio_differences(lived, FIXTURES, "fifo") == []


def test_closed_lots_agree_under_fifo(lived: Settings):
    """What every closing matched, for how much, with which fees."""
    assert closed_lot_differences(lived, FIXTURES) == []


def test_lots_open_at_the_end_of_a_year_agree_under_fifo(lived: Settings):
    """fact_lots answers for any day in the past, not only for the last one."""
    assert year_end_differences(lived, FIXTURES) == []


def test_positions_agree_after_a_change_to_average(under_average: Settings):
    """One reference event re-prices every position from its first day."""
    assert position_differences(under_average, FIXTURES, "avg") == []


def test_portfolios_agree_after_a_change_to_average(under_average: Settings):
    """The method moves P&L between realized and unrealized and touches neither value nor return."""
    assert portfolio_differences(under_average, FIXTURES, "avg") == []


def test_a_full_rebuild_changes_no_row(under_average: Settings):
    """Five incremental builds over shuffled files hold the very rows that one build from the first commit gives."""
    grown = contents(under_average)
    warehouse.rebuild(under_average)

    assert contents(under_average) == grown
