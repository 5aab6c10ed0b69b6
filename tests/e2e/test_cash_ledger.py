"""Cash by trade date and by settlement date, and the journal behind both, as small ledgers."""

from __future__ import annotations

from tests.e2e.small_ledgers import built, happened, told

PRICES = """event_id,symbol,price,occurred_at
k1,KO,60,2024-01-05
k2,KO,61,2024-01-08
k3,KO,62,2024-01-09
k4,KO,62,2024-01-10
"""
CASH_EVENTS = """event_id,account_id,type,amount,occurred_at
d1,A,DEPOSIT,500,2024-01-05
f1,A,FEE,3,2024-01-09
"""
TRADES = """event_id,account_id,symbol,side,quantity,price,fee,settle_date,occurred_at
t1,A,KO,BUY,10,60,5,,2024-01-05
t2,A,KO,SELL,15,61,3,2024-01-10,2024-01-08
t3,A,KO,BUY,5,62,0,,2024-01-10
"""
CASH = """
    select value_date, cash_balance, cash_settled, receivables, payables, is_cash_negative, is_cash_settled_negative
    from main_facts.fact_portfolio_value_daily order by value_date
"""
JOURNAL = """
    select posting_date, ledger_account, amount from main_facts.fact_journal where event_id = '{}' order by all
"""
BALANCES = """
    select ledger_account, sum(amount) from main_facts.fact_journal
    where posting_date <= date '2024-01-10' group by ledger_account order by ledger_account
"""


def test_cash_changes_hands_a_valuation_day_after_the_trade_unless_it_says_otherwise(home):
    """Friday's purchase settles on Monday, Monday's sale as stated on Wednesday, the last one not yet.

    The sale goes through zero, 15 of 10: 600 of cost leave, 305 of the short's proceeds stand against them, 10 are won.
    """
    happened(home, "prices", PRICES)
    happened(home, "cash_events", CASH_EVENTS)
    happened(home, "trades", TRADES)
    built(home)

    assert told(home, CASH) == [
        ("2024-01-05", "-105", "500", "0", "605", "True", "False"),
        ("2024-01-08", "807", "-105", "912", "0", "False", "True"),
        ("2024-01-09", "804", "-108", "912", "0", "False", "True"),
        ("2024-01-10", "494", "804", "0", "310", "False", "False"),
    ]
    assert told(home, JOURNAL.format("t2")) == [
        ("2024-01-08", "fees", "3"),
        ("2024-01-08", "realized gains", "-10"),
        ("2024-01-08", "securities", "-905"),
        ("2024-01-08", "unsettled", "912"),
        ("2024-01-10", "cash", "912"),
        ("2024-01-10", "unsettled", "-912"),
    ]
    assert told(home, BALANCES) == [
        ("capital", "-500"),
        ("cash", "804"),
        ("fees", "11"),
        ("realized gains", "-5"),
        ("securities", "0"),
        ("unsettled", "-310"),
    ]


def test_a_new_valuation_day_is_one_for_an_account_in_which_nothing_happens(home):
    """Given an account with cash alone, when a price of a day after comes in, then the account has a value on it."""
    happened(home, "prices", "event_id,symbol,price,occurred_at\nk1,KO,60,2024-01-05\n")
    happened(home, "cash_events", "event_id,account_id,type,amount,occurred_at\nd1,A,DEPOSIT,500,2024-01-05\n")
    built(home)

    happened(home, "prices", "event_id,symbol,price,occurred_at\nk2,KO,61,2024-01-08\n")
    built(home)

    assert told(home, CASH) == [
        ("2024-01-05", "500", "500", "0", "0", "False", "False"),
        ("2024-01-08", "500", "500", "0", "0", "False", "False"),
    ]
