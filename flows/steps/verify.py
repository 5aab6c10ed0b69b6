"""The gate in front of publishing: Great Expectations on the rows that this run touched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import duckdb

from eventlog.events import STREAMS
from eventlog.settings import Settings
from flows import warehouse
from flows.warehouse import PublicTable

if TYPE_CHECKING:
    from expectations import checkpoint


ROWS_MOST: Final = 250_000
"""About as many rows of one batch as Great Expectations checks in seconds and half a gigabyte."""


class GateClosedError(RuntimeError):
    """The books did not pass; nothing was published. The message names what failed and where to look."""


@dataclass(frozen=True, slots=True)
class Audit:
    """What the gate looked at: expectations evaluated, and warnings that do not close it."""

    evaluated: int
    warnings: tuple[str, ...]


def verify(settings: Settings, run_id: str) -> Audit:
    """Check the new events of every stream and the touched rows of every public table.

    Of more than ``ROWS_MOST`` rows a share is looked at, chosen by a hash of what the rows say, so that a rebuild of a
    long history fits into memory and another run looks at the same ones. dbt's tests have seen every row.

    Raises:
        GateClosedError: an expectation failed, could not be evaluated, or saw no rows where rows were due.
    """
    # Imported here: Great Expectations takes seconds to import, and most commands don't need it.
    from expectations import checkpoint  # noqa: PLC0415

    with warehouse.reading(settings) as database:
        batches = [
            checkpoint.Batch(name, rows.df(), least_rows)
            for name, rows, least_rows in (
                *_stream_batches(database),
                *_table_batches(database, warehouse.public_tables(settings)),
            )
        ]
    verdict = checkpoint.verify(batches, settings.expectations_state, settings.docs, run_id)
    if not verdict.is_passed:
        failed = [_sentence(finding) for finding in verdict.findings if finding.severity == "critical"]
        raise GateClosedError("\n".join([*failed, f"Nothing was published. See {verdict.docs_index}."]))
    return Audit(verdict.evaluated_count, tuple(_sentence(finding) for finding in verdict.findings))


_FED_BY = {
    "dim_account": ("main_staging.stg_accounts", "main_staging.stg_trades", "main_staging.stg_cash_events"),
    "dim_symbol": ("main_staging.stg_symbols", "main_staging.stg_trades", "main_staging.stg_prices"),
    "dim_date": ("main_staging.stg_trades", "main_staging.stg_prices", "main_staging.stg_cash_events"),
}
_ACCOUNT_DAYS = ("main_intermediate.int_account_changes_daily",)
"""A table must have rows when one of those that feed it has."""

Rows = tuple[str, duckdb.DuckDBPyRelation, int]


def _stream_batches(database: duckdb.DuckDBPyConnection) -> Iterator[Rows]:
    accepted = dict(
        database.execute("select stream, sum(accepted)::bigint from event_log.commits group by stream").fetchall()
    )
    for stream in STREAMS:
        if accepted.get(stream):
            rows = f"select * exclude (commit_seq) from event_log.{stream}"
            yield batch_of(database, stream, rows, "event_id", accepted[stream])


def _table_batches(database: duckdb.DuckDBPyConnection, tables: list[PublicTable]) -> Iterator[Rows]:
    for table in (table for table in tables if table.view_sql is None):
        fed_by = _FED_BY.get(table.name) or (_ACCOUNT_DAYS if table.replay_keys == "int_replay_accounts" else ())
        is_due = any(database.sql(f"select 1 from {feeder} limit 1").fetchall() for feeder in fed_by)
        chosen_by = ", ".join([*table.replay_on, table.replay_date]) if table.replay_date else "batch"
        yield batch_of(database, table.name, _touched_rows(table), chosen_by, int(is_due))


def batch_of(database: duckdb.DuckDBPyConnection, name: str, rows: str, chosen_by: str, least_rows: int) -> Rows:
    """All rows, or of too many the share whose hash of ``chosen_by`` says so; of a share at least one row is due."""
    count = int(database.execute(f"select count(*) from ({rows}) as batch").fetchall()[0][0])
    if count <= ROWS_MOST:
        return name, database.sql(rows), least_rows
    share = f"hash({chosen_by}) % {-(-count // ROWS_MOST)} = 0"
    return name, database.sql(f"select * from ({rows}) as batch where {share}"), min(least_rows, 1)


def _touched_rows(table: PublicTable) -> str:
    if table.replay_keys is None:
        return f"select * from {table.qualified}"
    return (
        f"select touched.* from {table.qualified} as touched join main_intermediate.{table.replay_keys} as replay "
        f"on {table.is_touched('touched')}"
    )


def _sentence(finding: checkpoint.Finding) -> str:
    where = f"{finding.suite}.{finding.column}" if finding.column else finding.suite
    return f"{where}: {finding.message}"
