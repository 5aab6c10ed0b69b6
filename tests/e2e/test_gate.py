"""A gate that closes: nothing is published, readers keep what they had and can ask why, and the next good run recovers.

Every test closes the gate of the same books in its own way and opens it again.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path

import duckdb
import pytest
from great_expectations.datasource.fluent.interfaces import Batch
from rich.console import Console

from eventlog.clock import fixed_clock
from eventlog.settings import Settings, settings_for
from expectations.rules import Suite, matching
from expectations.suites import SUITES
from flows import lake, screens
from flows.books import state_of
from flows.gate import last_gate
from flows.pipeline import refresh_books
from flows.steps.simulate import simulate_days
from flows.steps.transform import transform
from flows.steps.verify import GateClosedError
from generators.simulation import default_scenario
from tests.e2e.command import navlog
from tests.e2e.small_ledgers import happened

NOON = datetime(2024, 1, 5, 12)
PRICES = "event_id,symbol,price,occurred_at\n"
TRADES = "event_id,account_id,symbol,side,quantity,price,occurred_at\n"
CORRECTIONS = "event_id,action,corrects_stream,corrects_event_id,symbol,price,occurred_at\n"
AMENDED_TRADES = (
    "event_id,action,corrects_stream,corrects_event_id,account_id,symbol,side,quantity,price,amended_occurred_at,"
    "occurred_at\n"
)
SPLITS = "event_id,symbol,type,numerator,denominator,effective_date,occurred_at\n"
ACCOUNTS = "event_id,account_id,base_currency,occurred_at\n"
CASH = "event_id,account_id,type,amount,description,occurred_at\n"
POISON = "<script>alert('x')</script> \"quoted\" <img src=http://elsewhere.example/x.png>"


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Published books: A holds three symbols, all priced on 4 January."""
    with pytest.MonkeyPatch.context() as environment:
        for name in ("NAVLOG_HOME", "DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS", "GX_ANALYTICS_ENABLED"):
            environment.setenv(name, "")
        home = settings_for(tmp_path_factory.mktemp("gate") / "home")
        happened(home, "prices", PRICES + "".join(f"p-{s},{s},60,2024-01-04\n" for s in ("KO", "PG", "JNJ")))
        happened(home, "trades", TRADES + "".join(f"t-{s},A,{s},BUY,10,60,2024-01-03\n" for s in ("KO", "PG", "JNJ")))
        refresh_books(home, fixed_clock(NOON))
        yield home


BROKEN_TOOLS = {
    "can't be imported": ("raise ImportError('half an installation')", "did not come to an end: ImportError: half"),
    "ends the process": ("import os; os._exit(3)", "verify ended without an answer (exit code 3)"),
}


@pytest.mark.parametrize(("module", "sentence"), BROKEN_TOOLS.values(), ids=list(BROKEN_TOOLS))
def test_command_without_working_tools_publishes_nothing_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: str, sentence: str
) -> None:
    """Given an installation whose Great Expectations is broken, when refreshed, then a sentence says so, and stays."""
    home = settings_for(tmp_path / "data")
    simulate_days(home, default_scenario(), 2, fixed_clock(NOON))
    (tmp_path / "great_expectations.py").write_text(module)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)

    said = navlog(tmp_path, "refresh")

    assert said.exit_code == 1
    assert sentence in said.err
    assert "Traceback" not in said.err
    assert lake.last_publication(home) is None
    assert sentence in status(home)


def commit_published(home: Settings) -> int:
    """What a reader of the lake sees."""
    publication = lake.last_publication(home)
    assert publication is not None
    return publication.published_seq


def status(home: Settings) -> str:
    """What `navlog status` shows a day later."""
    shown = StringIO()
    screens.show_state(Console(file=shown, width=200, highlight=False), state_of(home), NOON + timedelta(days=2))
    return shown.getvalue()


def page(home: Settings) -> str:
    """The page of Data Docs that the verdict names; every link of the index leads to a page."""
    gate = last_gate(home)
    assert gate is not None
    assert gate.docs_page is not None
    for link in re.findall(r'href="([^"#]+)"', (home.docs / "index.html").read_text()):
        assert (home.docs / link).is_file(), link
    return (home.docs / gate.docs_page).read_text()


def closes(home: Settings, hours: int, run_step=None) -> str:
    """A run does not pass: readers keep what they had, and `status` says since when."""
    before = commit_published(home)
    with pytest.raises(GateClosedError):
        refresh_books(home, fixed_clock(NOON + timedelta(hours=hours)), *([run_step] if run_step else []))
    assert commit_published(home) == before
    told = status(home)
    assert f"up to commit {before}" in told
    assert re.search(r"\(\d+ (hours|days) ago, run commit-", told)
    assert "The gate is closed since 2024-01-0" in told
    return told


def opens(home: Settings, hours: int) -> None:
    """The next run passes: everything is published, and nothing is left of the verdict."""
    done = refresh_books(home, fixed_clock(NOON + timedelta(hours=hours)))
    assert commit_published(home) == done.last_seq
    gate = last_gate(home)
    assert gate is not None
    assert (gate.is_passed, gate.failing_since, gate.failures) == (True, None, ())
    assert "The gate is closed" not in status(home)


def test_poisoned_text_that_fails_a_check_is_shown_and_not_run(books, monkeypatch):
    """Given a description that is a script, when a check fails on it, then it is text on the page and in `status`."""
    poisoned = POISON.replace('"', '""')
    happened(books, "cash_events", f'{CASH}c1,A,DEPOSIT,100,"{poisoned}",2024-01-04\n')
    plain_words = Suite("cash_events", ("event_id",), (matching("description", "[a-z ]+"),))
    with monkeypatch.context() as strict:
        strict.setitem(SUITES, "cash_events", lambda: plain_words)
        told = closes(books, 1)

    assert "cash_events.description" in told
    assert "<script>alert('x')</script>" in told
    assert "c1" in told
    assert "DEPOSIT 100.00" in told
    shown = page(books)
    assert "&lt;script&gt;alert(" in shown
    assert not re.search(r"<script|<img|elsewhere\.example/x\.png['\"]?>", shown)
    opens(books, 2)


def test_a_broken_law_is_told_with_account_and_day(books):
    """Given one row changed behind dbt's back, then the law that no longer holds names it; the next run mends it."""
    happened(books, "trades", f"{TRADES}t1,A,KO,BUY,5,60,2024-01-04\n")

    def changed_after_the_build(step, *arguments):
        done = step(*arguments)
        if step is transform:
            with duckdb.connect(str(books.warehouse)) as database:
                database.execute(
                    "update main_facts.fact_pnl_daily set income = income + 1, total_pnl = total_pnl + 1 "
                    "where account_id = 'A' and symbol = 'KO' and value_date = date '2024-01-04'"
                )
        return done

    told = closes(books, 3, changed_after_the_build)

    assert "law_breaks.is_kept: the law holds for every row that this run touched" in told
    assert "law_symbols_sum_to_account, A, 2024-01-04" in told
    assert "BUY 5 KO at 60.00" in told
    assert "law_symbols_sum_to_account, A, 2024-01-04" in page(books)
    opens(books, 4)


def test_a_missing_price_feed_closes_the_gate_until_the_prices_come(books):
    """Given three symbols held, when a day comes with the price of another one only, then nobody is valued at it."""
    happened(books, "prices", f"{PRICES}p1,SPY,470,2024-01-05\n")
    told = closes(books, 5)
    assert "price_feed.is_feed_there: on the last valuation day at least one of the symbols held has a price" in told
    assert "the last run did not pass" in told

    told = closes(books, 6)
    assert "since 2024-01-05 17:00:00 UTC: the last 2 runs did not pass" in told
    assert "at least one of the symbols held has a price" in page(books)

    happened(books, "prices", PRICES + "".join(f"q-{s},{s},61,2024-01-05\n" for s in ("KO", "PG", "JNJ")))
    opens(books, 7)


def test_great_expectations_that_raises_is_a_closed_gate(books, monkeypatch):
    """Given an engine that breaks, then not everything was checked, and that is what the verdict and its page say."""
    happened(books, "trades", f"{TRADES}t2,A,PG,BUY,5,60,2024-01-05\n")

    def breaks_down(*_, **__):
        raise RuntimeError("the engine is <b>broken</b>")

    with monkeypatch.context() as faulty:
        faulty.setattr(Batch, "validate", breaks_down)
        told = closes(books, 8)

    assert "Great Expectations did not come to an end, so not everything was checked: RuntimeError" in told
    assert "the engine is &lt;b&gt;broken&lt;/b&gt;" in page(books)
    opens(books, 9)


def test_a_wrong_price_closes_the_gate_until_it_is_cancelled(books):
    """Given cents for dollars, then nothing is published; with the price cancelled and stated again, the gate opens."""
    happened(books, "prices", f"{PRICES}wrong,KO,6200,2024-01-05\n")
    told = closes(books, 10)
    assert "effective_prices.price_to_close_before" in told
    assert "6,200.00" in told

    happened(books, "corrections", f"{CORRECTIONS}x1,CANCEL,prices,wrong,,,2024-01-05\n")
    happened(books, "prices", f"{PRICES}right,KO,62,2024-01-05\n")
    opens(books, 11)


def test_a_wrong_trade_closes_the_gate_until_it_is_amended(books):
    """Given a price a hundred times too high and a month in which nothing has a price, when amended, then it opens."""
    wrong = "t3,A,KO,BUY,10,6100,2024-01-05\nt4,A,KO,BUY,10,61,2024-10-05\n"
    happened(books, "trades", f"{TRADES}{wrong}")
    told = closes(books, 12)
    assert "effective_trades.price_to_last_close" in told
    assert "price_feed.waiting_days" in told

    amended = "x2,AMEND,trades,t3,A,KO,BUY,10,61,,2024-01-05\nx3,AMEND,trades,t4,A,KO,BUY,10,61,2024-01-05,2024-01-05\n"
    happened(books, "corrections", f"{AMENDED_TRADES}{amended}")
    opens(books, 13)


def test_an_amend_is_as_plausible_as_an_event(books):
    """Given a right price, when amended to a thousand times itself, then the gate closes until that is withdrawn."""
    happened(books, "corrections", f"{CORRECTIONS}x4,AMEND,prices,q-PG,PG,61000,2024-01-05\n")
    assert "effective_prices.price_to_close_before" in closes(books, 14)

    happened(books, "corrections", f"{CORRECTIONS}x5,CANCEL,corrections,x4,,,2024-01-05\n")
    opens(books, 15)


def test_a_price_in_another_currency_closes_the_gate_until_it_is_cancelled(books):
    """Given a dollar account that holds KO, when a price in euro comes, then it is not added to dollars."""
    happened(books, "prices", "event_id,symbol,price,currency,occurred_at\neuro,KO,55,EUR,2024-01-05T22:00:00\n")
    told = closes(books, 16)
    assert "law_accounts_have_one_currency, A, KO, euro" in told

    happened(books, "corrections", f"{CORRECTIONS}x6,CANCEL,prices,euro,,,2024-01-05\n")
    opens(books, 17)


def test_an_account_does_not_change_its_currency_under_its_cash(books):
    """Given dollars of an account, when it is said to report in euro, then the gate closes until that is cancelled."""
    happened(books, "cash_events", f"{CASH}c2,SAVER,DEPOSIT,500,first,2024-01-04\n")
    opens(books, 18)
    happened(books, "accounts", f"{ACCOUNTS}a1,SAVER,EUR,2024-01-05\n")
    told = closes(books, 19)
    assert "law_accounts_have_one_currency, SAVER, c2" in told

    happened(books, "corrections", f"{CORRECTIONS}x7,CANCEL,accounts,a1,,,2024-01-05\n")
    opens(books, 20)


def test_streams_are_numbered_apart(books):
    """Given a trade, a split and a correction of one id, then each is what its stream says and the gate opens."""
    happened(books, "trades", f"{TRADES}7,B,PG,BUY,10,60,2024-01-03\n8,B,PG,BUY,1,60,2024-01-03\n")
    happened(books, "corporate_actions", f"{SPLITS}7,PG,SPLIT,2,1,2024-01-05,2024-01-05\n")
    happened(books, "corrections", f"{CORRECTIONS}8,CANCEL,trades,8,,,2024-01-05\n")
    opens(books, 21)
