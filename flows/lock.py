"""One writer at a time, by a lock that the kernel releases when the process ends, however it ends."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from eventlog.settings import Settings


class BusyError(RuntimeError):
    """Another run is writing; nothing was done."""

    def __init__(self, settings: Settings) -> None:
        """Name the home."""
        super().__init__(f"Another run is writing to {settings.home}. Nothing was done; try again later.")


@contextmanager
def one_writer(settings: Settings) -> Iterator[int]:
    """Hold the run lock of this home; the descriptor is for a child that writes in our place and holds it too.

    Raises:
        BusyError: another process holds it.
    """
    folder = settings.warehouse.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "_run_lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise BusyError(settings) from taken
        yield lock.fileno()


def not_busy(settings: Settings) -> None:
    """Ask before starting something dear; only ``one_writer`` itself gives a right to write.

    Raises:
        BusyError: another process is writing.
    """
    with one_writer(settings):
        pass
