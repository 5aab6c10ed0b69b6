"""A published home with a history, built once for all who look at pages: two runs, and texts that no page may obey.

1. A year of the simulated market in which one trade does not arrive, and a client whose name is HTML and Markdown.
2. Two more days, the last without a price of JNJ. The missing trade arrives late, the broker cancels another one, and a
   file brings rows that break the contract.
"""

from __future__ import annotations

import fcntl
import os
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pyarrow.compute as pc
import pytest

from eventlog.clock import fixed_clock
from eventlog.events import TRADES
from eventlog.settings import Settings, settings_for
from flows.pipeline import refresh_books
from flows.steps.ingest import ingest
from flows.steps.simulate import append_events, evening_of
from generators.disorder import cancellations
from generators.simulation import business_days, default_scenario, simulate

LAST_DAY_OF_HISTORY = date(2024, 12, 31)
POISONED_ACCOUNT = "POISON"
POISONED_NAME = "<script>alert('x')</script> **bold** :red[loud] [here](javascript:alert(1)) $a$ <b>B</b>"
POISONED_TEXT = "<img src=x onerror=alert('y')> ![p](http://example.com/p.png)"
UNPRICED = "JNJ"


def shared_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The home of this test run: whoever comes first builds it, the others wait for it. Nobody changes it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    settings = settings_for(shared / "published" / "data")
    settings.home.parent.mkdir(exist_ok=True)
    with (settings.home.parent / "_lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (settings.home.parent / "_built").exists():
            build_published_home(settings)
            (settings.home.parent / "_built").touch()
    return settings


def build_published_home(settings: Settings) -> None:
    """Live through the two runs."""
    scenario = default_scenario()
    next_day, last_day = business_days(LAST_DAY_OF_HISTORY + timedelta(days=1), date(2025, 1, 20))[:2]
    history = simulate(scenario, scenario.first_day, LAST_DAY_OF_HISTORY)
    trades = history["trades"]
    late, cancelled = trades.slice(trades.num_rows - 40, 1), trades.slice(trades.num_rows - 20, 1)

    evening = evening_of(LAST_DAY_OF_HISTORY)
    arrived = {**history, "trades": trades.filter(pc.not_equal(trades["event_id"], late["event_id"][0]))}
    append_events(settings, arrived, "history", fixed_clock(evening))
    for stream, text in (("accounts", _ACCOUNTS), ("cash_events", _CASH), ("trades", _BOUGHT)):
        _bring(settings, stream, text, evening)
    refresh_books(settings, fixed_clock(evening))

    evening = evening_of(last_day)
    days = simulate(scenario, next_day, last_day)
    is_missing = pc.and_(
        pc.equal(days["prices"]["symbol"], UNPRICED),
        pc.greater_equal(days["prices"]["occurred_at"], datetime.combine(last_day, time.min)),
    )
    append_events(
        settings, {**days, "prices": days["prices"].filter(pc.invert(is_missing))}, "days", fixed_clock(evening)
    )
    append_events(settings, {"trades": late}, "late", fixed_clock(evening))
    correction = cancellations(TRADES, cancelled, timedelta(days=20))
    append_events(settings, {"corrections": correction}, "cancel", fixed_clock(evening))
    _bring(settings, "trades", _MISTAKES, evening)
    refresh_books(settings, fixed_clock(evening))


_ACCOUNTS = (
    "event_id,account_id,name,base_currency,lot_method,opened_on,occurred_at\n"
    f'poison-account,{POISONED_ACCOUNT},"{POISONED_NAME}",USD,HIFO,2024-03-01,2024-03-01\n'
)
_CASH = (
    "event_id,account_id,type,amount,currency,description,occurred_at\n"
    f'poison-cash,{POISONED_ACCOUNT},DEPOSIT,1234567.89,USD,"{POISONED_TEXT}",2024-03-01\n'
)
_BOUGHT = (
    "event_id,account_id,symbol,side,quantity,price,fee,currency,occurred_at\n"
    f"poison-buy,{POISONED_ACCOUNT},{UNPRICED},BUY,100,150.25,1.50,USD,2024-03-04T15:00:00\n"
    f"poison-more,{POISONED_ACCOUNT},{UNPRICED},BUY,50,155,1.50,USD,2024-06-03T15:00:00\n"
    f"poison-sell,{POISONED_ACCOUNT},{UNPRICED},SELL,60,160,1.50,USD,2024-09-03T15:00:00\n"
    f"poison-last,{POISONED_ACCOUNT},{UNPRICED},BUY,10,158,1.50,USD,2024-12-31T15:00:00\n"
)
_MISTAKES = (
    "event_id,account_id,symbol,side,quantity,price,fee,currency,occurred_at\n"
    "bad-1,ACC001,JNJ,HOLD,1,150,0,USD,2025-01-03T15:00:00\n"
    'bad-2,ACC001,JNJ,BUY,"<script>alert(2)</script>",150,0,USD,2025-01-03T15:00:00\n'
)


def _bring(settings: Settings, stream: str, text: str, evening: datetime) -> None:
    file: Path = settings.home / "brought" / f"{stream}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    ingest(settings, stream, [file], fixed_clock(evening))
