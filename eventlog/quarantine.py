"""Reads what was refused: rows and files with their reasons."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from eventlog.landing import Commit
from eventlog.settings import Settings


@dataclass(frozen=True, slots=True)
class Refused:
    """How many rows of one file were refused for one reason, with the first of them as example."""

    stream: str
    source: str
    reason: str
    detail: str
    rows: int
    first_row_number: int | None


def refused(settings: Settings, commits: Iterable[Commit]) -> list[Refused]:
    """What the given commits put into quarantine, by file and reason, in the order of arrival."""
    files = [
        str(settings.quarantine / commit.stream / f"{commit.batch_id}.parquet")
        for commit in commits
        if commit.quarantined
    ]
    if not files:
        return []
    with duckdb.connect() as database:
        rows = database.execute(
            """
            select stream, source, reason, arg_min(detail, coalesce(row_number, 0)), count(*), min(row_number)
            from read_parquet(?, hive_partitioning = false)
            group by stream, source, reason, recorded_at
            order by recorded_at, source, reason
            """,
            [files],
        ).fetchall()
    return [Refused(*row) for row in rows]
