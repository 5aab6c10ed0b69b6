"""The laws of the books, counted on the build database as it is.

A law is stated once, as a dbt test in dbt/tests/singular; its SQL as dbt has compiled it sees the rows that the last
run touched. dbt asks it while it builds, and the gate asks again of what is about to be published: which account, which
day?
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import duckdb

from flows.dbt_run import Test

EXAMPLES_MOST: Final = 5
_DAYS: Final = ("value_date", "posting_date", "trade_date", "occurred_on")
_EVENTS: Final = ("event_id", "trade_id", "original_event_id")


def collect_breaks(database: duckdb.DuckDBPyConnection, laws: Iterable[Test]) -> None:
    """Fill the temporary table `law_breaks`: a row per law, of a broken one a row for each of the first breaks.

    ``break_count`` is NULL for a law that dbt has not compiled, or that can't be asked on these tables.
    """
    database.execute(
        "create or replace temp table law_breaks "
        "(law varchar, break_count bigint, account_id varchar, symbol varchar, day date, event_id varchar)"
    )
    rows = [row for law in laws for row in _breaks(database, law)]
    if rows:
        database.executemany("insert into law_breaks values (?, ?, ?, ?, ?, ?)", rows)


def _breaks(database: duckdb.DuckDBPyConnection, law: Test) -> list[tuple[Any, ...]]:
    nothing = (None,) * 4
    if law.compiled_sql is None:
        return [(law.name, None, *nothing)]
    try:
        cursor = database.execute(f"from ({law.compiled_sql}) as broken")
    except duckdb.Error:
        return [(law.name, None, *nothing)]
    names = [column[0] for column in cursor.description or ()]
    first = [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(EXAMPLES_MOST)]
    if not first:
        return [(law.name, 0, *nothing)]
    ((count,),) = database.execute(f"select count(*) from ({law.compiled_sql}) as broken").fetchall()
    return [(law.name, count, *_place(row)) for row in first]


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Whose break it is, and of which day and event, as far as the law says so."""
    day = next((row[name] for name in _DAYS if row.get(name) is not None), None)
    event_id = next((row[name] for name in _EVENTS if row.get(name) is not None), None)
    return row.get("account_id"), row.get("symbol"), day, event_id
