"""A file from outside on its way in.

It is first copied under a name of our own, so that its bytes can't change while they are read and its name can't be
taken for a pattern.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

_ENDING_LENGTH_MOST: Final = 16


class UnreadableFileError(ValueError):
    """The file can't be read as rows at all; ``reason`` is a quarantine code, the message says what to do."""

    def __init__(self, reason: str, message: str) -> None:
        """Keep the code beside the sentence."""
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Delivery:
    """A private copy of a file from outside, and the name it came under."""

    source: str
    copy: Path


def take_delivery(file: Path, folder: Path, name: str) -> Delivery:
    """Copy ``file`` into ``folder`` under ``name`` and its own ending.

    Raises:
        UnreadableFileError: it is not there, is no regular file, can't be opened, or was changed meanwhile.
        OSError: the copy can't be written.
    """
    copy = folder / f"{name}.delivery{file.suffix.lower()[:_ENDING_LENGTH_MOST]}"
    with _opened(file) as source:
        before = identity_of(os.fstat(source.fileno()))
        with copy.open("xb") as sink:
            copy.chmod(0o600)
            shutil.copyfileobj(source, sink)
    if not file.exists() or identity_of(file.stat()) != before:
        copy.unlink()
        sentence = f"{file} changed while it was read, so nothing of it was taken. Send it again when it is complete."
        raise UnreadableFileError("CHANGED_FILE", sentence)
    # A name in another encoding than UTF-8 is told with its bytes: no text could hold it.
    return Delivery(source=os.fsencode(file).decode("utf-8", "backslashreplace"), copy=copy)


def identity_of(status: os.stat_result) -> tuple[int, int, int]:
    """Another file, a longer one, or one that was written since has another."""
    return status.st_ino, status.st_size, status.st_mtime_ns


def _opened(file: Path) -> BinaryIO:
    try:
        if not file.exists():
            raise UnreadableFileError("NO_SUCH_FILE", f"There is no file {file}. Check the path.")
        if not file.is_file():
            sentence = f"{file} is not a regular file. Give a CSV, JSON Lines or Parquet file."
            raise UnreadableFileError("NO_SUCH_FILE", sentence)
        return file.open("rb")
    except OSError as error:
        sentence = f"{file} can't be opened: {error.strerror}. Check its name, and let this user read it."
        raise UnreadableFileError("UNREADABLE_FILE", sentence) from error
