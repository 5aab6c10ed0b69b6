"""The gate in a process of its own, which imports Great Expectations while the models run.

That import takes as long as all the models of a small run. docs/decisions/0027 has the figures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from eventlog.clock import Clock
from eventlog.settings import Settings
from flows.lock import one_writer
from flows.pipeline import Refreshed, StepRunner, call, refresh_locked_books
from flows.step_process import StepProcess
from flows.steps.transform import transform
from flows.steps.verify import verify

TOOLS: Final = ("expectations.checkpoint",)
"""What the process of the gate imports before it is asked."""
_SECONDS_AT_MOST: Final = 24 * 60 * 60


@contextmanager
def gate_aside(run_step: StepRunner, begin: Callable[[], StepProcess]) -> Iterator[StepRunner]:
    """Run steps as ``run_step`` does, but the gate in the process that ``begin`` starts when the models begin.

    A run that finds nothing new starts none.
    """
    gates: list[StepProcess] = []

    def run(step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - hands any step through
        if step is transform and not gates:
            gates.append(begin())
        return gates[0].run(step, *arguments) if step is verify and gates else run_step(step, *arguments)

    try:
        yield run
    finally:
        for gate in gates:
            gate.end()


def refresh_once(settings: Settings, clock: Clock, replay_after_seq: int | None = None) -> Refreshed:
    """`refresh_books` in a process that lives for this run: everything here, but the gate aside.

    With ``replay_after_seq`` the commits above it are replayed and published once more.

    The gate only reads the books, so it holds no lock: after a killed run the next one may begin at once.

    Raises:
        BusyError: another run is writing.
        BuildFailedError: a model failed.
        GateClosedError: a law is broken or an expectation failed.
    """
    with (
        one_writer(settings),
        gate_aside(call, lambda: StepProcess(_SECONDS_AT_MOST, imports=TOOLS)) as run_step,
    ):
        return refresh_locked_books(settings, clock, run_step, replay_after_seq)
