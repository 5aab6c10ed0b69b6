"""How many rows a run replaced, asked of the build database before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from eventlog.settings import Settings
from flows import warehouse
from flows.contract import PublicTable, public_tables


@dataclass(frozen=True, slots=True)
class Touched:
    """Rows deleted from and inserted into the daily and lot tables, summed over the tables; keys replayed."""

    keys: int
    deleted: int
    inserted: int


def row_counts(settings: Settings) -> dict[str, int]:
    """Rows of every public table that is replayed."""
    with warehouse.reading(settings) as database:
        return {table.qualified: _count(database, table.qualified) for table in _replayed_tables(settings)}


def rows_touched(settings: Settings, rows_before: dict[str, int]) -> Touched:
    """Compare the home after a run with the counts before it."""
    replayed = _replayed_tables(settings)
    with warehouse.reading(settings) as database:
        inserted = {table.qualified: _count(database, table.replayed_rows) for table in replayed}
        grown = {name: _count(database, name) - rows_before[name] for name in inserted}
        keys = _count(database, "main_intermediate.int_replay_keys")
    deleted = sum(inserted[name] - grown[name] for name in inserted)
    return Touched(keys, deleted, sum(inserted.values()))


def _replayed_tables(settings: Settings) -> list[PublicTable]:
    return [table for table in public_tables(settings) if table.replay_keys]


def _count(database: duckdb.DuckDBPyConnection, rows: str) -> int:
    return int(database.execute(f"select count(*) from {rows}").fetchall()[0][0])
