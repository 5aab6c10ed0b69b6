"""Files -> the event log."""

from __future__ import annotations

import fcntl
import itertools
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from eventlog.clock import Clock
from eventlog.events import STREAMS
from eventlog.intake import Receipt, ingest_files
from eventlog.settings import Settings

UNFINISHED = (".part", ".tmp")
"""Endings under which a sender may still be writing; names that begin with a dot are left alone too."""


def ingest(settings: Settings, stream: str, files: Iterable[Path], clock: Clock) -> list[Receipt]:
    """Bring files of one stream into the log, one commit each."""
    return list(ingest_files(settings, stream, files, clock))


def take_inbox(settings: Settings, clock: Clock) -> list[Receipt]:
    """Take up what was dropped into inbox/<stream>/ and move it to inbox/taken/<stream>/.

    A file that changed while it was read stays where it is, and so does one of a run that died before the move: the
    next run finds it again, and what the log already holds of it is a duplicate.
    """
    receipts = []
    with _one_taker(settings):
        for stream in STREAMS:
            for file in sorted((settings.inbox / stream).glob("*")):
                if file.is_file() and file.suffix not in UNFINISHED and not file.name.startswith("."):
                    before = _identity(file)
                    receipts += ingest(settings, stream, [file], clock)
                    if _identity(file) == before:
                        _move_to_taken(settings, stream, file)
    return receipts


@contextmanager
def _one_taker(settings: Settings) -> Iterator[None]:
    """Two runs may look at the inbox at once; the second waits until the first has moved its files."""
    settings.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.inbox / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _identity(file: Path) -> tuple[int, int, int]:
    status = file.stat()
    return status.st_ino, status.st_size, status.st_mtime_ns


def _move_to_taken(settings: Settings, stream: str, file: Path) -> None:
    taken = settings.inbox / "taken" / stream
    taken.mkdir(mode=0o700, parents=True, exist_ok=True)
    names = itertools.chain([file.name], (f"{file.stem}~{number}{file.suffix}" for number in itertools.count(1)))
    file.replace(next(taken / name for name in names if not (taken / name).exists()))
