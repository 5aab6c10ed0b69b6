"""The inbox: every finished file is taken up exactly once, none is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from eventlog.clock import system_clock
from eventlog.settings import Settings, settings_for
from flows.steps import ingest as step
from flows.steps.ingest import take_inbox

HEADER = "event_id,account_id,type,amount,occurred_at\n"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """An empty home with an inbox for cash."""
    settings = settings_for(tmp_path / "data")
    (settings.inbox / "cash_events").mkdir(parents=True)
    return settings


def dropped(home: Settings, name: str, *rows: str) -> Path:
    """A file in the inbox."""
    file = home.inbox / "cash_events" / name
    file.write_text(HEADER + "".join(f"{row}\n" for row in rows))
    return file


def test_finished_file_is_taken_once(home: Settings) -> None:
    """Given a file, when the inbox is looked at twice, then it is taken the first time and kept under taken/."""
    dropped(home, "a.csv", "d1,A,DEPOSIT,5,2024-01-03")

    first, second = take_inbox(home, system_clock), take_inbox(home, system_clock)

    assert [receipt.accepted for receipt in first] == [1]
    assert second == []
    assert (home.inbox / "taken" / "cash_events" / "a.csv").exists()


def test_file_that_grows_while_it_is_read_is_read_again(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a sender who is still writing, when the file is taken, then the rest of it comes with the next run."""
    file = dropped(home, "slow.csv", "d1,A,DEPOSIT,5,2024-01-03")
    real = step.ingest

    def ingest_and_go_on_writing(*arguments: object) -> object:
        receipts = real(*arguments)
        with file.open("a") as sender:
            sender.write("d2,A,DEPOSIT,6,2024-01-03\n")
        return receipts

    monkeypatch.setattr(step, "ingest", ingest_and_go_on_writing)
    (first,) = take_inbox(home, system_clock)
    monkeypatch.setattr(step, "ingest", real)
    (second,) = take_inbox(home, system_clock)

    assert (first.accepted, second.accepted, second.duplicate) == (1, 1, 1)
    assert take_inbox(home, system_clock) == []


@pytest.mark.parametrize("name", [".a.csv.tmp123", "a.csv.part", "a.csv.tmp"])
def test_unfinished_names_are_left_alone(home: Settings, name: str) -> None:
    """A sender writes under such a name and renames when it is done."""
    file = dropped(home, name, "d1,A,DEPOSIT,5,2024-01-03")

    assert take_inbox(home, system_clock) == []
    assert file.exists()


def test_same_name_again_overwrites_nothing(home: Settings) -> None:
    """Given two files of one name on two days, when both were taken, then both are kept."""
    dropped(home, "trades[1].csv", "d1,A,DEPOSIT,5,2024-01-03")
    take_inbox(home, system_clock)
    dropped(home, "trades[1].csv", "d2,A,DEPOSIT,6,2024-01-04")
    take_inbox(home, system_clock)

    kept = sorted(file.name for file in (home.inbox / "taken" / "cash_events").iterdir())
    assert kept == ["trades[1].csv", "trades[1]~1.csv"]


def test_file_of_an_unknown_kind_is_counted_and_kept(home: Settings) -> None:
    """Given a file that no reader knows, when the inbox is taken, then it is quarantined, not forgotten."""
    (home.inbox / "cash_events" / "late.txt").write_text("something")

    (receipt,) = take_inbox(home, system_clock)

    assert receipt.reasons == {"UNKNOWN_FORMAT": 1}
    assert receipt.seq == 1
