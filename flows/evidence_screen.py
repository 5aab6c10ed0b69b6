"""What every answer about events ends with: the commits that accepted them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath

from rich.console import Console
from rich.markup import escape

from flows.explained_events import ExplainedEvent
from flows.plain import counted
from flows.restatement import Mover
from flows.table_screen import show_table, table_of

HASH_CHARACTERS = 12


def show_evidence(console: Console, events: Sequence[ExplainedEvent | Mover]) -> None:
    """The commits that accepted these events, with the hashes of their files."""
    table = table_of("where they came from", ("commit", "known at (UTC)", "brought by", "batch", "sha256"),
                     numbers={0})  # fmt: skip
    for evidence in {event.evidence.commit_seq: event.evidence for event in events}.values():
        table.add_row(
            str(evidence.commit_seq), evidence.recorded_at[:19].replace("T", " "),
            escape(PurePath(evidence.source).name), evidence.batch_id[:HASH_CHARACTERS],
            (evidence.sha256 or "-")[:HASH_CHARACTERS],
        )  # fmt: skip
    console.print()
    show_table(console, table)


def say_hidden(console: Console, hidden: int, noun: str) -> None:
    """Say how many rows a table does not show, if any; ``noun`` is one of them."""
    if hidden > 0:
        console.print(f"[dim]... and {counted(hidden, noun)}; --json gives all of them.[/dim]")
