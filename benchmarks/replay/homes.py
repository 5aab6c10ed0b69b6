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

        The copy is on the disk before anything is measured: of a large home it would be written meanwhile.
        """
        shutil.rmtree(self.settings.home, ignore_errors=True)
        shutil.copytree(self.kept, self.settings.home, copy_function=_shared_or_copied)
        os.sync()


def write_delivery(folder: Path, batch: dict[str, pa.Table]) -> list[tuple[str, Path]]:
    """Write each table of a batch as a Parquet file, as a source would send it: (stream, file)."""
    files = []
    for stream, rows in batch.items():
        file = folder / f"{stream}.parquet"
        file.unlink(missing_ok=True)
        write_durably(file, rows)
        files.append((stream, file))
    return files


def _shared_or_copied(source: str, copy: str) -> None:
    if source.endswith(_NEVER_REWRITTEN):
        os.link(source, copy)
    else:
        shutil.copyfile(source, copy)
