"""The tables of the public contract and the laws of the books, as the models of the last build declare them.

A build keeps them in a file of its own: dbt's manifest says it too, among a hundred times as much, and took longer to
write and to read than most models of a small run.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, Final

from eventlog.settings import Settings

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


def keep_contract(settings: Settings, nodes: Mapping[str, Any]) -> None:
    """Keep what the nodes of dbt's project, by id, declare; a later build replaces it."""
    file = _file(settings)
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = [asdict(table) for table in _in_order(nodes)]
    draft = file.with_name(f".{file.name}.draft")
    draft.write_text(json.dumps({"tables": tables, "laws": _laws(nodes)}, indent=1), encoding="utf-8")
    draft.replace(file)


def public_tables(settings: Settings) -> list[PublicTable]:
    """The tables of the public contract by name, as the models of the last build declare them.

    Views come after tables, and after the views that they read.
    """
    return [
        PublicTable(**table | {"grain": tuple(table["grain"]), "replay_on": tuple(table["replay_on"])})
        for table in _kept(settings)["tables"]
    ]


def declared_laws(settings: Settings) -> list[str]:
    """The views of the laws of the books (dbt/models/laws) as schema.name, by name."""
    return list(_kept(settings)["laws"])


def _in_order(project: Mapping[str, Any]) -> list[PublicTable]:
    nodes = {
        name: node for name, node in project.items() if node.resource_type in _TABLES and node.schema in _PUBLIC_SCHEMAS
    }
    tables = {name: _public_table(node) for name, node in sorted(nodes.items(), key=lambda item: item[1].alias)}
    reads = {name: [read for read in _reads(nodes[name]) if read in nodes] for name in tables}
    views = [tables[name] for name in TopologicalSorter(reads).static_order() if tables[name].is_view]
    return sorted((table for table in tables.values() if not table.is_view), key=lambda one: one.qualified) + views


def _public_table(node: Any) -> PublicTable:  # noqa: ANN401 - dbt is untyped here
    config, is_view = node.config, node.config.materialized == "view"
    return PublicTable(
        schema=node.schema,
        name=node.alias,
        grain=tuple(config.meta["grain"]),
        replay_keys=config.get("replay_keys"),
        replay_on=tuple(config.get("replay_on") or ()),
        replay_date=config.get("replay_date"),
        is_view=is_view,
        view_sql=node.compiled_code if is_view else None,
        is_of_spans=config.meta.get("is_of_spans", False),
    )


def _reads(node: Any) -> list[str]:  # noqa: ANN401 - dbt is untyped here
    """What a node refers to; a seed has nothing of the kind."""
    return [] if node.resource_type == "seed" else list(node.depends_on.nodes)


def _laws(project: Mapping[str, Any]) -> list[str]:
    return sorted(f"{node.schema}.{node.alias}" for node in project.values() if node.path.startswith("laws/law_"))


def _kept(settings: Settings) -> dict[str, Any]:
    kept: dict[str, Any] = json.loads(_file(settings).read_text(encoding="utf-8"))
    return kept


def _file(settings: Settings) -> Path:
    return settings.warehouse.parent / "contract.json"
