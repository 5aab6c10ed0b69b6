"""kill -9 at every step of a commit: afterwards the same file is sent again, and every event is there exactly once."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eventlog import landing as landing_module
from eventlog.clock import fixed_clock
from eventlog.intake import ingest_files
from eventlog.landing import Landing
from eventlog.settings import Settings, settings_for
from tests.unit.eventlog.conftest import NOON, Desk

DELIVERY = """event_id,occurred_at,symbol,price
p-1,2024-06-03,KO,60
p-2,2024-06-03,PG,150
p-3,2024-06-03,HD,-1
"""
KILLED = -signal.SIGKILL


def killed_at(call: str, count: int, is_before: bool) -> Callable[[], None]:
    """Arm a function of ``os``: its ``count``-th call kills the process, just before or just after it did its work."""

    def arm() -> None:
        real, calls = getattr(os, call), [0]

        def armed(*arguments, **named):
            calls[0] += 1
            if calls[0] == count and is_before:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*arguments, **named)
            if calls[0] == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        setattr(landing_module.os, call, armed)

    return arm


def in_a_child(work: Callable[[], None]) -> int:
    """Run ``work`` in a forked process; how it ended (0, or minus the signal)."""
    child = os.fork()
    if child == 0:
        try:
            work()
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def calls_of_one_intake(desk: Desk, call: str) -> int:
    """How often an intake of the delivery calls a function of ``os``, counted in a child with a home of its own."""
    reader, writer = os.pipe()
    elsewhere = Desk(settings_for(desk.home.home.parent / f"counting-{call}"), desk.inbox)

    def work() -> None:
        real, calls = getattr(os, call), [0]

        def counted(*arguments, **named):
            calls[0] += 1
            return real(*arguments, **named)

        setattr(landing_module.os, call, counted)
        elsewhere.take("prices", DELIVERY)
        os.write(writer, str(calls[0]).encode())

    assert 0 == in_a_child(work)
    os.close(writer)
    with os.fdopen(reader) as counted:
        return int(counted.read())


def take_and_die(desk: Desk, file: Path, arm: Callable[[], None]) -> int:
    """Take the delivery in a child that is killed on its way."""

    def work() -> None:
        arm()
        list(ingest_files(desk.home, "prices", [file], desk.clock))

    return in_a_child(work)


def assert_every_event_once(desk: Desk) -> None:
    """The chain is whole, the files are those accepted, no event is missing or there twice, nothing is left over."""
    landing = Landing(desk.home.landing)
    assert list(range(1, len(landing.commits()) + 1)) == [commit.seq for commit in landing.commits()]
    assert ["p-1", "p-2"] == sorted(desk.column("prices", "event_id"))
    assert [] == list(landing.staging.iterdir())


@pytest.mark.parametrize("is_before", [True, False], ids=["before", "after"])
@pytest.mark.parametrize("call", ["fsync", "link"])
@pytest.mark.parametrize("seconds_until_retry", [pytest.param(0, id="same known time"), pytest.param(5, id="later")])
def test_a_killed_intake_can_be_repeated(tmp_path_factory, call, is_before, seconds_until_retry):
    """Also with the same stated known time, as a load of a history with --recorded-at repeats it."""
    probe = Desk(home_in(tmp_path_factory), tmp_path_factory.mktemp("inbox"))
    total = calls_of_one_intake(probe, call)
    outcomes = {}
    for count in range(1, total + 1):
        desk = Desk(home_in(tmp_path_factory), tmp_path_factory.mktemp("inbox"))
        file = desk.write("delivery.csv", DELIVERY)
        assert KILLED == take_and_die(desk, file, killed_at(call, count, is_before))
        desk.clock = fixed_clock(NOON + timedelta(seconds=seconds_until_retry))
        try:
            (receipt,) = ingest_files(desk.home, "prices", [file], desk.clock)
            assert (3, 1) == (receipt.received, receipt.quarantined)
            assert_every_event_once(desk)
        except (OSError, AssertionError) as failure:
            outcomes[f"killed {'before' if is_before else 'after'} {call} {count} of {total}"] = repr(failure)

    assert {} == outcomes


def home_in(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of a new empty home."""
    return settings_for(tmp_path_factory.mktemp("crash") / "home")


def test_a_killed_intake_of_another_file_is_no_obstacle(tmp_path_factory):
    """What a dead writer left behind belongs to nobody; the next file of the same moment gets in."""
    desk = Desk(home_in(tmp_path_factory), tmp_path_factory.mktemp("inbox"))
    first = desk.write("first.csv", DELIVERY.replace("p-", "q-"))
    assert KILLED == take_and_die(desk, first, killed_at("link", 1, is_before=False))

    receipt = desk.take("prices", DELIVERY)

    assert 2 == receipt.accepted
    assert_every_event_once(desk)


def test_writers_that_race_leave_no_gap(tmp_path_factory):
    """Four processes bring in many files at once, half of them the same ones: every event once, every number used."""
    desk = Desk(home_in(tmp_path_factory), tmp_path_factory.mktemp("inbox"))
    files = [
        desk.write(f"f{number}.csv", "event_id,occurred_at,symbol,price\n" + "".join(
            f"r-{number}-{row},2024-06-03,KO,60\n" for row in range(3)))
        for number in range(24)
    ]  # fmt: skip
    shares = [files[:16], files[8:], files[::2], files[1::2]]
    children = []
    for share in shares:
        child = os.fork()
        if child == 0:
            try:
                for file in share:
                    list(ingest_files(desk.home, "prices", [file], fixed_clock(datetime(2024, 6, 4))))
            except BaseException:
                os._exit(1)
            os._exit(0)
        children.append(child)
    endings = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    commits = desk.commits

    assert [0, 0, 0, 0] == endings
    assert list(range(1, sum(map(len, shares)) + 1)) == [commit.seq for commit in commits]
    assert sorted(f"r-{number}-{row}" for number in range(24) for row in range(3)) == sorted(
        desk.column("prices", "event_id")
    )
    assert sum(map(len, shares)) * 3 == sum(commit.accepted + commit.duplicate for commit in commits)
