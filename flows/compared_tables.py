"""Which public tables a restatement compares, and why not the others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from flows.contract import PublicTable


@dataclass(frozen=True, slots=True)
class NotCompared:
    """A public table whose rows are not compared; ``why`` is what can be said of it."""

    table: str
    why: str


def compared(tables: Iterable[PublicTable]) -> list[PublicTable]:
    """The tables whose rows have an account and a day: those whose changes can be put down to events."""
    return [table for table in tables if table.replay_date is not None]


def not_compared(tables: Iterable[PublicTable]) -> tuple[NotCompared, ...]:
    """All others, by name."""
    return tuple(
        NotCompared(table.qualified, _why(table))
        for table in sorted(tables, key=lambda one: one.qualified)
        if table.replay_date is None
    )


def _why(table: PublicTable) -> str:
    if table.is_view:
        return "views say what their tables say"
    if table.schema == "main_dimensions":
        return "dimensions describe and hold no figures"
    if "account_id" not in table.grain:
        return "rows that belong to no account"
    return "made anew for the last valuation day alone"
