"""Late events as small ledgers: built, then something older comes, and the books are as if it had always been there."""

from __future__ import annotations

from eventlog.settings import Settings
from tests.e2e.small_ledgers import built, happened, told

PRICES = "event_id,symbol,price,occurred_at\np1,KO,50,2024-01-03\np2,KO,55,2024-01-04\np3,KO,60,2024-01-05\n"
TRADES = "event_id,account_id,symbol,side,quantity,price,timestamp\n"
SLICES = "select lot_id, quantity, closed_by_event_id, realized_pnl from main_facts.fact_lots order by all"
POSITIONS = "select value_date, cumulative_position from main_facts.fact_positions_daily order by value_date"


def test_a_sale_before_the_sale_that_closed_a_lot_takes_its_units_first(home: Settings) -> None:
    """Given 10 bought and sold on the last day, when a sale of 4 an hour before comes, then the other sells short."""
    happened(home, "prices", PRICES)
    happened(
        home, "trades",
        f"{TRADES}b,A,KO,BUY,10,50,2024-01-03T15:00:00Z\ns,A,KO,SELL,10,60,2024-01-05T16:00:00Z\n",
    )  # fmt: skip
    built(home)
    assert told(home, SLICES) == [("b", "10", "s", "100")]

    happened(home, "trades", f"{TRADES}late,A,KO,SELL,4,60,2024-01-05T15:00:00Z\n")
    built(home)

    assert told(home, SLICES) == [("b", "4", "late", "40"), ("b", "6", "s", "60"), ("s", "-4", None, None)]
    assert told(home, POSITIONS) == [("2024-01-03", "10"), ("2024-01-04", "10"), ("2024-01-05", "-4")]


def test_an_account_that_states_its_lot_method_later_has_had_it_from_the_start(home: Settings) -> None:
    """Given a sale of the older of two lots, when the account says LIFO, then it was one of the newer."""
    happened(home, "prices", PRICES)
    happened(
        home, "trades",
        f"{TRADES}old,A,KO,BUY,10,50,2024-01-03T15:00:00Z\nnew,A,KO,BUY,10,55,2024-01-04T15:00:00Z\n"
        "s,A,KO,SELL,10,60,2024-01-05T15:00:00Z\n",
    )  # fmt: skip
    built(home)
    assert told(home, SLICES) == [("new", "10", None, None), ("old", "10", "s", "100")]

    happened(home, "accounts", "event_id,account_id,lot_method,occurred_at\na,A,LIFO,2024-01-03\n")
    built(home)

    assert told(home, SLICES) == [("new", "10", "s", "50"), ("old", "10", None, None)]
