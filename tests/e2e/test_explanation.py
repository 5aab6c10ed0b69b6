"""What `explain` says of days without a close, and of events that count later or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from eventlog.settings import Settings
from flows import moments
from flows.explanation import CASH, Explanation, explain
from flows.explanation_screen import show_explanation
from tests.e2e.small_ledgers import built, empty_home, happened

pytestmark = pytest.mark.timeout(900)

PRICES = """event_id,symbol,price,occurred_at
p2,KO,60,2024-01-02
p3,KO,61,2024-01-03
p4,KO,62,2024-01-04
p5,KO,63,2024-01-05
p8,KO,64,2024-01-08
p9,KO,65,2024-01-09
p10,KO,33,2024-01-10
"""
TRADES = """event_id,account_id,symbol,side,quantity,price,fee,occurred_at
a2,A,KO,BUY,10,60,1,2024-01-02T15:00:00
a3,A,KO,SELL,4,61,0,2024-01-03T15:00:00
a6,A,KO,SELL,2,64,1,2024-01-06T12:00:00
a11,A,KO,SELL,3,34,0,2024-01-11T15:00:00
b2,B,KO,BUY,5,60,0,2024-01-02T15:00:00
b4,B,KO,SELL,5,62,0,2024-01-04T15:00:00
"""
CASH_EVENTS = """event_id,account_id,type,amount,symbol,occurred_at
d1,A,DEPOSIT,1000,,2024-01-02
d2,A,DEPOSIT,50,,2024-01-07
v9,B,DIVIDEND,3,KO,2024-01-09
x9,B,TAX,1,KO,2024-01-09
"""
ACTIONS = """event_id,symbol,type,numerator,denominator,effective_date,occurred_at
s1,KO,SPLIT,2,1,2024-01-05,2024-01-02
"""
ACCOUNTS = """event_id,account_id,lot_method,occurred_at
m1,A,FIFO,2024-01-01
m2,A,LIFO,2024-01-08
"""
CORRECTIONS = """event_id,occurred_at,action,corrects_stream,corrects_event_id,symbol,price,type,numerator,denominator,\
effective_date
c5,2024-01-11,AMEND,prices,p5,KO,63.5,,,,
c1,2024-01-11,AMEND,corporate_actions,s1,KO,,SPLIT,2,1,2024-01-10
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Closes of seven days, a sale on a Saturday, and one today, before the close has come."""
    with empty_home(tmp_path_factory.mktemp("explained")) as settings:
        happened(settings, "prices", PRICES)
        happened(settings, "trades", TRADES)
        happened(settings, "cash_events", CASH_EVENTS)
        happened(settings, "corporate_actions", ACTIONS)
        happened(settings, "accounts", ACCOUNTS)
        happened(settings, "corrections", CORRECTIONS)
        built(settings)
        yield settings


def explained(home: Settings, account_id: str, symbol: str, day: str) -> Explanation:
    return explain(home, account_id, symbol, day, moments.as_known(home, "6"))


def shown(one: Explanation) -> str:
    page = StringIO()
    show_explanation(Console(file=page, width=200), one)
    return page.getvalue()


def standing(one: Explanation) -> dict[str, str]:
    return {event.event_id: event.status for event in one.events}


DAYS = [f"2024-01-{day:02}" for day in range(1, 13)]


@pytest.mark.parametrize("day", DAYS)
@pytest.mark.parametrize("account_id", ["A", "B"])
def test_what_is_below_a_figure_adds_up_to_it_on_every_day(home: Settings, account_id: str, day: str) -> None:
    """Trading days, a weekend, and a day of trades whose close has not come yet."""
    position, cash = explained(home, account_id, "KO", day), explained(home, account_id, CASH, day)
    figure, balance = position.figure or {}, cash.figure or {}

    assert figure.get("cumulative_position", 0) == sum(lot["quantity"] for lot in position.open_lots)
    assert figure.get("cost_basis", 0) == sum(lot["cost"] for lot in position.open_lots)
    assert figure.get("realized_pnl", 0) == sum(lot["realized_pnl"] or 0 for lot in position.ended_lots)
    assert balance.get("cash_balance", 0) == sum(part["amount"] for part in cash.cash_parts)


@pytest.mark.parametrize(
    ("day", "event_id", "status"),
    [
        ("2024-01-06", "a6", "counts from 2024-01-08 on"),
        ("2024-01-08", "a6", "counts"),
        ("2024-01-11", "a11", "counts from the next valuation day on"),
    ],
)
def test_a_trade_before_the_next_close_says_when_it_counts(
    home: Settings, day: str, event_id: str, status: str
) -> None:
    """A sale of Saturday is part of Monday's figure; one of today of none until a close comes."""
    assert standing(explained(home, "A", "KO", day))[event_id] == status


def test_cash_of_a_weekend_counts_from_monday_on(home: Settings) -> None:
    sunday, monday = explained(home, "A", CASH, "2024-01-07"), explained(home, "A", CASH, "2024-01-08")

    assert standing(sunday)["d2"] == "counts from 2024-01-08 on"
    assert standing(monday)["d2"] == "counts"


def test_income_after_a_position_was_closed_is_of_the_day_told(home: Settings) -> None:
    """B sold on the 4th; the dividend of the 9th is part of the figure of the 9th and of none before."""
    eighth, ninth = explained(home, "B", "KO", "2024-01-08"), explained(home, "B", "KO", "2024-01-09")

    assert [(one.figure or {})["income"] for one in (eighth, ninth)] == [0, Decimal(3)]
    assert ninth.day == date(2024, 1, 9)
    assert "figure of 2024-01-09" in shown(ninth)
    assert "closed: flat since 2024-01-04" in shown(ninth)


@pytest.mark.parametrize(("day", "status"), [("2024-01-08", "counts from 2024-01-10 on"), ("2024-01-10", "counts")])
def test_a_split_counts_from_its_day_on(home: Settings, day: str, status: str) -> None:
    """A split of the 5th that was moved to the 10th is no part of the figure of the 8th."""
    assert standing(explained(home, "A", "KO", day))["c1"] == status


def test_a_split_after_a_position_was_closed_is_no_part_of_it(home: Settings) -> None:
    assert standing(explained(home, "B", "KO", "2024-01-10"))["c1"] == "nothing was held any more"


def test_of_two_descriptions_of_an_account_the_latest_counts(home: Settings) -> None:
    status = standing(explained(home, "A", "KO", "2024-01-03"))

    assert (status["m1"], status["m2"]) == ("m2 is the later one and holds for the whole history", "counts")


def test_an_amended_close_is_named_beside_the_price(home: Settings) -> None:
    assert "of 2024-01-05, event c5" in shown(explained(home, "A", "KO", "2024-01-05"))


def test_asking_for_cash_as_a_symbol_says_how_it_is_asked_for(home: Settings) -> None:
    assert "ask for '$CASH'" in shown(explained(home, "A", "CASH", "2024-01-05"))
