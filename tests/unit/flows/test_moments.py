"""Known and publishing times -> commits, or one clear sentence."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from eventlog.clock import fixed_clock
from eventlog.settings import Settings, settings_for
from flows.lake import NothingPublishedError
from flows.moments import NoSuchMomentError, as_known, as_published, moment_of, now
from flows.steps.ingest import ingest

HEADER = "event_id,account_id,type,amount,occurred_at\n"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """A log of three commits: two on the evening of the 5th of January, one on the 19th."""
    settings = settings_for(tmp_path / "data")
    for number, recorded_at in enumerate(["2024-01-05T22:00", "2024-01-05T22:30", "2024-01-19T22:00"]):
        file = tmp_path / f"{number}.csv"
        file.write_text(f"{HEADER}d{number},A,DEPOSIT,5,2024-01-03\n")
        ingest(settings, "cash_events", [file], fixed_clock(datetime.fromisoformat(recorded_at)))
    return settings


@pytest.mark.parametrize(
    ("asked", "seq"),
    [
        ("2024-01-05T22:00:00", 1),
        ("2024-01-05T22:29:59.999999", 1),
        ("2024-01-05", 2),
        ("2024-01-18", 2),
        ("2024-01-19T23:00:00+01:00", 3),
        ("2024-01-19T23:00:00+02:00", 2),
        ("2030-01-01", 3),
        ("2", 2),
    ],
)
def test_a_known_time_is_the_last_commit_recorded_until_then(home: Settings, asked: str, seq: int) -> None:
    """A day is its end; a time without a zone is UTC; a number is a commit."""
    moment = as_known(home, asked)

    assert (moment.seq, moment.snapshot_id) == (seq, None)


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (
            "2024-01-05T21:59:59",
            "Nothing was known at 2024-01-05T21:59:59: the first commit was recorded at 2024-01-05",
        ),
        ("0", "the first commit was recorded at"),
        ("4", "There is no commit 4: the log ends with commit 3"),
        ("yesterday", "yesterday is no time"),
        ("2024-02-30", "2024-02-30 is no time"),
        ("9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59-14:00 is no time"),
    ],
)
def test_what_was_never_known_is_one_sentence(home: Settings, asked: str, sentence: str) -> None:
    with pytest.raises(NoSuchMomentError, match=sentence):
        as_known(home, asked)


def test_an_empty_log_knew_nothing(tmp_path: Path) -> None:
    with pytest.raises(NoSuchMomentError, match="The log is empty"):
        as_known(settings_for(tmp_path / "data"), "2024-01-05")


def test_nothing_published_is_said_as_such(home: Settings) -> None:
    for ask in (now, lambda settings: as_published(settings, "2024-01-05")):
        with pytest.raises(NothingPublishedError, match="navlog refresh"):
            ask(home)


def test_a_day_means_its_last_microsecond() -> None:
    assert moment_of("2024-01-05") == datetime(2024, 1, 5, 23, 59, 59, 999999)
