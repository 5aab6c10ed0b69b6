"""Who an event is: the same one twice is counted and dropped, another one under its id is refused."""

from __future__ import annotations

from datetime import timedelta

import pytest

from eventlog.intake import RecordedTimeError
from tests.unit.eventlog.conftest import NOON, Desk

PRICES = "event_id,occurred_at,symbol,price\np-1,2024-06-03,KO,60\np-2,2024-06-03,PG,150\n"
UNNAMED = "occurred_at,account_id,symbol,side,quantity,price\n"
BOUGHT = "2024-06-03T09:30:00,ACC,KO,BUY,10,60\n"
SOLD = "2024-06-03T09:31:00,ACC,KO,SELL,10,60\n"


def counts(receipt) -> tuple[int, int, int]:
    """Accepted, duplicate, quarantined."""
    return (receipt.accepted, receipt.duplicate, receipt.quarantined)


def test_the_same_file_twice_changes_nothing(desk: Desk):
    """A sender that isn't sure sends again; the second time is a commit of duplicates only."""
    assert (2, 0, 0) == counts(desk.take("prices", PRICES))
    assert (0, 2, 0) == counts(desk.take("prices", PRICES))
    assert 2 == len(desk.rows("prices"))


def test_the_same_events_in_another_form_change_nothing(desk: Desk):
    """60 and 60.000, a date and its last microsecond: written differently, the same event."""
    desk.take("prices", PRICES)
    again = '{"event_id": "p-1", "timestamp": "2024-06-03T23:59:59.999999Z", "symbol": "KO", "price": 60.000}'

    assert (0, 1, 0) == counts(desk.take("prices", again, "p.jsonl"))


def test_a_duplicate_inside_one_file_is_dropped(desk: Desk):
    """The first one stays."""
    assert (2, 1, 0) == counts(desk.take("prices", PRICES + "p-1,2024-06-03,KO,60.0\n"))


def test_an_event_without_id_gets_the_same_one_every_time(desk: Desk):
    """It follows from what the event says, so that a file without ids may be sent twice as well."""
    desk.take("trades", UNNAMED + BOUGHT + SOLD)
    named = desk.column("trades", "event_id")

    assert (0, 2, 0) == counts(desk.take("trades", UNNAMED + SOLD + BOUGHT))
    assert 2 == len(set(named))
    assert named == desk.column("trades", "event_id")


def test_twins_without_id_both_stay(desk: Desk):
    """Two equal executions in one file are two executions; the third one of the next file is new."""
    assert (2, 0, 0) == counts(desk.take("trades", UNNAMED + BOUGHT + BOUGHT))
    assert (0, 2, 0) == counts(desk.take("trades", UNNAMED + BOUGHT + BOUGHT))
    assert (1, 2, 0) == counts(desk.take("trades", UNNAMED + BOUGHT + SOLD.replace("SELL", "BUY") + BOUGHT))


def test_ids_of_unnamed_events_do_not_depend_on_columns(desk: Desk):
    """A column that only states defaults makes no other event."""
    desk.take("trades", UNNAMED + BOUGHT)
    wider = UNNAMED.strip() + ",fee,currency,venue\n" + BOUGHT.strip() + ",0.00,USD,\n"

    assert (0, 1, 0) == counts(desk.take("trades", wider))


def test_the_same_id_may_name_events_of_two_streams(desk: Desk):
    """Identity is within a stream."""
    desk.take("prices", PRICES)
    receipt = desk.take("cash_events", "event_id,occurred_at,account_id,type,amount\np-1,2024-06-03,A,FEE,1\n")

    assert (1, 0, 0) == counts(receipt)


@pytest.mark.parametrize(
    "other",
    ["p-1,2024-06-03,KO,61", "p-1,2024-06-02,KO,60", "p-1,2024-06-03,PG,60", "p-1,2024-06-03T10:00:00,KO,60"],
    ids=["price", "day", "symbol", "time of day"],
)
@pytest.mark.parametrize("is_one_file", [True, False], ids=["in one file", "across files"])
def test_another_event_under_a_known_id_is_a_conflict(desk: Desk, other, is_one_file):
    """The first committed holds; the other is refused, with its row and its words."""
    header, first, second = PRICES.splitlines()
    if is_one_file:
        receipt = desk.take("prices", "\n".join([header, first, second, other]) + "\n")
    else:
        desk.take("prices", PRICES)
        receipt = desk.take("prices", "\n".join([header, other]) + "\n")
    (refused,) = desk.quarantine("prices")

    assert {"CONFLICT": 1} == receipt.reasons
    assert ("CONFLICT", "p-1", 3 if is_one_file else 1) == (refused["reason"], refused["detail"], refused["row_number"])
    assert ["p-1", "p-2"] == sorted(desk.column("prices", "event_id"))


def test_a_conflict_sent_again_is_refused_again(desk: Desk):
    """Nothing is learned from a refusal: the third delivery of the wrong event fares like the second."""
    desk.take("prices", PRICES)
    wrong = PRICES.replace("60", "61")

    assert [(0, 1, 1)] * 2 == [counts(desk.take("prices", wrong)) for _ in range(2)]


def test_a_wrong_row_does_not_take_its_id(desk: Desk):
    """A refused row may be repaired and sent under the same id."""
    desk.take("prices", PRICES.replace("60", "-60"))

    assert (1, 1, 0) == counts(desk.take("prices", PRICES))


def test_known_events_are_found_in_every_older_file(desk: Desk):
    """Ten commits on, with ids below, between and above those of other files, a duplicate is still one."""
    header = "event_id,occurred_at,symbol,price\n"
    for number in range(10):
        ids = (number, 50, 99 - number) if number == 0 else (number, 99 - number)
        desk.take("prices", header + "".join(f"p-{i:02},2024-06-03,KO,{60 + i}\n" for i in ids))

    assert (0, 1, 0) == counts(desk.take("prices", header + "p-50,2024-06-03,KO,110\n"))
    assert (1, 2, 0) == counts(
        desk.take("prices", header + "".join(f"p-{i},2024-06-03,KO,{60 + i}\n" for i in (49, 50, 95)))
    )


def test_known_time_does_not_run_backwards(desk: Desk, desk_at):
    """A history may be loaded with known times of long ago, but never before what is already known."""
    desk_at(NOON).take("prices", PRICES)

    with pytest.raises(RecordedTimeError, match="recorded-at"):
        desk_at(NOON - timedelta(microseconds=1)).take("prices", PRICES)
    assert 1 == len(desk.commits)


def test_a_clock_that_was_ahead_does_not_stop_the_intake(desk: Desk):
    """Given a commit of a clock a year ahead, when it is right again, then files are recorded as of that commit."""
    ahead = NOON + timedelta(days=365)
    times = iter([ahead, NOON, ahead + timedelta(days=1)])
    desk.clock = lambda: next(times)
    receipts = [desk.take("prices", PRICES.replace("p-", f"p{number}-")) for number in range(3)]

    assert [ahead, ahead, ahead + timedelta(days=1)] == [commit.recorded_at for commit in desk.commits]
    assert [True, False, True] == [receipt.notice is None for receipt in receipts]
    assert "The clock says 2024-06-03 12:00:00 UTC" in receipts[1].notice


def test_several_files_may_be_known_at_one_moment(desk: Desk):
    """A load of a history states one known time for many files."""
    receipts = [desk.take("prices", PRICES.replace("p-", f"p{number}-")) for number in range(3)]

    assert [1, 2, 3] == [receipt.seq for receipt in receipts]
    assert 3 == len({commit.batch_id for commit in desk.commits})
