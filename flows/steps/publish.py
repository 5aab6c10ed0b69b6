"""The build database -> the published lake, in one transaction: all public tables or none."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import datetime
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows import lake, warehouse
from flows.contract import PublicTable, public_tables
from flows.lake import LAKE, Publication
from flows.steps.transform import Pending
from flows.steps.verify import Audit

_BUILD: Final = "build"
"""The name under which the build database is attached."""


class PublishRefusedError(RuntimeError):
    """The build database is not what the gate has passed; nothing was published."""


def publish(settings: Settings, pending: Pending, audit: Audit, run_id: str, published_at: datetime) -> Publication:
    """Replace the touched rows of every public table and say in the commit message what this publishes.

    Raises:
        PublishRefusedError: the build database does not hold the log up to the commit that was verified.
    """
    applied = warehouse.applied(settings)
    if applied.seq != pending.last_seq or applied.entry_sha256 is None:
        raise PublishRefusedError(
            f"The build database holds the log up to commit {applied.seq}, not {pending.last_seq}. Run refresh again."
        )
    if applied.replayed_after_seq > pending.published_seq:
        raise PublishRefusedError("Somebody has run dbt in between: what to publish is unknown. Run refresh again.")
    publication = Publication(
        run_id=run_id,
        published_seq=applied.seq,
        entry_sha256=applied.entry_sha256,
        models_sha256=warehouse.models_sha256(),
        published_at=published_at.isoformat(timespec="microseconds"),
        checks=audit.evaluated,
    )
    tables = public_tables(settings)
    with lake.writing(settings) as database:
        database.execute(f"attach '{settings.warehouse}' as {_BUILD} (read_only)")
        database.execute("begin")
        for table in tables:
            _publish_table(database, table, is_from_the_start=pending.published_seq == 0)
        database.execute(
            f"call {LAKE}.set_commit_message('navlog', ?, extra_info => ?)",
            [f"{run_id}: log up to commit {applied.seq}", json.dumps(asdict(publication))],
        )
        database.execute("commit")
    return publication


def _publish_table(database: duckdb.DuckDBPyConnection, table: PublicTable, *, is_from_the_start: bool) -> None:
    """Columns and views change only with the models; what other models published is replaced from the start."""
    target, source = f"{LAKE}.{table.qualified}", f"{_BUILD}.{table.qualified}"
    if table.is_view:
        if is_from_the_start:
            database.execute(f"create or replace view {target} as {table.view_sql}")
    elif is_from_the_start:
        database.execute(f"create schema if not exists {LAKE}.{table.schema}")
        database.execute(f"create or replace table {target} as select * from {source}")
    elif table.replay_keys is None:
        _publish_difference(database, target, source, table.grain[0])
    else:
        _publish_replayed(database, table, target)


def _publish_replayed(database: duckdb.DuckDBPyConnection, table: PublicTable, target: str) -> None:
    keys = f"{_BUILD}.main_intermediate.{table.replay_keys}"
    touched = table.is_touched("published", keys)
    database.execute(f"delete from {target} as published using {keys} as replay where {touched}")
    database.execute(f"insert into {target} by name (from {_BUILD}.{table.replayed_rows})")


def _publish_difference(database: duckdb.DuckDBPyConnection, target: str, source: str, key: str) -> None:
    """Small tables that are built whole: write only what differs."""
    database.execute(
        f"delete from {target} where {key} in (select {key} from (from {target} except from {source}) as outdated)"
    )
    database.execute(f"insert into {target} by name (from {source} except from {target})")
