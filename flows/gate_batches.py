"""What the gate looks at: new events beside what was known, the touched rows of public tables, the run as a whole."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import duckdb

from eventlog.events import STREAMS
from eventlog.settings import Settings
from flows import plausibility
from flows.contract import PublicTable, declared_laws, public_tables
from flows.laws import collect_breaks

ROWS_MOST: Final = 250_000
"""About as many rows of one batch as Great Expectations checks in seconds and half a gigabyte."""

_FED_BY: Final = {
    "dim_account": ("main_staging.stg_accounts", "main_staging.stg_trades", "main_staging.stg_cash_events"),
    "dim_symbol": ("main_staging.stg_symbols", "main_staging.stg_trades", "main_staging.stg_prices"),
    "dim_date": ("main_staging.stg_trades", "main_staging.stg_prices", "main_staging.stg_cash_events"),
}
_ACCOUNT_DAYS: Final = ("main_intermediate.int_account_changes_daily",)
_DAILY_KEYS: Final = ("int_replay_accounts", "int_replay_returns")
"""A table must have rows when one of those that feed it has."""

_MAY_BE_EMPTY: Final = ("drawdown_episodes", "holdings_risk")
"""An account that has never fallen, or holds nothing, has no row here."""

Rows = tuple[str, duckdb.DuckDBPyRelation, int]
"""Name of a suite, the rows it judges, and how many are due at least."""


def batches_of(database: duckdb.DuckDBPyConnection, settings: Settings) -> Iterator[Rows]:
    """Everything that the gate looks at after a build."""
    yield from _stream_batches(database)
    yield from _table_batches(database, public_tables(settings))
    database.execute(plausibility.HELD)
    yield batch_of(database, "effective_prices", plausibility.EFFECTIVE_PRICES, "event_id", 0)
    yield batch_of(database, "effective_trades", plausibility.EFFECTIVE_TRADES, "event_id", 0)
    yield batch_of(database, "price_feed", plausibility.PRICE_FEED, "1", 0)
    yield batch_of(database, "held_symbols", plausibility.HELD_SYMBOLS, "symbol", 0)
    yield batch_of(database, "new_references", plausibility.NEW_REFERENCES, "name", 0)
    yield _law_batch(database, declared_laws(settings))


def batch_of(database: duckdb.DuckDBPyConnection, name: str, rows: str, chosen_by: str, least_rows: int) -> Rows:
    """All rows, or of too many the share whose hash of ``chosen_by`` says so; of a share at least one row is due."""
    count = int(database.execute(f"select count(*) from ({rows}) as batch").fetchall()[0][0])
    if count <= ROWS_MOST:
        return name, database.sql(rows), least_rows
    share = f"hash({chosen_by}) % {-(-count // ROWS_MOST)} = 0"
    return name, database.sql(f"select * from ({rows}) as batch where {share}"), min(least_rows, 1)


def _law_batch(database: duckdb.DuckDBPyConnection, laws: list[str]) -> Rows:
    """The breaks of all laws; at least a row of each is due."""
    collect_breaks(database, laws)
    return "law_breaks", database.sql("from law_breaks"), max(len(laws), 1)


def _stream_batches(database: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    accepted = dict(
        database.execute("select stream, sum(accepted)::bigint from event_log.commits group by stream").fetchall()
    )
    for stream in STREAMS:
        if accepted.get(stream):
            rows = plausibility.NEW_EVENTS.get(stream, f"select * exclude (commit_seq) from event_log.{stream}")
            yield batch_of(database, stream, rows, "event_id", accepted[stream])


def _table_batches(database: duckdb.DuckDBPyConnection, tables: list[PublicTable]) -> Iterator[Rows]:
    for table in (table for table in tables if not table.is_view):
        fed_by = _FED_BY.get(table.name) or (_ACCOUNT_DAYS if table.replay_keys in _DAILY_KEYS else ())
        is_fed = any(database.sql(f"select 1 from {feeder} limit 1").fetchall() for feeder in fed_by)
        is_due = is_fed and table.name not in _MAY_BE_EMPTY
        rows = f"from {table.replayed_rows if table.replay_keys else table.qualified}"
        chosen_by = ", ".join(filter(None, [*table.replay_on, table.replay_date])) or "batch"
        yield batch_of(database, table.name, rows, chosen_by, int(is_due))
