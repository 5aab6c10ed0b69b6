"""What the pages show follows from the published tables, and foots."""

import json
import sqlite3
from dataclasses import replace
from datetime import date

import duckdb
import pandas as pd
import pytest

from dashboard.books import Books, newest
from dashboard.queries import account, overview, quality, risk, travel
from flows import lake
from tests.published_home import POISONED_ACCOUNT, UNPRICED

ACCOUNTS = ("ACC001", "ACC002", "ACC003", POISONED_ACCOUNT)
PERIODS = (*account.PERIODS, account.YEAR_TO_DATE, account.EVERYTHING)


@pytest.fixture(scope="module")
def last_day(books):
    return account.last_day(books, "ACC001")


@pytest.mark.parametrize("account_id", ACCOUNTS)
@pytest.mark.parametrize("period", PERIODS)
def test_a_bridge_foots_to_the_last_digit(books, account_id, period, last_day):
    base = account.base_day(books, account_id, period)

    bridge = account.bridge(books, account_id, base, last_day)

    assert bridge.end_value == bridge.start_value + bridge.net_flows + bridge.pnl
    (days,) = books.rows(
        """
        select sum(total_pnl) as pnl, sum(inflow - outflow) as net_flows
        from main_facts.fact_portfolio_value_daily
        where account_id = $account_id and value_date > coalesce($base, date '0001-01-01')
        """,
        account_id=account_id,
        base=base,
    )
    assert (days["pnl"], days["net_flows"]) == (bridge.pnl, bridge.net_flows)


def test_a_period_begins_on_the_valuation_day_before_it(books, last_day):
    """The last day is Friday 3 January 2025; a year before, the poisoned account was not there."""
    assert date(2025, 1, 3) == last_day
    assert date(2024, 12, 31) == account.base_day(books, "ACC001", account.YEAR_TO_DATE)
    assert date(2024, 12, 3) == account.base_day(books, "ACC001", "1M")
    assert account.base_day(books, POISONED_ACCOUNT, "1Y") is None


def test_an_account_reports_in_the_currency_of_its_dimension():
    books = BooksInMemory(
        """
        create schema main_dimensions;
        create table main_dimensions.dim_account as
            from (values ('A', 'USD'), ('B', 'EUR')) as stated(account_id, base_currency)
        """
    )

    assert ["USD", "EUR"] == [account.currency(books, account_id) for account_id in ("A", "B")]


def test_an_account_without_a_value_is_counted_apart():
    """A and B have a value on the last day, NEW had no price yet; EURO reports in another currency."""
    books = BooksInMemory(
        """
        create schema main_facts; create schema main_dimensions;
        create table main_dimensions.dim_account as
            from (values ('A', 'USD'), ('B', 'USD'), ('NEW', 'USD'), ('EURO', 'EUR'))
                as stated(account_id, base_currency);
        create table main_facts.fact_portfolio_value_daily as
            from (values ('A', 1), ('A', 2), ('B', 2), ('EURO', 2)) as valued(account_id, value_date)
        """
    )

    assert (2, 1) == overview.account_counts(books, "USD")


@pytest.mark.parametrize(("start", "end"), [(None, None), (5.0, None), (None, 5.0)])
def test_a_return_between_days_of_which_one_is_beyond_a_float_is_none(start, end):
    assert account.return_between(start, end) is None


def test_the_book_performs_like_what_its_accounts_hold_together(books):
    """r = (V + out) / (V before + in) - 1 of the sums: what one account pays another on a day is no flow."""
    together = books.frame(
        """
        select sum(total_value)::double as value, sum(inflow - outflow)::double as flow
        from main_facts.fact_portfolio_value_daily group by value_date order by value_date
        """
    )
    paid_in, paid_out = together["flow"].clip(lower=0), (-together["flow"]).clip(lower=0)
    daily = (together["value"] + paid_out) / (together["value"].shift(fill_value=0.0) + paid_in) - 1
    wealth = (1 + daily).cumprod()

    days = overview.book_days(books, "USD")

    assert days["daily_return_pct"].tolist() == pytest.approx((100 * daily).tolist(), abs=1e-9)
    assert days["cumulative_return_pct"].tolist() == pytest.approx((100 * (wealth - 1)).tolist())
    falls = 100 * (wealth / wealth.cummax().clip(lower=1) - 1)
    assert days["drawdown_pct"].tolist() == pytest.approx(falls.tolist(), abs=1e-9)


def test_the_book_is_the_sum_of_its_accounts(books):
    days = overview.book_days(books, "USD")
    listed = overview.accounts(books, "USD")

    assert listed["account_id"].tolist()[0] == POISONED_ACCOUNT, "the largest comes first"
    assert days["total_value"].iloc[-1] == pytest.approx(listed["total_value"].sum())
    assert days["total_pnl"].iloc[-1] == pytest.approx(listed["total_pnl"].sum())
    assert {len(trend) for trend in listed["trend"]} == {overview.TREND_DAYS}
    assert (overview.currencies(books), overview.account_counts(books, "USD")) == (["USD"], (len(ACCOUNTS), 0))


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_open_lots_sum_to_the_positions(books, account_id, last_day):
    held = account.positions(books, account_id, last_day)

    assert len(held) > 0
    for position in held.itertuples():
        lots = account.lots(books, account_id, position.symbol, last_day)
        assert lots["quantity"].sum() == pytest.approx(position.cumulative_position)
        assert lots["cost"].sum() == pytest.approx(position.cost_basis)
        assert lots["unrealized_pnl"].sum() == pytest.approx(position.unrealized_pnl)


def test_a_position_has_the_weight_that_is_published(books, last_day):
    """Cash is published beside the positions, so theirs are the weights but one."""
    published = books.rows(
        """
        select symbol, weight_pct from main_metrics.position_weights_daily
        where account_id = 'ACC001' and value_date = $day and symbol <> '$CASH'
        """,
        day=last_day,
    )

    held = account.positions(books, "ACC001", last_day)

    assert {row["symbol"]: row["weight_pct"] for row in published} == dict(
        zip(held["symbol"], held["weight_pct"], strict=True)
    )


def test_a_position_of_an_account_worth_less_than_nothing_has_no_weight():
    """Given 10 KO that cost 100 and are worth 50, and a debt of 80: a share of -30 would have the wrong sign."""
    books = BooksInMemory(
        """
        create schema main_facts; create schema main_metrics; create schema main_dimensions;
        create table main_facts.fact_positions_daily as select 'A' as account_id, 'KO' as symbol,
            date '2024-01-02' as value_date, 10 as cumulative_position, 10.0 as avg_cost_per_share, 100 as cost_basis,
            5 as close_price, 0 as price_age_days, 50 as market_value, -50 as unrealized_pnl, 1 as open_lot_count;
        create table main_facts.fact_portfolio_value_daily as select 'A' as account_id, date '2024-01-02' as value_date,
            -30 as total_value;
        create table main_metrics.position_weights_daily as select 'A' as account_id, 'KO' as symbol,
            date '2024-01-02' as value_date, cast(null as double) as weight_pct;
        create table main_dimensions.dim_symbol as select 'KO' as symbol, 'Coca-Cola' as name
        """
    )

    (held,) = account.positions(books, "A", date(2024, 1, 2)).itertuples()

    assert (held.symbol, held.market_value) == ("KO", 50)
    assert pd.isna(held.weight_pct)


class BooksInMemory:
    """Tables of a few rows, asked as books are."""

    def __init__(self, tables):
        self._database = duckdb.connect()
        self._database.execute(tables)

    def frame(self, sql, **parameters):
        return self._database.execute(sql, parameters).df()

    def rows(self, sql, **parameters):
        return self.frame(sql, **parameters).to_dict("records")


def test_what_is_to_settle_sums_to_receivables_and_payables(books):
    """On every valuation day of December, so that days with trades and days without are among them."""
    december = [day.date() for day in account.history(books, "ACC001", date(2024, 12, 1))["value_date"]]
    seen = 0
    for day in december:
        cash = account.cash(books, "ACC001", day)
        to_come = account.settlements(books, "ACC001", day)
        assert cash["receivables"] == sum(one["receivables"] for one in to_come)
        assert cash["payables"] == sum(one["payables"] for one in to_come)
        assert cash["cash_balance"] == cash["cash_settled"] + cash["receivables"] - cash["payables"]
        seen += len(to_come)
    assert seen > 0


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_the_deepest_episode_is_the_maximum_drawdown(books, account_id, last_day):
    """Episodes are found here, the deepest drawdown with its dates by the model."""
    (published,) = books.rows(
        """
        select max_drawdown_pct, peak_date, trough_date, recovery_date
        from main_metrics.drawdown where account_id = $account_id and value_date = $day
        """,
        account_id=account_id,
        day=last_day,
    )

    deepest = risk.drawdown_episodes(books, account_id).iloc[0]

    assert published["max_drawdown_pct"] == deepest["depth_pct"]
    for name in ("peak_date", "trough_date", "recovery_date"):
        assert published[name] == (None if pd.isna(deepest[name]) else deepest[name].date())


def test_every_day_below_a_peak_is_in_one_episode(books):
    below = (risk.underwater(books, "ACC001")["drawdown_pct"] < 0).sum()

    assert below == risk.drawdown_episodes(books, "ACC001", episodes_max=1000)["below_day_count"].sum()


def test_best_and_worst_days_are_the_ends_of_the_returns(books):
    returns = risk.daily_returns(books, "ACC001")
    in_order = returns["daily_return_pct"].sort_values().tolist()

    assert risk.worst_days(returns)["daily_return_pct"].tolist() == in_order[:5]
    assert risk.best_days(returns)["daily_return_pct"].tolist() == in_order[:-6:-1]


def test_a_price_of_yesterday_is_told(books, last_day):
    """JNJ has no price on the last day; all four accounts hold some."""
    stale = quality.stale_prices(books)

    assert [(UNPRICED, 1, 4)] == list(stale[["symbol", "price_age_days", "accounts"]].itertuples(index=False))
    assert stale["price_date"].iloc[0].date() < last_day


def test_the_newest_gate_is_the_one_behind_what_is_published(books, published):
    first, *older = quality.gate_runs(published)

    assert (first.name, first.is_passed) == (books.publication.run_id, True)
    assert first.evaluated == books.publication.checks
    assert len(older) == 1
    assert all(batch.page.is_file() for run in (first, *older) for batch in run.batches)


def test_a_failed_gate_is_told(published, tmp_path):
    """A later run, whose summary says that one of two batches failed."""
    settings = replace(published, warehouse_folder=tmp_path)
    batch = {"name": "trades", "row_count": 3, "evaluated_count": 2, "critical_count": 0, "warning_count": 1}
    for folder, is_passed in (("20250101T000000Z-one", True), ("20250102T000000Z-two", False)):
        summary = settings.expectations_state / "runs" / folder / "summary.json"
        summary.parent.mkdir(parents=True)
        batches = [{**batch, "is_passed": True}, {**batch, "is_passed": is_passed, "critical_count": 1}]
        summary.write_text(json.dumps({"name": folder, "time": "then", "batches": batches}))

    assert [False, True] == [batch.is_passed for batch in quality.gate_runs(settings)[0].failed_first]
    assert [False, True] == [run.is_passed for run in quality.gate_runs(settings)]
    assert [2, 4] == [quality.gate_runs(settings)[0].warnings, quality.gate_runs(settings)[0].evaluated]


def test_then_and_now_differ_where_the_late_trade_was(books, published):
    """The late and the cancelled trade are those of ACC001; nothing else of the past was moved."""
    then = Books(published, lake.snapshots(published)[0])
    day = account.last_day(then, "ACC001")

    restated = {
        account_id: travel.restated_values(travel.values(then, account_id), travel.values(books, account_id))
        for account_id in ACCOUNTS
    }

    assert ["ACC001"] == [account_id for account_id, days in restated.items() if len(days)]
    assert restated["ACC001"]["value_date"].max().date() == day
    before, after = (travel.figures(one, "ACC001", day) for one in (then, books))
    assert restated["ACC001"]["difference"].iloc[-1] == pytest.approx(
        float(after["total_value"] - before["total_value"])
    )


def test_neither_a_reader_nor_a_run_waits_for_the_other(published):
    """An open reader holds no lock of the catalog; a new one answers while a run has the build database to itself."""
    reader = newest(published)
    assert reader.rows("select count(*) as days from main_dimensions.dim_date")[0]["days"] > 0

    catalog = sqlite3.connect(published.lake_catalog, timeout=0, isolation_level=None)
    catalog.execute("begin exclusive")
    catalog.execute("rollback")
    catalog.close()
    with duckdb.connect(str(published.warehouse)):
        assert account.last_day(newest(published), "ACC001") is not None
