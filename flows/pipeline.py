"""The whole way in, as plain functions: inbox -> log -> build database -> gate -> published lake.

``run_step`` lets a caller say how a step runs: the command calls it, a Prefect flow makes it a task.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from eventlog.clock import Clock
from eventlog.intake import Receipt
from eventlog.settings import Settings
from flows.dbt_run import Build, BuildFailedError
from flows.gate import CRITICAL, Gate, GateFinding, record_gate, time_of
from flows.lake import Publication
from flows.lock import one_writer
from flows.step_process import StepProcessDiedError, StepTookTooLongError
from flows.steps.ingest import take_inbox
from flows.steps.publish import publish
from flows.steps.transform import Pending, again_after, find_pending, transform
from flows.steps.verify import Audit, GateClosedError, verify

StepRunner = Callable[..., Any]


def call(step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401 - hands any step through
    """Run a step by calling it."""
    return step(*arguments)


@dataclass(slots=True)
class Refreshed:
    """What a refresh did. Without ``publication`` there was nothing new."""

    run_id: str
    first_seq: int
    last_seq: int
    taken: list[Receipt] = field(default_factory=list)
    build: Build | None = None
    audit: Audit | None = None
    publication: Publication | None = None
    seconds: dict[str, float] = field(default_factory=dict)


def refresh_books(settings: Settings, clock: Clock, run_step: StepRunner = call) -> Refreshed:
    """Bring everything published up to the last accepted event; does no work when there is nothing new.

    Raises:
        BusyError: another run is writing.
        BuildFailedError: a model failed.
        GateClosedError: a law is broken or an expectation failed.
    """
    with one_writer(settings):
        return refresh_locked_books(settings, clock, run_step)


def refresh_locked_books(
    settings: Settings, clock: Clock, run_step: StepRunner, replay_after_seq: int | None = None
) -> Refreshed:
    """The same for a caller that holds the run lock; ``replay_after_seq`` replays the commits above it once more.

    Raises:
        BuildFailedError: a model failed.
        GateClosedError: a law is broken or an expectation failed.
    """
    taken = run_step(take_inbox, settings, clock)
    pending = find_pending(settings)
    if replay_after_seq is not None:
        pending = again_after(pending, replay_after_seq)
    # Not the time first: Great Expectations takes a name that begins with one for a time with an offset.
    run_id = f"commit-{pending.last_seq}-{clock():%Y%m%dT%H%M%S}"
    done = Refreshed(run_id, pending.published_seq + 1, pending.last_seq, taken)
    if pending.is_nothing:
        return done
    _pass_the_gate(settings, clock, run_step, pending, done)
    done.publication = _timed(done, "publish", run_step, publish, settings, pending, done.audit, run_id, clock())
    return done


def _pass_the_gate(settings: Settings, clock: Clock, run_step: StepRunner, pending: Pending, done: Refreshed) -> None:
    """Build and verify; the verdict is kept whichever it is, before anything is published or the run ends."""
    gate = Gate(done.run_id, time_of(clock()), done.first_seq, done.last_seq, is_passed=False, findings=())
    try:
        done.build = _timed(done, "transform", run_step, transform, settings, pending)
        done.audit = _timed(done, "verify", run_step, verify, settings, done.run_id)
    except BuildFailedError as failed:
        found = tuple(GateFinding("build", None, CRITICAL, failure) for failure in failed.failures)
        record_gate(settings, replace(gate, findings=found))
        raise
    except GateClosedError as closed:
        record_gate(settings, replace(gate, findings=closed.findings, docs_page=closed.docs_page))
        raise
    except (StepProcessDiedError, StepTookTooLongError) as ended:
        record_gate(settings, replace(gate, findings=(GateFinding("run", None, CRITICAL, str(ended)),)))
        raise
    audit: Audit = done.audit
    record_gate(settings, replace(gate, is_passed=True, findings=audit.findings, docs_page=audit.docs_page))


def _timed(done: Refreshed, name: str, run_step: StepRunner, step: Callable[..., Any], *arguments: Any) -> Any:  # noqa: ANN401
    begun = time.perf_counter()
    result = run_step(step, *arguments)
    done.seconds[name] = round(time.perf_counter() - begun, 2)
    return result
