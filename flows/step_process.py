"""A process of its own for the steps of a run: what is stuck in C code there can still be ended.

A thread that is stuck in dbt, DuckDB or Great Expectations can't be interrupted; a process can. One process serves the
steps of a run, so that what it has imported stays; the gate may have another (flows/gate_aside.py). It ends when its
time is up, when the run is over and, on Linux even while it is stuck, when the process that started it dies.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import pickle
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

_PROJECT: Final = Path(__file__).resolve().parent.parent
_SET_PARENT_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of prctl(2): the kernel ends the child, whatever it is doing."""
_PROGRESS, _RESULT, _ERROR = "progress", "result", "error"


class StepTookTooLongError(RuntimeError):
    """The time of the run was up; its process was killed, and the next run starts from the same commits."""


class StepProcessDiedError(RuntimeError):
    """The process ended without an answer: killed from outside, or out of memory."""


class StepProcess:
    """Runs steps one after the other in a child process until a deadline."""

    def __init__(self, seconds_at_most: float, kept_open: Iterable[int] = (), imports: Iterable[str] = ()) -> None:
        """Start the process.

        Args:
            seconds_at_most: for all steps together.
            kept_open: descriptors that the process inherits: a lock is then held until both have ended.
            imports: modules that it imports at once, while nobody asks it for anything yet.
        """
        self._seconds_at_most = seconds_at_most
        self._kept_open = tuple(kept_open)
        self._deadline = time.monotonic() + seconds_at_most
        self._channel, theirs = Pipe()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "flows.step_process", str(theirs.fileno()), str(os.getpid()), *imports],
                pass_fds=(theirs.fileno(), *self._kept_open),
                cwd=_PROJECT,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """Its process id, which is also that of its process group."""
        return self._process.pid

    def beside(self, imports: Iterable[str]) -> StepProcess:
        """Another process of the same run, with the same deadline and descriptors."""
        process = StepProcess(self._seconds_at_most, self._kept_open, imports)
        process._deadline = self._deadline
        return process

    def run(self, step: Callable[..., Any], *arguments: Any, on_progress: Callable[[float], None] | None = None) -> Any:  # noqa: ANN401
        """Run a step there and hand back its result, or raise what it raised.

        With ``on_progress`` the step gets a function of the same kind as its last argument.

        Raises:
            StepTookTooLongError: the deadline passed first.
            StepProcessDiedError: the process ended without an answer.
        """
        try:
            self._channel.send((step, arguments, on_progress is not None))
            while True:
                kind, content = self._answer(step)
                if kind == _RESULT:
                    return content
                if kind == _ERROR:
                    raise _rebuilt(*content)
                if on_progress is not None:
                    on_progress(content)
        except (EOFError, BrokenPipeError, ConnectionResetError) as gone:
            code = self._process.wait()
            raise StepProcessDiedError(
                f"{step.__name__} ended without an answer (exit code {code}). Out of memory? Run it again."
            ) from gone

    def end(self) -> None:
        """Kill the process and what it has started; harmless when it has ended."""
        self._channel.close()
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _answer(self, step: Callable[..., Any]) -> tuple[str, Any]:
        if not self._channel.poll(max(0.0, self._deadline - time.monotonic())):
            self.end()
            raise StepTookTooLongError(
                f"{step.__name__} was ended: the run took more than {self._seconds_at_most / 60:.3g} minutes. "
                "Nothing of it was published; give the next run more minutes."
            )
        answer: tuple[str, Any] = self._channel.recv()
        return answer


@contextmanager
def step_process(
    seconds_at_most: float, kept_open: Iterable[int] = (), imports: Iterable[str] = ()
) -> Iterator[StepProcess]:
    """A step process that ends with the block."""
    process = StepProcess(seconds_at_most, kept_open, imports)
    try:
        yield process
    finally:
        process.end()


def serve(channel: Connection) -> None:
    """Run the steps that come through the channel until its other end is closed."""
    report = partial(_send_progress, channel)
    while True:
        try:
            step, arguments, is_reporting = channel.recv()
        except EOFError:
            return
        try:
            answer = (_RESULT, step(*arguments, report) if is_reporting else step(*arguments))
        except Exception as error:  # the other side raises it again
            answer = (_ERROR, _taken_apart(error))
        channel.send(answer)


def _send_progress(channel: Connection, percent: float) -> None:
    channel.send((_PROGRESS, percent))


def _taken_apart(error: Exception) -> tuple[type[Exception], tuple[Any, ...], dict[str, Any]]:
    """Kind, arguments and attributes: exceptions whose constructor takes something else don't survive pickling."""
    error.add_note(traceback.format_exc())
    parts = (type(error), error.args, vars(error))
    try:
        pickle.dumps(parts)
    except Exception:  # an exception of a library that holds a connection, a lock, ...
        return RuntimeError, (f"{type(error).__name__}: {error}",), {"__notes__": error.__notes__}
    return parts


def _rebuilt(kind: type[Exception], arguments: tuple[Any, ...], attributes: dict[str, Any]) -> Exception:
    error = kind.__new__(kind, *arguments)
    vars(error).update(attributes)
    return error


def _end_with_parent(parent_pid: int) -> None:
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent_pid:
        sys.exit("The run that needed this process is gone.")


if __name__ == "__main__":
    _end_with_parent(int(sys.argv[2]))
    os.umask(0o077)
    for module in sys.argv[3:]:
        with contextlib.suppress(Exception):  # the step that needs it imports it again, and says what is wrong
            import_module(module)
    serve(Connection(int(sys.argv[1])))
