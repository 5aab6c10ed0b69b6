"""Laws of time travel over random histories: known equals published, every restated row has its events, sums add up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from eventlog.landing import Landing
from eventlog.settings import Settings, settings_for
from flows import moments
from flows.books import ask
from flows.builds import reading_books
from flows.contract import public_tables
from flows.explanation import CASH, explain
from flows.hashes import Content, content_of
from flows.lots import compare_methods, slices_by_method
from flows.moments import Moment
from flows.restatement import restatement
from flows.steps.publish import publish
from flows.steps.transform import find_pending, transform
from flows.steps.verify import Audit
from tests.property.strategies import history
from tests.property.test_warehouse_laws import FIRST_INTAKE, ingest, laws_broken

pytestmark = pytest.mark.timeout(900)

ACCOUNTS = 60
EXPLAINED = 25
UNTESTED = Audit(evaluated=0, warnings=())
"""Whether random figures are plausible is none of these laws' business; the laws of the books are asked."""


@pytest.fixture(scope="module", params=[11])
def home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A random history in three batches, each of them published an hour after it became known."""
    settings = settings_for(tmp_path_factory.mktemp("laws") / "home")
    lived = history(seed=request.param, accounts=ACCOUNTS, days=45, trades_per_account=10, batches=3)
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")
        for number, batch in enumerate(lived.batches):
            ingest(settings, batch, number)
            pending = find_pending(settings)
            transform(settings, pending)
            assert laws_broken(settings) == ()
            publish(settings, pending, UNTESTED, f"run-{number}", published_at(number))
        yield settings


def published_at(number: int) -> datetime:
    """An hour after the batch became known."""
    return FIRST_INTAKE + timedelta(days=number, hours=1)


def known(home: Settings, number: int) -> Moment:
    return moments.as_known(home, published_at(number).isoformat())


def contents(home: Settings, moment: Moment) -> dict[str, Content]:
    """Content hash of every public table at a moment."""
    tables = public_tables(home)
    with reading_books(home, moment) as database:
        return content_of(database, tables)


@pytest.mark.parametrize("number", [0, 1])
def test_known_equals_published(home: Settings, number: int) -> None:
    """The log folded from the start up to a publishing time is what readers saw then, table by table."""
    moment = known(home, number)

    assert moment.snapshot_id == moments.as_published(home, published_at(number).isoformat()).snapshot_id
    assert contents(home, replace(moment, snapshot_id=None)) == contents(home, moment)


@pytest.mark.parametrize(("earlier", "later"), [(0, 1), (1, 2), (0, 2)])
def test_no_restated_row_is_unexplained(home: Settings, earlier: int, later: int) -> None:
    """Whatever came late, twice or corrected: each row that changed has an event that touches it."""
    one = restatement(home, known(home, earlier), known(home, later))

    assert [row for row in one.rows if not row.events] == []
    assert one.unexplained == 0
    assert sum(table.rows for table in one.tables) == len(one.rows) > 100


def test_the_movers_arrived_in_between(home: Settings) -> None:
    """Only events of the commits after the first moment and up to the second move anything."""
    before, after = known(home, 0), known(home, 1)
    one = restatement(home, before, after)

    assert {mover.evidence.commit_seq for mover in one.movers} <= set(range(before.seq + 1, after.seq + 1))
    assert all(mover.rows > 0 for mover in one.movers)


def test_lots_and_cash_parts_add_up(home: Settings) -> None:
    """For positions and accounts drawn at random, on days with and without a close: what is below sums to a figure."""
    moment = moments.now(home)
    keys = ask(home, "select account_id, symbol, value_date from main_facts.fact_positions_daily order by all").rows
    chance = random.Random(home.home.parent.name)  # noqa: S311 - the same keys for the same folder

    for account_id, symbol, value_date in chance.sample(keys, EXPLAINED):
        day = value_date + timedelta(days=chance.randrange(4))
        one = explain(home, account_id, symbol, str(day), moment)
        figure = one.figure or {}
        assert figure["cumulative_position"] == sum(lot["quantity"] for lot in one.open_lots)
        assert figure["cost_basis"] == sum(lot["cost"] for lot in one.open_lots)
        assert figure["realized_pnl"] == sum(lot["realized_pnl"] or 0 for lot in one.ended_lots)
        cash = explain(home, account_id, CASH, str(day), moment)
        assert (cash.figure or {})["cash_balance"] == sum(part["amount"] for part in cash.cash_parts)


def test_events_that_count_are_those_of_the_books(home: Settings) -> None:
    """Of the trades of a position, those that count on a day are exactly the versions in fact_trades up to it."""
    moment = moments.now(home)
    rows = ask(home, "select distinct account_id, symbol from main_facts.fact_trades").rows
    ((day,),) = ask(home, "select max(calendar_date) from main_dimensions.dim_date where is_valuation_day").rows

    for account_id, symbol in sorted(rows)[:EXPLAINED]:
        one = explain(home, account_id, symbol, str(day), moment)
        counting = {
            event.event_id
            for event in one.events
            if event.counts and (event.stream == "trades" or event.what.startswith(("AMEND: BUY", "AMEND: SELL")))
        }
        held = ask(
            home,
            "select event_id from main_facts.fact_trades "
            f"where account_id = '{account_id}' and symbol = '{symbol}' and trade_date <= '{day}'",
        ).rows
        assert counting == {event_id for (event_id,) in held}


def test_six_methods_make_one_total(home: Settings) -> None:
    """The position, and realized plus unrealized P&L, are the same under all methods, whatever a split rounded."""
    accounts = [name for (name,) in ask(home, "select account_id from main_dimensions.dim_account").rows]
    totals: dict[tuple[str, str], set[object]] = {}
    for one in compare_methods(home, moments.now(home), accounts):
        totals.setdefault((one.account_id, one.symbol), set()).add(
            (one.open_quantity, one.realized_pnl + one.unrealized_pnl)
        )

    assert len(totals) > 10
    assert [key for key, sums in totals.items() if len(sums) != 1] == []


def test_own_method_is_what_is_published(home: Settings) -> None:
    """Of all the slices side by side, those of each account's own method are fact_lots."""
    now = moments.now(home)
    accounts = [name for (name,) in ask(home, "select account_id from main_dimensions.dim_account").rows]
    columns = ask(home, "select * from main_facts.fact_lots limit 0").columns
    differing = f"""
        with
        own as (
            select {", ".join(f"lot.{column}" for column in columns)}
            from lots_by_method as lot
            inner join main_dimensions.dim_account as account using (account_id, lot_method)
        )
        (from own except from main_facts.fact_lots) union all (from main_facts.fact_lots except from own)
    """

    assert ask(home, differing, now, slices_by_method(home, now, accounts)).rows == []
    assert len(Landing(home.landing).commits()) == now.seq
