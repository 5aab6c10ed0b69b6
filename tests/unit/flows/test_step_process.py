"""A process for steps: what is stuck in C code ends with its time and with its parent, and the lock ends with it."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from eventlog.settings import settings_for
from flows.dbt_run import BuildFailedError
from flows.lock import BusyError, one_writer
from flows.step_process import StepProcess, StepProcessDiedError, StepTookTooLongError, step_process

PROJECT = Path(__file__).resolve().parents[3]
STUCK = ("(a|a)*b", "a" * 60)
"""For `re.match`: years of work in C that no thread can interrupt."""
PARENT = """
import os, re, sys
from pathlib import Path
from eventlog.settings import settings_for
from flows.lock import one_writer
from flows.step_process import step_process
with one_writer(settings_for(Path(sys.argv[1]))) as lock, step_process(600, kept_open=[lock]) as process:
    print(process.run(os.getpid), flush=True)
    process.run(re.match, "(a|a)*b", "a" * 60)
"""

pytestmark = pytest.mark.timeout(120)  # a step that nobody ends sleeps for ten minutes


def is_imported(module):
    """A step that tells whether its process has imported something."""
    return module in sys.modules


def build_that_fails():
    """A step whose exception is made from something else than its message."""
    raise BuildFailedError(("model a: wrong", "model b: failed"))


def counts_to(last, on_progress):
    """A step that tells how far it is."""
    for number in range(1, last + 1):
        on_progress(100 * number / last)
    return last


def is_gone(pid):
    """Whether a process has ended; one that nobody has waited for counts as ended."""
    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def wait_until_stuck(pid):
    """A process that waits for its first step, or imports what it needs, is not stuck yet."""
    process = psutil.Process(pid)
    begun_s = process.cpu_times().user
    wait_until(lambda: process.cpu_times().user > begun_s + 0.5)


def wait_until(is_so):
    deadline = time.monotonic() + 30
    while not is_so() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert is_so()


def test_steps_share_one_process_that_ends_with_the_block():
    with step_process(60) as process:
        first, second = process.run(os.getpid), process.run(os.getpid)

    assert first == second != os.getpid()
    assert is_gone(first)


def test_step_stuck_in_c_code_is_killed_when_its_time_is_up():
    with step_process(2) as process, pytest.raises(StepTookTooLongError, match=r"match was ended.*minutes"):
        process.run(re.match, *STUCK)

    assert is_gone(process.pid)


def test_process_has_imported_its_tools_before_its_first_step():
    with step_process(60, imports=["wave"]) as prepared, step_process(60) as plain:
        assert prepared.run(is_imported, "wave")
        assert not plain.run(is_imported, "wave")


def test_process_beside_another_has_no_more_time_than_that_one():
    """Given a run whose time is up, when a second process begins, then its first step is ended at once."""
    with step_process(1) as process:
        time.sleep(1.1)
        other = process.beside(())

        with pytest.raises(StepTookTooLongError):
            other.run(time.sleep, 0.5)

    assert is_gone(other.pid)


def test_lock_is_held_by_a_process_beside_another_too(tmp_path):
    settings = settings_for(tmp_path / "data")
    with one_writer(settings) as lock:
        process = StepProcess(60, kept_open=[lock])
        other = process.beside(())
        process.end()
    try:
        with pytest.raises(BusyError), one_writer(settings):
            pass
    finally:
        other.end()


def test_exception_arrives_as_it_was_raised():
    with step_process(60) as process, pytest.raises(BuildFailedError) as failed:
        process.run(build_that_fails)

    assert failed.value.failures == ("model a: wrong", "model b: failed")
    assert str(failed.value) == "model a: wrong\nmodel b: failed"


def test_progress_arrives_before_the_result():
    told = []

    with step_process(60) as process:
        result = process.run(counts_to, 4, on_progress=told.append)

    assert (result, told) == (4, [25, 50, 75, 100])


def test_process_that_dies_is_named():
    with step_process(60) as process, pytest.raises(StepProcessDiedError, match="_exit ended without an answer"):
        process.run(os._exit, 3)


def test_lock_is_held_until_the_process_that_writes_has_ended(tmp_path):
    """Given a run that has let go of the lock while its process still works, then nobody else may write."""
    settings = settings_for(tmp_path / "data")
    with one_writer(settings) as lock:
        process = StepProcess(60, kept_open=[lock])
    try:
        with pytest.raises(BusyError), one_writer(settings):
            pass
    finally:
        process.end()

    with one_writer(settings):
        pass


@pytest.mark.skipif(sys.platform != "linux", reason="only the Linux kernel ends a child that is stuck")
def test_stuck_step_ends_with_its_parent_and_holds_the_lock_until_then(tmp_path):
    """Given a run that is killed while its step is stuck, then the step ends too, and another run may write."""
    settings = settings_for(tmp_path / "data")
    run = subprocess.Popen(
        [sys.executable, "-c", PARENT, settings.home], cwd=PROJECT, stdout=subprocess.PIPE, text=True
    )
    child = int(run.stdout.readline())
    wait_until_stuck(child)
    with pytest.raises(BusyError), one_writer(settings):
        pass

    run.send_signal(signal.SIGKILL)
    run.wait()

    wait_until(lambda: is_gone(child))
    with one_writer(settings):
        pass
