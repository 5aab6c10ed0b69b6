"""A gate that closes: nothing is published, readers keep what they had, and the next good run makes up for it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from eventlog.clock import fixed_clock
from eventlog.settings import Settings
from expectations.rules import Suite, positive
from expectations.suites import SUITES
from flows import lake
from flows.pipeline import refresh_books
from flows.steps.verify import GateClosedError
from tests.e2e.small_ledgers import happened

PRICES = "event_id,symbol,price,occurred_at\np1,KO,60,2024-01-04\n"
BOUGHT = "event_id,account_id,symbol,side,quantity,price,occurred_at\nt1,A,KO,BUY,10,60,2024-01-03\n"
BOUGHT_MORE = "event_id,account_id,symbol,side,quantity,price,occurred_at\nt2,A,KO,BUY,5,60,2024-01-04\n"
NOON = datetime(2024, 1, 5, 12)


def position_read(home: Settings) -> str:
    """What a reader of the published lake sees."""
    with lake.reading(home) as published:
        ((quantity,),) = published.sql("select cumulative_position from main_facts.fact_positions_daily").fetchall()
    return f"{quantity.normalize():f}"


def test_a_failed_expectation_publishes_nothing_until_it_holds_again(home, monkeypatch):
    """Given published books, a batch comes and an expectation fails; when it holds again both batches are published."""
    happened(home, "prices", PRICES)
    happened(home, "trades", BOUGHT)
    refresh_books(home, fixed_clock(NOON))
    assert position_read(home) == "10"

    happened(home, "trades", BOUGHT_MORE)
    with monkeypatch.context() as faulty:
        faulty.setitem(SUITES, "fact_trades", lambda: Suite("fact_trades", ("trade_id",), tuple(positive("fee"))))
        with pytest.raises(GateClosedError, match=r"fact_trades\.fee"):
            refresh_books(home, fixed_clock(NOON + timedelta(hours=1)))
    assert position_read(home) == "10"

    recovered = refresh_books(home, fixed_clock(NOON + timedelta(hours=2)))
    assert recovered.publication is not None
    assert recovered.publication.published_seq == 3
    assert position_read(home) == "15"
