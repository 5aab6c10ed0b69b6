"""Homes to measure in: one is built per scale, and every repetition starts from a copy of it at the same path."""

from __future__ import annotations

import os
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Final

import pyarrow as pa

from benchmarks.replay.history import lay_history
from benchmarks.replay.world import World
from eventlog.clock import Clock, fixed_clock
from eventlog.landing import write_durably
from eventlog.settings import Settings, settings_for

_NEVER_REWRITTEN: Final = ".parquet"
_MEBIBYTE: Final = 2**20


class Homes:
    """The built home of one world, kept aside, and the place where its copies live.

    The copies live where the home was built, because a build database names the files of the log by their paths.
    """

    def __init__(self, folder: Path, world: World) -> None:
        """Lay the world's history in a home that is not built yet."""
        self.kept = folder / "kept"
        self.settings: Settings = settings_for(folder / "home")
        self.clock: Clock = fixed_clock(lay_history(self.settings, world) + timedelta(hours=1))

    def keep(self) -> None:
        """Put the home aside as it is now."""
        self.settings.home.rename(self.kept)

    def start_again(self) -> None:
        """Replace the home by a copy of the one kept; files that nothing rewrites are shared.

        The copy is on the disk before anything is measured: of a large home it would be written meanwhile. And it has
        been read, as far as memory allows, like a home whose last run was not long ago.
        """
        shutil.rmtree(self.settings.home, ignore_errors=True)
        shutil.copytree(self.kept, self.settings.home, copy_function=_shared_or_copied)
        os.sync()
        _forget(self.kept / self.settings.warehouse.relative_to(self.settings.home))
        _read_once(self.settings.warehouse)


def write_delivery(folder: Path, batch: dict[str, pa.Table]) -> list[tuple[str, Path]]:
    """Write each table of a batch as a Parquet file, as a source would send it: (stream, file)."""
    files = []
    for stream, rows in batch.items():
        file = folder / f"{stream}.parquet"
        file.unlink(missing_ok=True)
        write_durably(file, rows)
        files.append((stream, file))
    return files


def _forget(file: Path) -> None:
    """Have the system drop its copy of a file in memory."""
    with file.open("rb") as content:
        os.posix_fadvise(content.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _read_once(file: Path) -> None:
    with file.open("rb", buffering=0) as content:
        while content.read(_MEBIBYTE):
            pass


def _shared_or_copied(source: str, copy: str) -> None:
    if source.endswith(_NEVER_REWRITTEN):
        os.link(source, copy)
    else:
        shutil.copyfile(source, copy)
