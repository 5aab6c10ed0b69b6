"""Corrections as small ledgers: given events, a correction happened, these books are expected."""

from __future__ import annotations

from decimal import Decimal

from eventlog.settings import Settings
from flows import warehouse
from flows.contract import public_tables
from flows.hashes import content_of
from tests.e2e import small_ledgers

PRICES = "event_id,symbol,price,occurred_at\np1,KO,60,2024-01-03\np2,KO,61,2024-01-04\np3,KO,62,2024-01-05\n"
DEPOSIT = "event_id,account_id,type,amount,occurred_at\nd1,A,DEPOSIT,1000,2024-01-03\n"
TRADE = "event_id,account_id,symbol,side,quantity,price,fee,timestamp\nt1,A,KO,BUY,10,60,5,2024-01-03T15:00:00Z\n"
LAST_DAY = """
    select total_value, cash_balance, positions_value, fees, realized_pnl
    from main_facts.fact_portfolio_value_daily where account_id = 'A' order by value_date desc limit 1
"""


def happened(home: Settings, stream: str, text: str) -> None:
    """One file comes in and the books are built."""
    small_ledgers.happened(home, stream, text)
    small_ledgers.built(home)


def books(home: Settings) -> tuple[Decimal, ...]:
    """total value, cash, positions, fees, realized P&L of account A on the last day."""
    with warehouse.reading(home) as database:
        return tuple(database.sql(LAST_DAY).fetchall()[0])


def contents(home: Settings) -> dict[str, object]:
    """Content hash of every public table."""
    with warehouse.reading(home) as database:
        return dict(content_of(database, public_tables(home)))


def figures(*amounts: str) -> tuple[Decimal, ...]:
    """Amounts as the books state them."""
    return tuple(Decimal(amount) for amount in amounts)


def test_cancelled_trade_leaves_the_fee_that_the_broker_keeps(home: Settings) -> None:
    """Given a buy with a fee of 5, when it is cancelled and the broker keeps 2, then only these 2 are gone."""
    happened(home, "prices", PRICES)
    happened(home, "cash_events", DEPOSIT)
    happened(home, "trades", TRADE)
    assert books(home) == figures("1015", "395", "620", "5", "0")

    happened(
        home, "corrections",
        "event_id,action,corrects_stream,corrects_event_id,fee_retained,occurred_at\nc1,CANCEL,trades,t1,2,2024-01-05\n",
    )  # fmt: skip
    incremental = contents(home)
    warehouse.rebuild(home)

    assert books(home) == figures("998", "998", "0", "2", "0")
    assert incremental == contents(home)


def test_purchase_amended_to_a_sale_takes_the_place_of_a_sale_in_its_day(home: Settings) -> None:
    """Given two purchases of one day, when the first is amended to a sale, then it sells what the other has bought."""
    happened(home, "prices", PRICES)
    happened(home, "accounts", "event_id,account_id,lot_method,occurred_at\na1,A,LIFO,2024-01-01\n")
    trades = "event_id,account_id,symbol,side,quantity,price,occurred_at\n"
    old, first, other = "d0,A,KO,BUY,10,40,2024-01-03", "da,A,KO,BUY,10,60,2024-01-04", "db,A,KO,BUY,10,50,2024-01-04"
    happened(home, "trades", f"{trades}{old}\n{first}\n{other}\n")

    happened(
        home, "corrections",
        "event_id,action,corrects_stream,corrects_event_id,account_id,symbol,side,quantity,price,occurred_at\n"
        "c1,AMEND,trades,da,A,KO,SELL,10,60,2024-01-05\n",
    )  # fmt: skip

    open_lots = "select lot_id, cost from main_facts.fact_lots where closed_on is null"
    assert small_ledgers.told(home, open_lots) == [("d0", "400")]
    assert books(home)[-1] == Decimal(100)


def test_amended_price_moves_cost_and_cash(home: Settings) -> None:
    """Given a buy at 60, when it is amended to 59 before the books ever saw it, then they open at 59."""
    happened(home, "prices", PRICES)
    happened(home, "cash_events", DEPOSIT)
    happened(
        home, "corrections",
        "event_id,action,corrects_stream,corrects_event_id,account_id,symbol,side,quantity,price,fee,occurred_at\n"
        "c1,AMEND,trades,t1,A,KO,BUY,10,59,5,2024-01-05\n",
    )  # fmt: skip
    happened(home, "trades", TRADE)
    incremental = contents(home)
    warehouse.rebuild(home)

    assert books(home) == figures("1025", "405", "620", "5", "0")
    assert incremental == contents(home)
