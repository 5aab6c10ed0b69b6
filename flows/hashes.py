"""Content hashes of public tables: of the typed rows, whatever their order or files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from flows.contract import PublicTable


@dataclass(frozen=True, slots=True)
class Content:
    """Rows of a table and the hash of their content (the sum of the rows' MD5 halves, hexadecimal)."""

    rows: int
    sha: str


def content_of(database: duckdb.DuckDBPyConnection, tables: Iterable[PublicTable]) -> dict[str, Content]:
    """Hash every table. Two tables have equal hashes exactly when they hold equal rows, equally often."""
    return {table.qualified: _content(database, table) for table in tables}


def _content(database: duckdb.DuckDBPyConnection, table: PublicTable) -> Content:
    columns = ", ".join(
        f"coalesce(cast({name} as varchar), '\\N')"
        for (name, *_rest) in sorted(database.execute(f"describe {table.qualified}").fetchall())
    )
    row = database.execute(
        f"""
        with hashed as (select concat_ws('|', {columns}) as row_text from {table.qualified})
        select
            count(*),
            coalesce(sum(cast(md5_number_upper(row_text) as hugeint)), 0),
            coalesce(sum(cast(md5_number_lower(row_text) as hugeint)), 0)
        from hashed
        """
    ).fetchone()
    if row is None:
        raise RuntimeError(f"Table {table.qualified} could not be hashed.")
    return Content(int(row[0]), f"{row[1] % 2**64:016x}{row[2] % 2**64:016x}")
