"""The inbox: every finished file is taken up exactly once, none is lost."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from eventlog.clock import system_clock
from eventlog.intake import Receipt
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
    real = step.ingest_files

    def ingest_and_go_on_writing(*arguments: Any) -> list[Receipt]:
        receipts = list(real(*arguments))
        with file.open("a") as sender:
            sender.write("d2,A,DEPOSIT,6,2024-01-03\n")
        return receipts

    monkeypatch.setattr(step, "ingest_files", ingest_and_go_on_writing)
    (first,) = take_inbox(home, system_clock)
    monkeypatch.setattr(step, "ingest_files", real)
    (second,) = take_inbox(home, system_clock)

    assert (first.accepted, second.accepted, second.duplicate) == (1, 1, 1)
    assert take_inbox(home, system_clock) == []


def test_file_that_grows_while_it_is_copied_is_not_taken_half(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given a number that is cut in the middle when it is copied, then nothing of it is in the log but the whole."""
    file = dropped(home, "slow.csv", "d1,A,DEPOSIT,5,2024-01-03")
    file.write_text(file.read_text().replace(",5,2024-01-03\n", ",5"))
    real = shutil.copyfileobj

    def copy_and_go_on_writing(source: BinaryIO, sink: BinaryIO) -> None:
        real(source, sink)
        with file.open("a") as sender:
            sender.write("000,2024-01-03\n")

    monkeypatch.setattr(shutil, "copyfileobj", copy_and_go_on_writing)
    (first,) = take_inbox(home, system_clock)
    monkeypatch.setattr(shutil, "copyfileobj", real)
    (second,) = take_inbox(home, system_clock)

    assert (first.received, first.reasons, first.seq) == (0, {"CHANGED_FILE": 1}, None)
    assert (second.received, second.accepted) == (1, 1)


def test_file_that_cannot_be_opened_is_no_obstacle(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given one file of somebody else and one of ours, then ours is taken, and the other stays with a reason."""
    locked, ours = (dropped(home, name, f"{name[0]}1,A,DEPOSIT,5,2024-01-03") for name in ("a.csv", "b.csv"))
    real = Path.open

    def open_but_locked(file: Path, *arguments: str, **named: str) -> object:
        if file == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(file))
        return real(file, *arguments, **named)

    monkeypatch.setattr(Path, "open", open_but_locked)
    refused, taken = take_inbox(home, system_clock)

    assert (refused.reasons, refused.seq, taken.accepted) == ({"UNREADABLE_FILE": 1}, None, 1)
    assert "a.csv can't be opened: Permission denied" in (refused.refusal or "")
    assert (locked.exists(), ours.exists()) == (True, False)


def test_file_that_nests_too_deep_is_no_obstacle(home: Settings) -> None:
    """Given a line of a hundred thousand brackets, then it is one refused row, and the rows around it get in."""
    good = '{"account_id": "A", "type": "DEPOSIT", "amount": 5, "occurred_at": "2024-01-03"}'
    deep = good.replace("5", "[" * 100_000 + "]" * 100_000)
    (home.inbox / "cash_events" / "deep.jsonl").write_text(f"{'[' * 100_000}\n{deep}\n{good}\n")

    (receipt,) = take_inbox(home, system_clock)

    assert (receipt.accepted, receipt.reasons) == (1, {"UNREADABLE_ROW": 2})


@pytest.mark.parametrize("blocked", ["taken", "taken/cash_events"])
def test_file_that_cannot_be_moved_away_is_not_read_again_and_again(home: Settings, blocked: str) -> None:
    """Given no folder to move it to, then it is not taken, the receipt says which, and other streams go on."""
    dropped(home, "a.csv", "d1,A,DEPOSIT,5,2024-01-03")
    (home.inbox / blocked).parent.mkdir(exist_ok=True)
    (home.inbox / blocked).write_text("in the way")

    (refused,) = take_inbox(home, system_clock)

    assert (refused.received, refused.seq) == (0, None)
    assert "a.csv was not taken and stays where it is: " in (refused.refusal or "")
    assert blocked in (refused.refusal or "")


def test_inbox_that_is_no_folder_is_one_sentence(tmp_path: Path) -> None:
    """Given a file in the place of the inbox, then a run goes on with what is accepted already."""
    settings = settings_for(tmp_path / "data")
    settings.home.mkdir()
    settings.inbox.write_text("in the way")

    (refused,) = take_inbox(settings, system_clock)

    assert f"{settings.inbox} was not taken" in (refused.refusal or "")


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


@pytest.mark.parametrize("path", ["trades.csv", "trade/trades.csv"])
def test_file_in_no_folder_of_a_stream_is_told(home: Settings, path: str) -> None:
    """Given a slip in the name of the folder, or none, then each run says so, and takes the others."""
    dropped(home, "a.csv", "d1,A,DEPOSIT,5,2024-01-03")
    (home.inbox / path).parent.mkdir(exist_ok=True)
    (home.inbox / path).write_text(HEADER)

    told, taken = take_inbox(home, system_clock)

    assert f"{home.inbox / path.split('/', maxsplit=1)[0]} is " in (told.refusal or "")
    assert "cash_events" in (told.refusal or "")
    assert (told.received, told.seq, taken.accepted) == (0, None, 1)
    assert (home.inbox / path).exists()


@pytest.mark.parametrize("name", ["empty", ".hidden", "notes.csv.part"])
def test_what_is_no_delivery_is_not_told(home: Settings, name: str) -> None:
    """An empty folder, hidden names and unfinished files are nobody's mistake."""
    (home.inbox / name).mkdir()

    assert take_inbox(home, system_clock) == []
