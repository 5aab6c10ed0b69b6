"""The tables of the public contract and the laws of the books, as dbt's last manifest declares them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from graphlib import TopologicalSorter
from typing import Any, Final

from eventlog.settings import Settings
from flows.dbt_run import target_folder

_TABLES: Final = ("model", "seed")
_PUBLIC_SCHEMAS: Final = ("main_dimensions", "main_facts", "main_metrics")


@dataclass(frozen=True, slots=True)
class PublicTable:
    """A table of the public contract and how its touched rows are found.

    ``grain`` names the columns that tell its rows apart. ``replay_keys`` names the model that holds the touched keys;
    None means that the whole table is compared. ``replay_on`` are the columns of a key, ``replay_date`` dates a row:
    an event can touch the rows of its key from its own day on, and no other. Without a date it touches all of them.
    """

    schema: str
    name: str
    grain: tuple[str, ...]
    replay_keys: str | None
    replay_on: tuple[str, ...]
    replay_date: str | None
    is_view: bool
    view_sql: str | None = None
    """What a view selects; None for a table, and for a view that the last run has left as it was."""
    is_of_spans: bool = False
    """A row stands for a span of days that ends on ``replay_date``, and changes as long as it goes on."""

    @property
    def qualified(self) -> str:
        """schema.name."""
        return f"{self.schema}.{self.name}"

    @property
    def replayed_rows(self) -> str:
        """Relation of the build database that holds the rows that the last run has recomputed."""
        return f"replayed.{self.name}"

    def is_touched(self, row: str, keys: str) -> str:
        """SQL condition: the last run has replayed the table's ``row``; the ``keys`` are joined as ``replay``.

        That the account is one of the keys' is said twice: the second time in the way that lets DuckDB read only the
        blocks of these accounts (``is_of_touched_account`` in dbt/macros says why).
        """
        on_key = " and ".join(f"{row}.{column} = replay.{column}" for column in self.replay_on)
        on_day = f" and {self.replay_date} >= replay.replay_from" if self.replay_date else ""
        return f"{on_key}{on_day} and {row}.account_id in (select account_id from {keys} where length(account_id) > 0)"


def public_tables(settings: Settings) -> list[PublicTable]:
    """The tables of the public contract, as dbt's last manifest declares them, by name.

    Views come after tables, and after the views that they read.
    """
    nodes = {
        name: node
        for name, node in _manifest(settings)["nodes"].items()
        if node["resource_type"] in _TABLES and node["schema"] in _PUBLIC_SCHEMAS
    }
    tables = {name: _public_table(node) for name, node in sorted(nodes.items(), key=lambda item: item[1]["alias"])}
    reads = {name: [read for read in _reads(nodes[name]) if read in nodes] for name in tables}
    views = [tables[name] for name in TopologicalSorter(reads).static_order() if tables[name].is_view]
    return sorted((table for table in tables.values() if not table.is_view), key=lambda one: one.qualified) + views


def _public_table(node: dict[str, Any]) -> PublicTable:
    config = node["config"]
    return PublicTable(
        schema=node["schema"],
        name=node["alias"],
        grain=tuple(config["meta"]["grain"]),
        replay_keys=config.get("replay_keys"),
        replay_on=tuple(config.get("replay_on") or ()),
        replay_date=config.get("replay_date"),
        is_view=config["materialized"] == "view",
        view_sql=node.get("compiled_code") if config["materialized"] == "view" else None,
        is_of_spans=config["meta"].get("is_of_spans", False),
    )


def _reads(node: dict[str, Any]) -> list[str]:
    """What a node refers to; a seed has nothing of the kind."""
    return list(node.get("depends_on", {}).get("nodes", ()))


def declared_laws(settings: Settings) -> list[str]:
    """The views of the laws of the books (dbt/models/laws) as schema.name, by name."""
    nodes = _manifest(settings)["nodes"].values()
    return sorted(f"{node['schema']}.{node['alias']}" for node in nodes if node["path"].startswith("laws/law_"))


def _manifest(settings: Settings) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((target_folder(settings) / "manifest.json").read_text(encoding="utf-8"))
    return manifest
