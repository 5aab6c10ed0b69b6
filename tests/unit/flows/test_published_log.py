"""A log whose end is lost or changed takes no event and is not shown as if it were whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import pytest

from eventlog.clock import system_clock
from eventlog.landing import Landing, LandingError
from eventlog.settings import Settings, settings_for
from flows import lake
from flows.books import state_of
from flows.lake import LAKE, Publication
from flows.steps.ingest import ingest, take_inbox
from flows.steps.transform import find_pending

HEADER = "event_id,account_id,type,amount,occurred_at\n"


@pytest.fixture
def home(tmp_path: Path) -> Settings:
    """Two commits, both published; a third file waits in the inbox."""
    settings = settings_for(tmp_path / "data")
    waiting = settings.inbox / "cash_events" / "d3.csv"
    waiting.parent.mkdir(parents=True)
    for number, file in enumerate([tmp_path / "d1.csv", tmp_path / "d2.csv", waiting], start=1):
        file.write_text(f"{HEADER}d{number},A,DEPOSIT,5,2024-01-0{number}\n")
    ingest(settings, "cash_events", [tmp_path / "d1.csv", tmp_path / "d2.csv"], system_clock)
    said = Publication("run-1", 2, Landing(settings.landing).entry_sha256(2), "0" * 64, "2024-01-05T22:00:00", 1)
    with lake.writing(settings) as database:
        database.execute("begin; create table main.moves (amount integer)")
        database.execute(f"call {LAKE}.set_commit_message('navlog', '', extra_info => ?)", [json.dumps(asdict(said))])
        database.execute("commit")
    return settings


def newest_entry(home: Settings) -> Path:
    return home.landing / "_log" / f"{2:020}.json"


@pytest.mark.parametrize("ask", [find_pending, lambda home: take_inbox(home, system_clock)])
def test_a_whole_log_goes_on(home: Settings, ask: Callable[[Settings], object]) -> None:
    assert ask(home)


@pytest.mark.parametrize(
    "ask",
    [
        find_pending,
        state_of,
        lambda home: take_inbox(home, system_clock),
        lambda home: ingest(home, "cash_events", [home.inbox / "cash_events" / "d3.csv"], system_clock),
    ],
    ids=["refresh", "status", "inbox", "ingest"],
)
@pytest.mark.parametrize("damage", ["lost", "changed"])
def test_a_log_that_lost_its_end_says_so(home: Settings, damage: str, ask: Callable[[Settings], object]) -> None:
    """The chain of hashes holds up to the last entry there is, so only what was published can tell."""
    text = newest_entry(home).read_text()
    newest_entry(home).unlink()
    if damage == "changed":
        newest_entry(home).write_text(text.replace("d2.csv", "d9.csv"))

    with pytest.raises(LandingError, match="Commit 2 is not the one that was published"):
        ask(home)
    assert len(list((home.landing / "_log").iterdir())) == (1 if damage == "lost" else 2)


def test_a_lake_that_cannot_be_asked_stops_no_intake(home: Settings) -> None:
    """Given a catalog that is no database, then events are taken; the refresh says what is wrong."""
    home.lake_catalog.write_text("no database")

    (receipt,) = take_inbox(home, system_clock)

    assert receipt.accepted == 1
