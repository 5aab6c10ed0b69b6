"""How long a piece of work is in DuckDB: SQL, the fold and the measures whose rows stream into it, and files.

Together they are what a bare script would take that runs the same statements: it has to open the databases as well, and
at the end a checkpoint writes what has changed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import Any, Final

import duckdb

_Calls = tuple[tuple[Any, tuple[str, ...]], ...]
_STATEMENTS: Final[_Calls] = (
    (duckdb.DuckDBPyConnection, ("execute", "executemany", "sql", "fetchall", "fetchone", "fetchmany")),
    (duckdb.DuckDBPyRelation, ("df", "fetchall", "fetchone", "fetchmany", "to_arrow_table", "to_arrow_reader")),
)
"""The calls that run something; a connection's rows may be computed only when they are fetched."""
_FILES: Final[_Calls] = (
    (duckdb, ("connect",)),
    (duckdb.DuckDBPyConnection, ("load_extension", "close", "__exit__")),
)
"""The calls that open a database, load an extension, and close; the last one to close makes the checkpoint."""


@dataclass(slots=True)
class DatabaseTime:
    """Seconds on the clock spent in DuckDB so far, over all connections of this process."""

    statements_s: float = 0.0
    files_s: float = 0.0


@contextmanager
def database_time() -> Iterator[DatabaseTime]:
    """Inside, every call into DuckDB is timed; one that another call makes counts once."""
    spent, depth = DatabaseTime(), local()
    timed = [(place, name, _add_statement) for place, names in _STATEMENTS for name in names]
    timed += [(place, name, _add_files) for place, names in _FILES for name in names]
    plain = {(place, name): getattr(place, name) for place, name, _ in timed}
    try:
        for place, name, add in timed:
            setattr(place, name, _timed(plain[place, name], partial(add, spent), depth))
        yield spent
    finally:
        for (place, name), call in plain.items():
            setattr(place, name, call)


def _add_statement(spent: DatabaseTime, seconds: float) -> None:
    spent.statements_s += seconds


def _add_files(spent: DatabaseTime, seconds: float) -> None:
    spent.files_s += seconds


def _timed(call: Callable[..., Any], add: Callable[[float], None], depth: local) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - hands any call through
        if getattr(depth, "is_inside", False):
            return call(*arguments, **options)
        depth.is_inside, begun_s = True, time.perf_counter()
        try:
            return call(*arguments, **options)
        finally:
            depth.is_inside = False
            add(time.perf_counter() - begun_s)

    return timed
