"""How long a piece of work is in DuckDB: its SQL, and the fold and the measures whose rows stream into it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import local
from typing import Any, Final

import duckdb

_CALLS: Final = (
    (duckdb.DuckDBPyConnection, ("execute", "executemany", "sql", "fetchall", "fetchone", "fetchmany")),
    (duckdb.DuckDBPyRelation, ("df", "fetchall", "fetchone", "fetchmany", "to_arrow_table", "to_arrow_reader")),
)
"""The calls that run something; a connection's rows may be computed only when they are fetched."""


@dataclass(slots=True)
class DatabaseTime:
    """Seconds on the clock spent in DuckDB so far, over all connections of this process."""

    seconds: float = 0.0


@contextmanager
def database_time() -> Iterator[DatabaseTime]:
    """Inside, every call into DuckDB is timed; one that another call makes counts once.

    Opening and closing a database is not among them: the checkpoint at the end of a run is no SQL of the books.
    """
    spent, depth = DatabaseTime(), local()
    plain = {(kind, name): getattr(kind, name) for kind, names in _CALLS for name in names}
    try:
        for (kind, name), call in plain.items():
            setattr(kind, name, _timed(call, spent, depth))
        yield spent
    finally:
        for (kind, name), call in plain.items():
            setattr(kind, name, call)


def _timed(call: Callable[..., Any], spent: DatabaseTime, depth: local) -> Callable[..., Any]:
    def timed(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - hands any call through
        if getattr(depth, "is_inside", False):
            return call(*arguments, **options)
        depth.is_inside, begun_s = True, time.perf_counter()
        try:
            return call(*arguments, **options)
        finally:
            depth.is_inside = False
            spent.seconds += time.perf_counter() - begun_s

    return timed
