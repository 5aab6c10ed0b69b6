"""A small book of accounts whose figures one can reckon in the head, and of accounts that have next to none.

January 2024 and ten days of June, nothing between. AAA climbs from 10 to 15.25 and is split 2 for 1 on the way; BBB has
no price after the first week; DDD trebles at once.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from eventlog.clock import fixed_clock
from eventlog.settings import Settings
from flows.pipeline import refresh_books
from flows.steps.ingest import ingest

EVENING = datetime(2024, 6, 14, 22)
LAST_DAY = date(2024, 6, 14)
SPLIT_DAY = date(2024, 1, 17)
POISON = "<script>alert(1)</script><b>bold</b>"

_ACCOUNTS = f"""account_id,name,base_currency,benchmark_symbol,occurred_at
INVESTED,Invested,USD,AAA,2024-01-01
MODEL,Follows another account,USD,INVESTED,2024-01-01
UNMET,Benchmark nobody holds,USD,ZZZ,2024-01-01
EMPTY,Nothing happened,USD,,2024-01-01
CASH,All cash,USD,,2024-01-01
TODAY,One day,USD,,2024-01-01
SHORT,More is owed than is there,USD,,2024-01-01
WIPED,Everything went in fees,USD,,2024-01-01
ROUND,In and out on one day,USD,,2024-01-01
DUST,Next to nothing and then interest,USD,,2024-01-01
LEFT,Gives to the right,USD,,2024-01-01
RIGHT,Takes from the left,USD,,2024-01-01
STALE,"{POISON}",USD,,2024-01-01
EURO,Another currency,EUR,,2024-01-01
"""

_CASH_EVENTS = """account_id,type,amount,currency,occurred_at
INVESTED,DEPOSIT,1000,USD,2024-01-02
MODEL,DEPOSIT,1000,USD,2024-01-02
UNMET,DEPOSIT,1000,USD,2024-01-02
CASH,DEPOSIT,500,USD,2024-01-03
TODAY,DEPOSIT,300,USD,2024-06-14
SHORT,DEPOSIT,100,USD,2024-01-02
WIPED,DEPOSIT,100,USD,2024-01-02
WIPED,FEE,100,USD,2024-01-04
ROUND,DEPOSIT,100,USD,2024-01-03
ROUND,DEPOSIT,200,USD,2024-01-05
ROUND,WITHDRAWAL,250,USD,2024-01-05
DUST,DEPOSIT,1000,USD,2024-01-02
DUST,FEE,999.9,USD,2024-01-03
DUST,INTEREST,500,USD,2024-01-04
LEFT,DEPOSIT,1000,USD,2024-01-02
LEFT,WITHDRAWAL,400,USD,2024-01-10
RIGHT,DEPOSIT,400,USD,2024-01-10
RIGHT,DEPOSIT,50,USD,2024-01-10
STALE,DEPOSIT,1000,USD,2024-01-02
STALE,INTEREST,7,USD,2024-01-31
STALE,TAX,2,USD,2024-01-31
EURO,DEPOSIT,100,EUR,2024-01-02
"""

_TRADES = """account_id,symbol,side,quantity,price,fee,currency,occurred_at
INVESTED,AAA,BUY,100,10,0,USD,2024-01-02T15:00:00
MODEL,AAA,BUY,50,10,0,USD,2024-01-02T15:00:00
DUST,AAA,BUY,40,10.75,0,USD,2024-01-05T15:00:00
SHORT,DDD,SELL,10,10,0,USD,2024-01-02T15:00:00
STALE,BBB,BUY,20,20,1,USD,2024-01-02T15:00:00
STALE,AAA,BUY,10,10,1,USD,2024-01-02T15:00:00
STALE,BBB,SELL,5,22,1,USD,2024-01-04T15:00:00
"""

_SYMBOLS = f"""symbol,name,sector,currency,occurred_at
AAA,Climbs,Things,USD,2024-01-01
BBB,"{POISON}","{POISON}",USD,2024-01-01
DDD,Trebles,Other things,USD,2024-01-01
"""

_SPLITS = f"""symbol,type,numerator,denominator,effective_date,occurred_at
AAA,SPLIT,2,1,{SPLIT_DAY},{SPLIT_DAY}
"""


def valuation_days() -> list[date]:
    """The business days of January, and those of two weeks in June."""
    every = [date(2024, 1, 2) + timedelta(days=number) for number in range(200)]
    return [day for day in every if day.weekday() < 5 and (day.month == 1 or date(2024, 6, 3) <= day <= LAST_DAY)]


def price_before_splits(day: date) -> float:
    """What a unit of AAA from before the split is worth: 10, 10.25, 10.5, ... but for a dip of 2 on every fifth day."""
    place = valuation_days().index(day)
    return 10 + 0.25 * place - (2 if place % 5 == 4 else 0)


def build_small_book(settings: Settings) -> None:
    """All of it comes in and is published."""
    for stream, text in (
        ("symbols", _SYMBOLS),
        ("accounts", _ACCOUNTS),
        ("prices", _prices()),
        ("corporate_actions", _SPLITS),
        ("cash_events", _CASH_EVENTS),
        ("trades", _TRADES),
    ):
        file = settings.home / "brought" / f"{stream}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        (receipt,) = ingest(settings, stream, [file], fixed_clock(EVENING))
        assert (receipt.quarantined, receipt.refusal) == (0, None), receipt
    refresh_books(settings, fixed_clock(EVENING))


def _prices() -> str:
    lines = ["symbol,price,currency,occurred_at"]
    for day in valuation_days():
        units_of_one = 2 if day >= SPLIT_DAY else 1
        lines.append(f"AAA,{price_before_splits(day) / units_of_one},USD,{day}")
        lines.append(f"DDD,{10 if day == date(2024, 1, 2) else 30},USD,{day}")
        if day <= date(2024, 1, 5):
            lines.append(f"BBB,20,USD,{day}")
    return "\n".join(lines) + "\n"
