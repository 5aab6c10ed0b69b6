"""The laws of the books, counted on the build database as it is.

A law is a view of dbt (dbt/models/laws) that has a row for each of its breaks in what the last run touched. The gate
asks of what is about to be published, and so does a rebuild: which account, which day?
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import duckdb

EXAMPLES_MOST: Final = 5
_NOT_OF_THESE_TABLES: Final = (duckdb.CatalogException, duckdb.BinderException)
_DAYS: Final = ("value_date", "posting_date", "trade_date", "occurred_on")
_EVENTS: Final = ("event_id", "trade_id", "original_event_id")


def collect_breaks(database: duckdb.DuckDBPyConnection, laws: Iterable[str]) -> None:
    """Fill the temporary table `law_breaks`: a row per law, of a broken one a row for each of the first breaks.

    ``break_count`` is NULL for a law that can't be asked of these tables.

    Args:
        database: the build database.
        laws: schema.name of the view of each law.

    Raises:
        duckdb.Error: the question itself failed, as for want of memory or disk.
    """
    database.execute(
        "create or replace temp table law_breaks "
        "(law varchar, break_count bigint, account_id varchar, symbol varchar, day date, event_id varchar)"
    )
    rows = [row for law in laws for row in _breaks(database, law)]
    if rows:
        database.executemany("insert into law_breaks values (?, ?, ?, ?, ?, ?)", rows)


def broken_laws(database: duckdb.DuckDBPyConnection, laws: Iterable[str]) -> tuple[str, ...]:
    """A sentence for each law that is broken or can't be asked; see `collect_breaks`."""
    first = [_breaks(database, law)[0] for law in laws]
    return tuple(_told(*row) for row in first if row[1] != 0)


def _told(law: str, break_count: int | None, *place: Any) -> str:  # noqa: ANN401 - the columns of law_breaks
    if break_count is None:
        return f"{law}: can't be asked of these tables."
    where = ", ".join(str(part) for part in place if part is not None)
    return f"{law}: broken by {break_count:,} rows, one of them {where or 'of no account or day'}."


def _breaks(database: duckdb.DuckDBPyConnection, law: str) -> list[tuple[Any, ...]]:
    name, nothing = law.rpartition(".")[2], (None,) * 4
    try:
        cursor = database.execute(f"from {law}")
    except _NOT_OF_THESE_TABLES:
        return [(name, None, *nothing)]
    names = [column[0] for column in cursor.description or ()]
    first = [dict(zip(names, row, strict=True)) for row in cursor.fetchmany(EXAMPLES_MOST)]
    if not first:
        return [(name, 0, *nothing)]
    ((count,),) = database.execute(f"select count(*) from {law}").fetchall()
    return [(name, count, *_place(row)) for row in first]


def _place(row: dict[str, Any]) -> tuple[Any, ...]:
    """Whose break it is, and of which day and event, as far as the law says so."""
    day = next((row[name] for name in _DAYS if row.get(name) is not None), None)
    event_id = next((row[name] for name in _EVENTS if row.get(name) is not None), None)
    return row.get("account_id"), row.get("symbol"), day, event_id
