"""Whom `restatement` names: events that can have moved a row, and none that can not."""

from __future__ import annotations

from collections.abc import Iterator
from io import StringIO

import pytest
from rich.console import Console

from eventlog.settings import Settings
from flows import moments
from flows.contract import public_tables
from flows.restatement import Mover, Restatement, restatement
from flows.restatement_screen import show_restatement
from tests.e2e.small_ledgers import built, empty_home, happened

pytestmark = pytest.mark.timeout(900)

PRICES = "event_id,symbol,price,occurred_at\n"
TRADES = "event_id,account_id,symbol,side,quantity,price,occurred_at\n"
CASH = "event_id,account_id,type,amount,symbol,occurred_at\n"
CORRECTIONS = (
    "event_id,occurred_at,action,corrects_stream,corrects_event_id,revision,account_id,symbol,side,quantity,price\n"
)
STORY = [
    (
        "prices",
        f"{PRICES}k2,KO,60,2024-01-02\nk3,KO,61,2024-01-03\nk4,KO,62,2024-01-04\nk5,KO,63,2024-01-05\n"
        "k8,KO,64,2024-01-08\nk9,KO,65,2024-01-09\nq2,PEP,170,2024-01-02\nq3,PEP,171,2024-01-03\nq8,PEP,172,2024-01-08\n"
        "x10,XYZ,10,2024-01-10\ny2,SPY,400,2024-01-02\ny8,SPY,401,2024-01-08\n",
    ),
    ("accounts", "event_id,account_id,lot_method,benchmark_symbol,occurred_at\nm1,A,FIFO,SPY,2024-01-01\n"),
    ("cash_events", f"{CASH}d1,A,DEPOSIT,10000,,2024-01-02\nd2,B,DEPOSIT,10000,,2024-01-02\n"),
    (
        "trades",
        f"{TRADES}a1,A,KO,BUY,10,60,2024-01-02T15:00:00\na2,A,PEP,BUY,5,171,2024-01-08T15:00:00\n"
        "b1,B,KO,BUY,20,61,2024-01-03T15:00:00\nb2,B,KO,SELL,20,63,2024-01-05T15:00:00\n",
    ),
    ("corrections", f"{CORRECTIONS}e1,2024-01-11,AMEND,trades,a1,5,A,KO,BUY,10,58\n"),
    ("corrections", f"{CORRECTIONS}e2,2024-01-12,CANCEL,corrections,e1,,,,,,\n"),
    (
        "corrections",
        f"{CORRECTIONS}f1,2024-01-13,AMEND,prices,q3,,,PEP,,,999\nf2,2024-01-13,AMEND,prices,k8,,,KO,,,64.5\n"
        "f3,2024-01-13,CANCEL,prices,x10,,,,,,\nf4,2024-01-13,AMEND,prices,k5,,,KO,,,63.5\n",
    ),
    ("cash_events", f"{CASH}d3,A,DEPOSIT,5,KO,2024-01-03\nd4,B,DEPOSIT,7,,2024-01-08\n"),
    (
        "corrections",
        f"{CORRECTIONS}g1,2024-01-14,AMEND,trades,a1,9,A,KO,BUY,10,59\n"
        "g2,2024-01-14,AMEND,trades,a1,7,A,KO,BUY,10,57\ng3,2024-01-14,CANCEL,trades,b2,,,,,,\n",
    ),
    (
        "corrections",
        f"{CORRECTIONS}h1,2024-01-15,CANCEL,trades,b2,,,,,,\nh2,2024-01-15,CANCEL,corrections,g3,,,,,,\n"
        "h3,2024-01-15,AMEND,trades,a2,,A,PEP,BUY,6,171\n",
    ),
    ("corrections", f"{CORRECTIONS}i1,2024-01-16,AMEND,prices,y8,,,SPY,,,402\n"),
]
FIRST, AMENDED, WITHDRAWN, PRICED, PAID, CANCELLED, AGAIN, MEASURED = "4", "5", "6", "7", "8", "9", "10", "11"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A story of eleven commits, one question about it: what changed between two of them."""
    with empty_home(tmp_path_factory.mktemp("restated")) as settings:
        for stream, text in STORY:
            happened(settings, stream, text)
        built(settings)
        yield settings


def between(home: Settings, earlier: str, later: str) -> Restatement:
    one = restatement(home, moments.as_known(home, earlier), moments.as_known(home, later))
    assert one.rows
    assert one.unexplained == 0
    return one


def movers(one: Restatement) -> dict[str, Mover]:
    return {mover.event_id: mover for mover in one.movers}


def moved(one: Restatement, event_id: str) -> set[tuple[str, str]]:
    """Tables and accounts of the facts that an event moved."""
    return {
        (row.table.removeprefix("main_facts."), row.account_id)
        for row in one.rows
        if row.table.startswith("main_facts.") and event_id in {event.partition("/")[2] for event in row.events}
    }


def test_who_withdraws_an_amendment_says_so(home: Settings) -> None:
    """The purchase stands again as it was stated: nobody cancelled it."""
    withdrawal = movers(between(home, AMENDED, WITHDRAWN))["e2"]

    assert (withdrawal.action, withdrawal.corrects) == ("CANCEL", "corrections/e1")


def test_what_was_amended_and_withdrawn_in_between_moved_nothing(home: Settings) -> None:
    """Only closes were corrected for good: one that is another now, and one that is gone."""
    assert movers(between(home, FIRST, PRICED)).keys() == {"f2", "f3", "f4"}


def test_a_price_moves_those_who_held_until_the_next_price(home: Settings) -> None:
    """PEP was bought on a day with a close of its own: an earlier close moved nothing. B held KO no more on the 8th."""
    one = between(home, WITHDRAWN, PRICED)

    assert "f1" not in movers(one)
    assert {account for _table, account in moved(one, "f2")} == {"A"}
    assert {row.day.isoformat() for row in one.rows if row.table.endswith("fact_positions_daily") and row.day
            and "corrections/f2" in row.events} == {"2024-01-08"}  # fmt: skip


def test_a_price_moves_nothing_once_the_position_is_closed(home: Settings) -> None:
    """B sold KO on the 5th: that day's close is in the row of that day. The 8th and its deposit are none of its.

    Nor does the close of the 8th have a part in B's returns, which that deposit has moved.
    """
    one = between(home, WITHDRAWN, PAID)
    rows = [row for row in one.rows if row.account_id == "B"]
    facts = [row for row in rows if row.table.startswith("main_facts.")]

    assert {str(row.day) for row in facts if "corrections/f4" in row.events} == {"2024-01-05"}
    assert [row for row in rows if row not in facts and "cash_events/d4" in row.events]
    assert not [row for row in rows if "corrections/f2" in row.events]
    assert movers(one)["d4"].account_id == "B"
    assert movers(one)["f4"].account_id == "A"


def test_a_row_that_is_gone_is_no_change_of_a_value(home: Settings) -> None:
    """Without the close of XYZ the 10th is no valuation day: rows are gone, and no account has lost its value."""
    cancel = movers(between(home, WITHDRAWN, PRICED))["f3"]

    assert cancel.rows > 0
    assert (cancel.account_id, cancel.total_value_before, cancel.total_value_after) == (None, None, None)


def test_cash_moves_no_position_and_no_trade(home: Settings) -> None:
    """Even cash that names the symbol of a position."""
    one = between(home, PRICED, CANCELLED)

    assert moved(one, "d3") >= {("fact_cash_moves", "A"), ("fact_portfolio_value_daily", "A")}
    assert not {table for table, _account in moved(one, "d3")} & {"fact_trades", "fact_lots", "fact_positions_daily"}


def test_a_correction_that_is_overruled_moved_nothing(home: Settings) -> None:
    """The revision 9 holds, not 7. A trade that was cancelled before is cancelled again; a CANCEL stays in force."""
    assert movers(between(home, PAID, CANCELLED)).keys() == {"g1", "g3"}
    assert movers(between(home, CANCELLED, AGAIN)).keys() == {"h3"}


def test_a_benchmark_moves_only_what_is_measured_against_it(home: Settings) -> None:
    """A's risk figures may follow a close of SPY; its own value and returns, which a trade moved, do not."""
    one = between(home, CANCELLED, MEASURED)

    assert {row.table for row in one.rows if "corrections/i1" in row.events} == {"main_metrics.risk_daily"}
    assert ("fact_portfolio_value_daily", "A") in moved(one, "h3")


def test_what_is_not_compared_is_said(home: Settings) -> None:
    """Every public table is either compared or named with the reason."""
    one = between(home, PAID, CANCELLED)
    others = {other.table: other.why for other in one.not_compared}

    assert {table.table for table in one.tables} | others.keys() == {table.qualified for table in public_tables(home)}
    assert others["main_facts.fact_journal"] == "views say what their tables say"
    assert others["main_metrics.holdings_risk"] == "made anew for the last valuation day alone"
    assert others["main_metrics.index_returns"] == "rows that belong to no account"
    assert "holdings_risk, holdings_value_at_risk: made anew for the last valuation day alone." in shown(one)


def shown(one: Restatement) -> str:
    page = StringIO()
    show_restatement(Console(file=page, width=200), one)
    return page.getvalue()
