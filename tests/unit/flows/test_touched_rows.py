"""What a run has touched is found without reading what it has not: the engine must keep its part of that."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import duckdb
import pytest

from flows.contract import PublicTable

ACCOUNTS, ROWS_EACH = 4_000, 100
LOTS = PublicTable(
    "main", "lots", ("account_id", "symbol"), "keys", ("account_id", "symbol"), "closed_on", is_view=False
)
TOUCHED = f"select lot.* from lots as lot, keys as replay where {LOTS.is_touched('lot', 'keys')}"


@pytest.fixture
def database() -> duckdb.DuckDBPyConnection:
    """Lots in the order of keys, and two keys that a run has replayed from 2024-03-01 on."""
    database = duckdb.connect()
    database.execute(f"""
        create table lots as
        select printf('A%05d', range // {ROWS_EACH}) as account_id, if(range % 2 = 0, 'KO', 'XOM') as symbol,
            date '2024-01-01' + (range % {ROWS_EACH})::integer as closed_on, range::decimal(28, 8) as cost
        from range({ACCOUNTS * ROWS_EACH});
        create table keys as
        select * from (values ('A00007', 'KO', date '2024-03-01'), ('A03007', 'XOM', date '2024-03-01'))
            as keys (account_id, symbol, replay_from)
    """)
    return database


def test_touched_rows_are_those_of_the_keys_from_their_day_on(database):
    found = database.sql(f"select account_id, symbol, min(closed_on), max(closed_on) from ({TOUCHED}) group by all")
    assert sorted(found.fetchall()) == [
        ("A00007", "KO", date(2024, 3, 1), date(2024, 4, 8)),
        ("A03007", "XOM", date(2024, 3, 2), date(2024, 4, 9)),
    ]


def test_columns_are_read_of_touched_accounts_alone(database, tmp_path):
    """Without the Bloom filter in the scan every row of 3,000 accounts would come out of it."""
    profile = tmp_path / "profile.json"
    database.execute(f"pragma enable_profiling = 'json'; pragma profiling_output = '{profile}'")
    database.execute(TOUCHED).fetchall()
    database.execute("pragma disable_profiling")

    assert rows_out_of_scan(profile, "lots") < 0.1 * ACCOUNTS * ROWS_EACH


def rows_out_of_scan(profile: Path, table: str) -> int:
    """How many rows the scan of a table has handed on."""
    nodes = [json.loads(profile.read_text())]
    for node in nodes:
        nodes.extend(node.get("children", ()))
    (scan,) = (node for node in nodes if str(node.get("extra_info", {}).get("Table", "")).endswith(f".{table}"))
    return int(scan["operator_cardinality"])
