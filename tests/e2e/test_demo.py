"""The demo is what a newcomer sees first: it must tell its story, and its proof must hold."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from flows.demo import POSITIONS_OF_THE_LAST_DAY
from tests.e2e.command import Said, navlog

pytestmark = pytest.mark.timeout(900)  # a minute when it is alone, more than 280 s were seen on a slow machine


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty user's home."""
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def told(home: Path) -> Said:
    """The demo, run once."""
    return navlog(home, "demo", limit_s=840)


def test_demo_tells_its_story(told: Said) -> None:
    """Five runs, each published; the replay equal; what was refused, and why."""
    assert told.exit_code == 0, told.err
    assert told.out.count("published commits") == 5
    assert "DIFFERENT" not in told.out
    assert told.out.count(" equal\n") == 22
    for reason in ("UNREADABLE_FILE", "NOT_A_NUMBER", "OUT_OF_BOUNDS", "UNKNOWN_VALUE"):
        assert reason in told.out


def test_status_after_the_demo_closes_its_counts(told: Said, home: Path) -> None:
    """received = accepted + duplicate + quarantined in every stream, and nothing is left to publish."""
    assert told.exit_code == 0
    state = navlog(home, "status", "--json").data

    for counts in state["streams"]:
        assert counts["received"] == counts["accepted"] + counts["duplicate"] + counts["quarantined"]
    assert state["last_seq"] == state["publication"]["published_seq"]
    assert [account["account_id"] for account in state["accounts"]] == ["ACC001", "ACC002", "ACC003"]
    assert (home / "data" / "docs" / "index.html").is_file()


def test_late_trade_and_cancelled_trade_are_in_the_books(told: Said, home: Path) -> None:
    """The late trade is in fact_trades; the cancelled one is not."""
    assert told.exit_code == 0
    held = navlog(home, "query", "select count(*) as trades from main_facts.fact_trades", "--json").data
    accepted = next(
        counts["accepted"]
        for counts in navlog(home, "status", "--json").data["streams"]
        if counts["stream"] == "trades"
    )

    assert [{"trades": accepted - 1}] == held


def test_the_query_that_the_demo_names_is_of_the_last_day(told: Said, home: Path) -> None:
    """One row for each open position of the last day, the largest gain first."""
    assert f'query "{POSITIONS_OF_THE_LAST_DAY}"' in told.out
    rows = navlog(home, "query", POSITIONS_OF_THE_LAST_DAY, "--json").data

    gains = [Decimal(row["unrealized_pnl"]) for row in rows]
    assert {row["value_date"] for row in rows} == {"2026-01-07"}
    assert len({(row["account_id"], row["symbol"]) for row in rows}) == len(rows) > 0
    assert gains == sorted(gains, reverse=True)


def test_demo_leaves_a_log_of_ones_own_alone(tmp_path: Path) -> None:
    """Given a home with other events, when the demo is asked for, then it refuses and says what to do."""
    file = tmp_path / "cash.csv"
    file.write_text("event_id,account_id,type,amount,timestamp\nX1,ACC001,DEPOSIT,12.50,2024-02-01\n")
    navlog(tmp_path, "ingest", "cash_events", file)

    said = navlog(tmp_path, "demo")

    assert said.exit_code == 2
    assert "NAVLOG_HOME=demo-data navlog demo" in said.err
