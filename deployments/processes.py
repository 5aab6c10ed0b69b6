"""Processes that go on after the command that started them, and their end.

Each carries a mark in its environment, and so does whatever it starts. By the mark they are found again: a process
whose id was given to somebody else since has none and is never touched, and a start time, which moves with every
correction of the system's clock, is not needed.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

_MARK: Final = "NAVLOG_SERVICES_MARK"
_SECONDS_TO_END: Final = 10.0
_SECONDS_TO_DIE: Final = 5.0
_SECONDS_BETWEEN_LOOKS: Final = 0.01


def start(command: Sequence[str], environment: Mapping[str, str], mark: str, folder: Path, log: Path) -> int:
    """Start a process in a session of its own that writes to a log file; its id, once it shows its mark or has ended.

    For a moment after a start the environment of a process reads as empty.
    """
    with log.open("ab") as output:
        process = subprocess.Popen(
            command, env={**environment, _MARK: mark}, cwd=folder, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, start_new_session=True,
        )  # fmt: skip
    while process.poll() is None and not is_running(process.pid, mark):
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return process.pid


def marked(mark: str) -> list[psutil.Process]:
    """Every living process that carries the mark."""
    return [process for process in psutil.process_iter() if _carries(process, mark)]


def is_running(pid: int, mark: str) -> bool:
    """Whether the process of this id lives and carries the mark."""
    try:
        return _carries(psutil.Process(pid), mark)
    except psutil.NoSuchProcess:
        return False


def end(mark: str, spared: Collection[int] = ()) -> None:
    """Ask the marked processes, but for some, to end; wait; kill those that are left."""
    for which, seconds in ((signal.SIGTERM, _SECONDS_TO_END), (signal.SIGKILL, _SECONDS_TO_DIE)):
        processes = [process for process in marked(mark) if process.pid not in spared]
        for process in processes:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.send_signal(which)
        _wait(processes, seconds)


def _wait(processes: list[psutil.Process], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(_lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.1)


def _carries(process: psutil.Process, mark: str) -> bool:
    try:
        return _lives(process) and process.environ().get(_MARK) == mark
    except (psutil.Error, OSError):  # another user's, or it has just ended
        return False


def _lives(process: psutil.Process) -> bool:
    """A zombie has ended and only waits for its parent to notice."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
