"""The opponent of a full rebuild: one pass by hand over the same files, in DuckDB and the ledger's fold.

It knows no commits, corrections, splits, dividends or watermark and checks nothing, which is fair to it: the histories
of this benchmark have none of them. It makes the same public facts and metrics, row for row, but not the tables of risk
and of periods: whoever made them would call `measures` as navlog does.
"""

from __future__ import annotations

import time
from importlib.resources import files
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.replay.measure import Measured, peak_bytes
from eventlog.landing import Landing
from eventlog.settings import Settings
from flows import warehouse
from flows.contract import PublicTable, public_tables
from flows.hashes import content_of
from ledger.columns import ROWS_PER_BATCH, replay_stream

TABLES: Final = (
    "dim_account", "dim_symbol", "dim_date", "fact_trades", "fact_cash_moves", "fact_lots", "fact_positions_daily",
    "fact_pnl_daily", "fact_portfolio_value_daily", "daily_returns", "cumulative_returns", "drawdown",
    "rolling_volatility",
)  # fmt: skip
"""What it makes."""
_EVENTS_IN_TOTAL_ORDER: Final = """
    select
        account_id, symbol, lot_method, 'TRADE' as kind, traded_at as occurred_at, trade_id as event_id,
        null::timestamp as opened_at, null::varchar as opened_by_event_id, signed_quantity::decimal(20, 8) as quantity,
        consideration as amount, fee, named_lot_id, null::decimal(20, 8) as numerator,
        null::decimal(20, 8) as denominator
    from main_facts.fact_trades join main_dimensions.dim_account using (account_id)
    order by account_id, symbol, traded_at, trade_id
"""


def build_by_hand(settings: Settings, database_file: Path) -> Measured:
    """Build the public tables into ``database_file`` and say what it cost."""
    begun_s, processor_begun_s = time.perf_counter(), time.process_time()
    with duckdb.connect(str(database_file)) as database:
        database.execute(f"set memory_limit = '{settings.memory_limit}'")
        database.execute("set preserve_insertion_order = false; set TimeZone = 'UTC'; set enable_progress_bar = false")
        _open_streams(database, Landing(settings.landing))
        database.execute(_script("before_the_fold.sql"))
        _fold(database)
        database.execute(_script("after_the_fold.sql"))
    total_s = time.perf_counter() - begun_s
    return Measured(total_s, time.process_time() - processor_begun_s, total_s, 0.0, total_s, peak_bytes())


class UnequalTablesError(RuntimeError):
    """The script by hand and navlog disagree: one of them is wrong, and the comparison of their times says nothing."""


def tables_by_hand(settings: Settings) -> list[PublicTable]:
    """The public tables that the script makes, as dbt's last run of all models declares them."""
    return [table for table in public_tables(settings) if table.name in TABLES]


def require_equal(settings: Settings, tables: list[PublicTable], database_file: Path) -> None:
    """Compare every public table made by hand with navlog's, by the hash of its content.

    Raises:
        UnequalTablesError: some differ; the message names them.
    """
    with warehouse.reading(settings) as built, duckdb.connect(str(database_file), read_only=True) as by_hand:
        by_hand.execute("set TimeZone = 'UTC'")
        expected, found = content_of(built, tables), content_of(by_hand, tables)
    unequal = [name for name in expected if expected[name] != found[name]]
    if unequal:
        raise UnequalTablesError(f"Tables that differ from navlog's: {', '.join(unequal)}.")


def _open_streams(database: duckdb.DuckDBPyConnection, landing: Landing) -> None:
    for stream in ("trades", "prices", "cash_events", "accounts", "symbols"):
        paths = ", ".join(f"'{landing.root / commit.path}'" for commit in landing.commits()
                          if commit.stream == stream and commit.path)  # fmt: skip
        database.execute(f"create temp view {stream} as from read_parquet([{paths}], hive_partitioning = false)")


def _fold(database: duckdb.DuckDBPyConnection) -> None:
    """The slices stream from one cursor through the fold into a table on another."""
    ((row_count,),) = database.execute("select count(*) from main_facts.fact_trades").fetchall()
    rows = database.cursor().sql(_EVENTS_IN_TOTAL_ORDER).to_arrow_reader(ROWS_PER_BATCH)
    slices = replay_stream(rows, row_count)
    database.register("slices", slices)
    database.execute(_script("lots.sql"))
    database.unregister("slices")


def _script(name: str) -> str:
    return (files(__name__) / name).read_text(encoding="utf-8")
