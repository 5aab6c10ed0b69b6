"""Splits and dividends as small ledgers: early, late and corrected."""

from __future__ import annotations

from tests.e2e.small_ledgers import built, happened, told

# Friday 5th, Monday 8th to Thursday 11th; KO has no price on the 8th and 9th, CLOCK has one every day.
PRICES = """event_id,symbol,price,occurred_at
c1,CLOCK,1,2024-01-05
c2,CLOCK,1,2024-01-08
c3,CLOCK,1,2024-01-09
c4,CLOCK,1,2024-01-10
c5,CLOCK,1,2024-01-11
k1,KO,60,2024-01-05
k4,KO,31,2024-01-10
k5,KO,32,2024-01-11
"""
TRADES = """event_id,account_id,symbol,side,quantity,price,fee,occurred_at
t1,A,KO,BUY,10,60,0,2024-01-05
t2,B,NEW,BUY,9,20,0,2024-01-05
"""
ACTIONS = """event_id,symbol,type,numerator,denominator,effective_date,amount_per_share,ex_date,pay_date,occurred_at
s1,KO,SPLIT,2,1,2024-01-06,,,,2024-01-02
s2,NEW,SPLIT,1,3,2024-01-09,,,,2024-01-02
"""
DIVIDEND = """event_id,symbol,type,amount_per_share,ex_date,pay_date,occurred_at
d1,KO,DIVIDEND,0.25,2024-01-09,2024-01-11,2024-01-02
"""
METHODS = """event_id,account_id,lot_method,occurred_at
m1,FIFO,FIFO,2024-01-01
m2,AVERAGE,AVERAGE,2024-01-01
"""
THREE_LOTS = """event_id,account_id,symbol,side,quantity,price,fee,occurred_at
f1,FIFO,TRIO,BUY,100,30,0,2024-01-02T10:00:00
f2,FIFO,TRIO,BUY,100,31,0,2024-01-02T11:00:00
f3,FIFO,TRIO,BUY,100,32,0,2024-01-02T12:00:00
a1,AVERAGE,TRIO,BUY,100,30,0,2024-01-02T10:00:00
a2,AVERAGE,TRIO,BUY,100,31,0,2024-01-02T11:00:00
a3,AVERAGE,TRIO,BUY,100,32,0,2024-01-02T12:00:00
"""
THIRD = """event_id,symbol,type,numerator,denominator,effective_date,amount_per_share,ex_date,pay_date,occurred_at
third,TRIO,SPLIT,1,3,2024-01-05,,,,2024-01-02
three,TRIO,DIVIDEND,,,,3,2024-01-06,2024-01-09,2024-01-02
"""
SALES_OF_ALL = """event_id,account_id,symbol,side,quantity,price,fee,occurred_at
out_of_fifo,FIFO,TRIO,SELL,100,90,0,2024-01-08
out_of_average,AVERAGE,TRIO,SELL,100,90,0,2024-01-08
"""
CORRECTIONS = """\
occurred_at,event_id,action,corrects_stream,corrects_event_id,account_id,symbol,side,quantity,price
2024-01-12,x1,AMEND,trades,t1,A,KO,SELL,10,60
2024-01-12,x2,CANCEL,trades,short,,,,,
"""
POSITIONS = """
    select value_date, cumulative_position, close_price, market_value, cost_basis
    from main_facts.fact_positions_daily where account_id = '{}' order by value_date
"""
DIVIDENDS = """
    select account_id, entitled_quantity, amount, occurred_on, settle_date
    from main_facts.fact_cash_moves where stream = 'corporate_actions' order by account_id
"""
LOTS_AFTER = """
    select account_id, lot_id, quantity, cost, closed_by_event_id
    from main_facts.fact_lots where opened_by_event_id = '{}' order by slice_id
"""
LAST_POSITIONS = """
    select account_id, value_date, cumulative_position, cost_basis, open_lot_count, realized_pnl
    from main_facts.fact_positions_daily
    qualify row_number() over (partition by account_id order by value_date desc) = 1
    order by account_id
"""
CASH = """
    select value_date, cash_balance, cash_settled, receivables, payables, income
    from main_facts.fact_portfolio_value_daily where account_id = '{}' order by value_date
"""


def test_a_split_alone_moves_no_value(home):
    """Until the next price comes, the last one is restated: 60 is 30 after 2 for 1, 20 is 60 after 1 for 3."""
    happened(home, "prices", PRICES)
    happened(home, "trades", TRADES)
    built(home)

    happened(home, "corporate_actions", ACTIONS)
    built(home)

    assert told(home, POSITIONS.format("A")) == [
        ("2024-01-05", "10", "60", "600", "600"),
        ("2024-01-08", "20", "30", "600", "600"),
        ("2024-01-09", "20", "30", "600", "600"),
        ("2024-01-10", "20", "31", "620", "600"),
        ("2024-01-11", "20", "32", "640", "600"),
    ]
    assert told(home, POSITIONS.format("B"))[1:4] == [
        ("2024-01-08", "9", "20", "180", "180"),
        ("2024-01-09", "3", "60", "180", "180"),
        ("2024-01-10", "3", "60", "180", "180"),
    ]


def test_a_split_of_several_lots_rounds_their_position(home):
    """Given three lots of 100, after 1 for 3 there are 100 units: they earn 300 and are sold, under every method."""
    happened(home, "accounts", METHODS)
    happened(home, "prices", PRICES)
    happened(home, "trades", THREE_LOTS)
    built(home)
    happened(home, "corporate_actions", THIRD)
    built(home)
    assert told(home, POSITIONS.format("FIFO"))[0] == ("2024-01-05", "100", "96", "9600", "9300")
    assert told(home, POSITIONS.format("AVERAGE"))[0] == ("2024-01-05", "100", "96", "9600", "9300")

    happened(home, "trades", SALES_OF_ALL)
    built(home)

    assert told(home, DIVIDENDS) == [
        ("AVERAGE", "100", "300", "2024-01-06", "2024-01-09"),
        ("FIFO", "100", "300", "2024-01-06", "2024-01-09"),
    ]
    assert told(home, LOTS_AFTER.format("third")) == [
        ("AVERAGE", "a1", "100", "9300", "out_of_average"),
        ("FIFO", "f1", "33.33333333", "3000", "out_of_fifo"),
        ("FIFO", "f2", "33.33333334", "3100", "out_of_fifo"),
        ("FIFO", "f3", "33.33333333", "3200", "out_of_fifo"),
    ]
    assert told(home, LAST_POSITIONS) == [
        ("AVERAGE", "2024-01-08", "0", "0", "0", "-300"),
        ("FIFO", "2024-01-08", "0", "0", "0", "-300"),
    ]


def test_a_dividend_follows_what_was_held_before_its_ex_date(home):
    """Given 10 units, a dividend of 0.25; a late purchase doubles it, an amended trade halves it, a cancel ends it."""
    happened(home, "prices", PRICES)
    happened(home, "trades", TRADES)
    happened(home, "corporate_actions", DIVIDEND)
    built(home)
    assert told(home, DIVIDENDS) == [("A", "10", "2.5", "2024-01-09", "2024-01-11")]
    assert told(home, CASH.format("A"))[2:] == [
        ("2024-01-09", "-597.5", "-600", "2.5", "0", "2.5"),
        ("2024-01-10", "-597.5", "-600", "2.5", "0", "2.5"),
        ("2024-01-11", "-597.5", "-597.5", "0", "0", "2.5"),
    ]

    happened(home, "trades", """event_id,account_id,symbol,side,quantity,price,fee,occurred_at
late,A,KO,BUY,10,60,0,2024-01-08
on_ex_date,C,KO,BUY,7,60,0,2024-01-09
short,D,KO,SELL,4,60,0,2024-01-08
""")  # fmt: skip
    built(home)
    assert told(home, DIVIDENDS) == [
        ("A", "20", "5", "2024-01-09", "2024-01-11"),
        ("D", "-4", "-1", "2024-01-09", "2024-01-11"),
    ]

    happened(home, "corrections", CORRECTIONS)
    built(home)
    assert told(home, DIVIDENDS) == []

    happened(home, "corrections", """event_id,action,corrects_stream,corrects_event_id,occurred_at
x3,CANCEL,corrections,x1,2024-01-12
x4,CANCEL,corrections,x2,2024-01-12
""")  # fmt: skip
    built(home)
    assert told(home, DIVIDENDS) == [("A", "20", "5", "2024-01-09", "2024-01-11")]

    happened(home, "corrections", """event_id,action,corrects_stream,corrects_event_id,occurred_at
x5,CANCEL,corporate_actions,d1,2024-01-12
""")  # fmt: skip
    built(home)
    assert told(home, DIVIDENDS) == []
    assert told(home, CASH.format("A"))[-1] == ("2024-01-11", "-1200", "-1200", "0", "0", "0")
