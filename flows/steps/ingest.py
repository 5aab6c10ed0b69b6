"""Files -> the event log."""

from __future__ import annotations

import errno
import fcntl
import itertools
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import duckdb

from eventlog.clock import Clock
from eventlog.delivery import identity_of
from eventlog.events import STREAMS
from eventlog.intake import Receipt, ingest_files
from eventlog.settings import Settings
from flows.published_log import refuse_another_log

UNFINISHED = (".part", ".tmp")
"""Endings under which a sender may still be writing; names that begin with a dot are left alone too."""


def ingest(settings: Settings, stream: str, files: Iterable[Path], clock: Clock) -> list[Receipt]:
    """Bring files of one stream into the log, one commit each.

    Raises:
        LandingError: the chain of the log is broken, or its published end is gone or another one.
    """
    refuse_another_log(settings)
    return list(ingest_files(settings, stream, files, clock))


def take_inbox(settings: Settings, clock: Clock) -> list[Receipt]:
    """Take up what was dropped into inbox/<stream>/ and move it to inbox/taken/<stream>/.

    A file that changed while it was read stays where it is, and so does one of a run that died before the move: the
    next run finds it again, and what the log already holds of it is a duplicate. One that can't be taken stays too,
    with a receipt that says why, and is no obstacle to the others.

    Raises:
        LandingError: the chain of the log is broken, or its published end is gone or another one.
    """
    receipts: list[Receipt] = []
    try:
        with _one_taker(settings):
            receipts += _misplaced(settings)
            for stream in STREAMS:
                receipts += _take_folder(settings, stream, clock)
    except OSError as error:
        receipts.append(_not_taken("inbox", settings.inbox, error))
    return receipts


def _misplaced(settings: Settings) -> Iterator[Receipt]:
    """What lies in the inbox where no run looks: files beside the folders, and folders that are no stream's."""
    beside = (path for path in settings.inbox.iterdir() if path.name not in {*STREAMS, "taken"})
    for path in sorted(beside):
        if _is_finished(path) or _holds_something(path):
            what = "is in no folder of a stream" if path.is_file() else "is no folder of a stream"
            sentence = f"{path} {what}, so nothing looks there. Put files into one of inbox/: {', '.join(STREAMS)}."
            yield Receipt("inbox", str(path), 0, 0, 0, 0, None, refusal=sentence)


def _holds_something(path: Path) -> bool:
    return path.is_dir() and not path.name.startswith(".") and any(path.iterdir())


def _take_folder(settings: Settings, stream: str, clock: Clock) -> Iterator[Receipt]:
    folder = settings.inbox / stream
    try:
        files = sorted(file for file in folder.iterdir() if _is_finished(file)) if folder.exists() else []
    except OSError as error:
        yield _not_taken(stream, folder, error)
        return
    if files:  # most runs find none, and a question to the lake costs as much as all the rest of looking
        refuse_another_log(settings)
    for file in files:
        try:
            yield _take_file(settings, stream, file, clock)
        except (OSError, duckdb.Error) as error:
            yield _not_taken(stream, file, error)


def _is_finished(file: Path) -> bool:
    return file.is_file() and file.suffix not in UNFINISHED and not file.name.startswith(".")


def _take_file(settings: Settings, stream: str, file: Path, clock: Clock) -> Receipt:
    taken = _folder_of_taken(settings, stream)
    before = identity_of(file.stat())
    (receipt,) = ingest_files(settings, stream, [file], clock)
    try:
        if receipt.received and identity_of(file.stat()) == before:
            _move_to_taken(taken, file)
    except OSError as error:
        sentence = f"{file} is in the log and can't be moved: {_told(error)}. Move it to {taken}, or it is read again."
        return replace(receipt, notice=sentence)
    return receipt


def _folder_of_taken(settings: Settings, stream: str) -> Path:
    """Asked for before a file is read: one that can't be moved away would be read again by every run.

    Raises:
        OSError: files can't be moved there.
    """
    taken = settings.inbox / "taken" / stream
    taken.mkdir(mode=0o700, parents=True, exist_ok=True)
    for folder in (taken, settings.inbox / stream):
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(folder))
    return taken


def _not_taken(stream: str, path: Path, error: Exception) -> Receipt:
    sentence = f"{path} was not taken and stays where it is: {_told(error)}. Set this right; the next run looks again."
    return Receipt(stream, str(path), 0, 0, 0, 0, None, refusal=sentence)


def _told(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.strerror} ({error.filename})"
    return str(error).splitlines()[0]


@contextmanager
def _one_taker(settings: Settings) -> Iterator[None]:
    """Two runs may look at the inbox at once; the second waits until the first has moved its files."""
    settings.inbox.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.inbox / ".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _move_to_taken(taken: Path, file: Path) -> None:
    names = itertools.chain([file.name], (f"{file.stem}~{number}{file.suffix}" for number in itertools.count(1)))
    file.replace(next(taken / name for name in names if not (taken / name).exists()))
