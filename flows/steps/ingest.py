"""Files -> the event log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from eventlog.clock import Clock
from eventlog.events import STREAMS
from eventlog.intake import Receipt, ingest_files
from eventlog.settings import Settings

UNFINISHED = (".part", ".tmp")
"""Endings under which a sender may still be writing."""


def ingest(settings: Settings, stream: str, files: Iterable[Path], clock: Clock) -> list[Receipt]:
    """Bring files of one stream into the log, one commit each."""
    return list(ingest_files(settings, stream, files, clock))


def take_inbox(settings: Settings, clock: Clock) -> list[Receipt]:
    """Take up what was dropped into inbox/<stream>/ and move it to inbox/taken/<stream>/.

    A run that dies between the two finds the file again; its events are then duplicates.
    """
    receipts = []
    for stream in STREAMS:
        for file in sorted((settings.inbox / stream).glob("*")):
            if file.is_file() and file.suffix not in UNFINISHED:
                receipts += ingest(settings, stream, [file], clock)
                _move_to_taken(settings, stream, file)
    return receipts


def _move_to_taken(settings: Settings, stream: str, file: Path) -> None:
    taken = settings.inbox / "taken" / stream
    taken.mkdir(mode=0o700, parents=True, exist_ok=True)
    same_name = len(list(taken.glob(f"{file.stem}*{file.suffix}")))
    file.replace(taken / (f"{file.stem}~{same_name}{file.suffix}" if same_name else file.name))
