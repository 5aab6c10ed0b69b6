"""What is held, what it earned and what it risks: the published figures agree with the measures, on a random market."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from eventlog.settings import Settings, settings_for
from flows import lake, warehouse
from flows.contract import public_tables
from flows.dbt_run import PROJECT
from flows.hashes import content_of
from measures import attribution
from measures import exposure as exposures
from measures.benchmark import beta, pairs_of
from measures.holdings import historical_components, holdings_of, normal_components, simulation
from tests.e2e import small_ledgers
from tests.holdings_home import (
    BENCHMARKS,
    DAYS,
    GAPPED,
    SECTORS,
    SPLIT_DAYS,
    build_holdings_home,
    holdings_home,
    weekdays,
)

CLOSE = {"rtol": 1e-9, "atol": 1e-9}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The random market; nobody changes it."""
    return holdings_home(tmp_path_factory)


@pytest.fixture(scope="module")
def books(published: Settings) -> Iterator[duckdb.DuckDBPyConnection]:
    """What readers see of it."""
    with lake.reading(published) as database:
        yield database


@pytest.fixture(scope="module")
def values(books: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Market values: a row per account and day, a column per symbol, 0 for what is not held."""
    rows = books.sql(
        """
        select account_id, value_date, coalesce(symbol, '') as symbol, coalesce(market_value, 0)::double as value
        from main_facts.fact_portfolio_value_daily left join main_facts.fact_positions_daily
            using (account_id, value_date)
        """
    )
    return wide(rows)


@pytest.fixture(scope="module")
def portfolio(books: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Value, flows and profit of every account and day, in the order of ``values``."""
    return books.sql(
        """
        select account_id, value_date, total_value::double as total_value, cash_balance::double as cash_balance,
            inflow::double as inflow, outflow::double as outflow, total_pnl::double as total_pnl
        from main_facts.fact_portfolio_value_daily order by account_id, value_date
        """
    ).df()


def wide(rows: duckdb.DuckDBPyRelation) -> pd.DataFrame:
    """A row per account and day, a column per symbol, 0 where there is nothing."""
    return rows.df().pivot_table(index=["account_id", "value_date"], columns="symbol", values="value", fill_value=0.0)


def same_reasons(said: pd.Series, measured: np.ndarray) -> bool:
    """Whether a column of reasons, NULL for none, says what the measure says."""
    return list(said.fillna("")) == list(measured)


def test_exposures_are_those_of_the_measures(books, values, portfolio):
    said = books.sql("from main_metrics.exposure_daily order by account_id, value_date").df()
    due = exposures.exposure(values.to_numpy(), portfolio["total_value"].to_numpy())

    for column, expected in (
        ("long_exposure", due.long),
        ("short_exposure", due.short),
        ("gross_exposure", due.gross),
        ("net_exposure", due.net),
        ("leverage", due.leverage.values),
        ("top_weight_pct", 100 * due.top_weight.values),
        ("hhi", due.concentration.values),
    ):
        np.testing.assert_allclose(said[column], expected, err_msg=column, **CLOSE)
    assert same_reasons(said["reason"], due.leverage.reasons)
    assert same_reasons(said["hhi_reason"], due.concentration.reasons)
    assert {"no_capital", "no_positions"} <= set(said["reason"]) | set(said["hhi_reason"])


def test_views_say_the_same_bits_over_published_tables_and_over_built_ones(published, books):
    """Whatever the order in which two databases keep their rows: sums of doubles go through decimals."""
    views = [table for table in public_tables(published) if table.is_view]

    with warehouse.reading(published) as database:
        built = content_of(database, views)

    assert len(views) == len(list((PROJECT / "models/metrics/views").glob("*.sql"))) + 1
    assert content_of(books, views) == built


@pytest.mark.parametrize("table", ["position_weights_daily", "exposure_by_sector_daily", "exposure_by_currency_daily"])
def test_weights_sum_to_the_whole_account(books, table):
    """Cash included; where there is no capital there are no weights, and a reason."""
    sums = books.sql(
        f"""
        select total_value > 0 as has_capital, coalesce(max(abs(weight - 100)), 0) < 1e-9, bool_and(is_reasoned)
        from (
            select account_id, value_date, sum(weight_pct) as weight,
                bool_and((weight_pct is null) = coalesce(reason = 'no_capital', false)) as is_reasoned
            from main_metrics.{table} group by all
        ) full join main_facts.fact_portfolio_value_daily using (account_id, value_date)
        group by all order by all
        """
    ).fetchall()

    assert sums == [(False, True, True), (True, True, True)]


def test_sectors_and_currencies_are_those_of_their_symbols(books):
    food, cash = books.sql(
        """
        select (select sum(market_value) from main_facts.fact_positions_daily where symbol in ('AAA', 'BBB')),
            (select sum(cash_balance) from main_facts.fact_portfolio_value_daily)
        """
    ).fetchall()[0]

    assert books.sql(
        """
        select sector, sum(net_exposure) from main_metrics.exposure_by_sector_daily
        where sector in ('Food', 'Cash') group by sector order by sector
        """
    ).fetchall() == [("Cash", cash), ("Food", food)]
    assert books.sql(
        "select currency, sum(cash_balance) from main_metrics.exposure_by_currency_daily group by currency"
    ).fetchall() == [("USD", cash)]


PERIODS = {"MONTH": "M", "QUARTER": "Q", "YEAR": "Y"}


@pytest.fixture(scope="module")
def days(portfolio: pd.DataFrame) -> pd.DataFrame:
    """Capital of every account and day, and the period that the day belongs to, for each kind of period."""
    before = portfolio.groupby("account_id")["total_value"].shift(fill_value=0.0)
    starts = {name: portfolio["value_date"].dt.to_period(kind).dt.start_time for name, kind in PERIODS.items()}
    inception = portfolio.groupby("account_id")["value_date"].transform("min")
    return portfolio.assign(capital=before + portfolio["inflow"], **starts, INCEPTION=inception)


def test_contributions_of_a_day_sum_to_its_return(books):
    """The return is that of daily_returns; neither exists without capital."""
    assert books.sql(
        """
        select count(*) > 0, bool_and(abs(contribution - daily_return_pct) < 1e-9),
            bool_and((contribution is null) = (daily_return_pct is null))
        from (
            select account_id, value_date, sum(contribution_pct) as contribution
            from main_metrics.contribution_daily group by all
        ) join main_metrics.daily_returns using (account_id, value_date)
        """
    ).fetchall() == [(True, True, True)]


@pytest.mark.parametrize("period", [*PERIODS, "INCEPTION"])
def test_contributions_of_a_period_are_those_of_the_measures_and_sum_to_its_return(books, days, period):
    panel = wide(
        books.sql("select account_id, value_date, symbol, total_pnl::double as value from main_facts.fact_pnl_daily")
    )
    said = books.sql(f"from main_metrics.contribution_by_period where period = '{period}'").df()
    compared = 0

    for (account, start), group in days.groupby(["account_id", period]):
        profit = panel.reindex(pd.MultiIndex.from_frame(group[["account_id", "value_date"]]), fill_value=0.0)
        due = attribution.contribution(profit.to_numpy(), group["capital"].to_numpy())
        rows = said[(said["account_id"] == account) & (said["period_start"] == start)].set_index("symbol")
        expected = pd.Series(100 * due.linked.values, profit.columns)
        if (due.linked.reasons == "wiped_out").all():
            assert set(rows["reason"]) == {"wiped_out"}
        elif not (group["capital"] > 0).any():
            assert set(rows["reason"]) <= {"no_capital"}
        else:
            np.testing.assert_allclose(rows["contribution_pct"], expected[rows.index], **CLOSE)
            assert rows["contribution_pct"].sum() == pytest.approx(100 * due.total, abs=1e-9)
            assert rows["return_pct"].to_numpy() == pytest.approx(100 * due.total, abs=1e-9)
            compared += 1

    assert compared > len(PERIODS)
    assert {"wiped_out"} <= set(said["reason"])


@pytest.fixture(scope="module")
def sector_days(books, days) -> dict[str, pd.DataFrame]:
    """Start value, holding profit and profit by sector, worked out from units and prices: the slow way.

    What is held at the start of a day is what was held the valuation day before, in the units that a split has made of
    it; it earns from close to close, and its dividends.
    """
    held = books.sql(
        """
        select account_id, symbol, value_date, cumulative_position::double as units, close_price::double as close,
            market_value::double as market_value
        from main_facts.fact_positions_daily
        """
    ).df()
    earned = books.sql(
        """
        select account_id, symbol, value_date, total_pnl::double as profit, income::double as income
        from main_facts.fact_pnl_daily
        """
    ).df()
    calendar = weekdays(DAYS)
    following = dict(zip(pd.to_datetime(calendar[:-1]), pd.to_datetime(calendar[1:]), strict=True))
    splits = {(symbol, pd.Timestamp(calendar[day])): new / old for symbol, (day, new, old) in SPLIT_DAYS.items()}

    closes = held.set_index(["symbol", "value_date"])["close"]
    closes = closes[~closes.index.duplicated()]
    start = held[(held["units"] != 0) & held["value_date"].isin(following)].copy()
    start["value_date"] = start["value_date"].map(following)
    keys = list(zip(start["symbol"], start["value_date"], strict=True))
    start["gain"] = [
        units * splits.get(key, 1.0) * closes[key] - value
        for key, units, value in zip(keys, start["units"], start["market_value"], strict=True)
    ]
    cash = days.assign(symbol="$CASH", market_value=days["capital"] - _positions_before(days, start), gain=0.0)
    parts = pd.concat([start, cash[["account_id", "value_date", "symbol", "market_value", "gain"]], earned])
    parts["sector"] = parts["symbol"].map({"$CASH": "Cash", **SECTORS}).replace("", np.nan).fillna("Unclassified")
    return {
        column: parts.pivot_table(
            index=["account_id", "value_date"], columns="sector", values=column, aggfunc="sum", fill_value=0.0
        )
        for column in ("market_value", "gain", "income", "profit")
    }


def _positions_before(days: pd.DataFrame, start: pd.DataFrame) -> np.ndarray:
    sums = start.groupby(["account_id", "value_date"])["market_value"].sum()
    return sums.reindex(pd.MultiIndex.from_frame(days[["account_id", "value_date"]]), fill_value=0.0).to_numpy()


def side_of(sector_days: dict[str, pd.DataFrame], account: str, on: pd.Series, capital: np.ndarray) -> list[np.ndarray]:
    """Weights, returns and trading of one account on some days."""
    index = pd.MultiIndex.from_product([[account], on])
    start, gain, income, profit = (
        sector_days[column].reindex(index, fill_value=0.0).to_numpy()
        for column in ("market_value", "gain", "income", "profit")
    )
    holding = np.where(start == 0, 0.0, gain + income)
    returns = np.where(start == 0, np.nan, holding / np.where(start == 0, 1.0, start))
    return [start / capital[:, None], returns, (profit - holding) / capital[:, None]]


@pytest.mark.parametrize("period", [*PERIODS, "INCEPTION"])
@pytest.mark.parametrize("account", ["TRADER", "LATE", "LOST"])
def test_effects_are_those_of_the_measures_and_sum_to_the_active_return(books, days, sector_days, account, period):
    both = days[days["account_id"] == account].merge(days[days["account_id"] == "MODEL"], on="value_date")
    both = both[(both["capital_x"] > 0) & (both["capital_y"] > 0)]
    start = f"{period}_x" if period in PERIODS else None
    said = books.sql(f"from main_metrics.attribution_by_sector where account_id = '{account}' and period = '{period}'")
    said = said.df().set_index(["period_start", "sector"])
    groups = both.groupby(start) if start else [(both["value_date"].min(), both)]

    for first_day, group in groups:
        own, market = (
            side_of(sector_days, name, group["value_date"], group[f"capital_{side}"].to_numpy())
            for name, side in ((account, "x"), ("MODEL", "y"))
        )
        due = attribution.brinson_fachler(own[0], market[0], own[1], market[1], own[2], market[2])
        rows = said.loc[first_day]
        sectors = sector_days["profit"].columns
        for effect in ("allocation", "selection", "interaction", "trading"):
            expected = pd.Series(100 * getattr(due, effect).values, sectors)[rows.index]
            np.testing.assert_allclose(rows[f"{effect}_pct"], expected, err_msg=f"{effect} {first_day}", **CLOSE)
        assert same_reasons(rows["reason"], [due.allocation.reasons[0]] * len(rows))
        assert set(rows["day_count"]) == {len(group)}
        if due.allocation.reasons[0] == "":
            effects = rows[["allocation_pct", "selection_pct", "interaction_pct", "trading_pct"]]
            assert effects.to_numpy().sum() == pytest.approx(100 * due.active, abs=1e-9)
            assert rows["active_return_pct"].to_numpy() == pytest.approx(100 * due.active, abs=1e-9)
            assert rows[["weight_pct", "benchmark_weight_pct"]].sum().to_numpy() == pytest.approx(100, abs=1e-9)
    assert len(said) > len(sector_days["profit"].columns) - 3


def test_a_wiped_out_account_has_no_effects_and_says_so(books):
    assert books.sql(
        "select distinct reason, allocation_pct from main_metrics.attribution_by_sector "
        "where account_id = 'LOST' and period = 'INCEPTION'"
    ).fetchall() == [("wiped_out", None)]


@pytest.fixture(scope="module")
def returns(published, books) -> pd.DataFrame:
    """Day by day the return of every symbol, from the file of prices, and that of MODEL: no price, no return."""
    prices = pd.read_csv(published.home / "brought" / "prices.csv", parse_dates=["occurred_at"])
    closes = prices.pivot_table(index="occurred_at", columns="symbol", values="price")
    growth = closes / closes.shift()
    for symbol, (day, new, old) in SPLIT_DAYS.items():
        growth.loc[closes.index[day], symbol] *= new / old
    model = books.sql("select value_date, daily_return_pct / 100 as r from main_metrics.daily_returns "
                      "where account_id = 'MODEL'").df()  # fmt: skip
    return (growth - 1).assign(MODEL=model.set_index("value_date")["r"]).iloc[1:]


@pytest.fixture(scope="module")
def last_weights(values, portfolio) -> pd.DataFrame:
    """Weights on the last valuation day: accounts x symbols."""
    last = portfolio[portfolio["value_date"] == portfolio["value_date"].max()].set_index("account_id")
    held = values.xs(last["value_date"].iloc[0], level="value_date").drop(columns="")
    return held.div(last["total_value"], axis=0)


def reason_of(account: str, measured: str) -> str:
    """LOST owes more than it has: there is nothing to divide by."""
    return "no_capital" if account == "LOST" else measured


@pytest.mark.parametrize("confidence", [95, 99])
@pytest.mark.parametrize("method", ["historical_simulation", "normal"])
def test_risk_of_holdings_is_that_of_the_measures(books, returns, last_weights, method, confidence):
    weights = last_weights.to_numpy()
    past = simulation(holdings_of(weights, returns[last_weights.columns].to_numpy().T))
    components = {"historical_simulation": historical_components, "normal": normal_components}[method]
    due = components(past, confidence / 100)
    due_parts = zip(due.component.reshape(weights.shape), due.marginal.reshape(weights.shape), strict=True)
    total = books.sql(
        f"""
        select * from main_metrics.holdings_value_at_risk
        where method = '{method}' and confidence_pct = {confidence} order by account_id
        """
    ).df()
    prefix = method.removesuffix("_simulation")

    reasons = [reason_of(*pair) for pair in zip(last_weights.index, due.total.reasons, strict=True)]
    assert list(total["account_id"]) == list(last_weights.index)
    assert same_reasons(total["reason"], reasons)
    assert {"no_capital", "no_positions", ""} == set(reasons)
    is_stated = np.array(reasons) == ""
    np.testing.assert_allclose(total["value_at_risk_pct"][is_stated], 100 * due.total.values[is_stated], **CLOSE)
    for account, (component, marginal) in zip(last_weights.index, due_parts, strict=True):
        said = books.sql(f"from main_metrics.holdings_risk where account_id = '{account}'").df().set_index("symbol")
        place = [last_weights.columns.get_loc(symbol) for symbol in said.index]
        if account == "LOST":
            assert set(said["reason"]) == {"no_capital"}
            continue
        np.testing.assert_allclose(said[f"{prefix}_component_{confidence}_pct"], 100 * component[place], **CLOSE)
        np.testing.assert_allclose(said[f"{prefix}_marginal_{confidence}"], marginal[place], **CLOSE)


def test_components_sum_to_the_value_at_risk_and_the_shortfall_is_worse(books):
    assert books.sql(
        """
        select bool_and(abs(component - value_at_risk_pct) < 1e-9), bool_and(expected_shortfall_pct > value_at_risk_pct)
        from (
            select account_id, 95 as confidence_pct, sum(historical_component_95_pct) as component
            from main_metrics.holdings_risk group by account_id
            union all
            select account_id, 99, sum(historical_component_99_pct) from main_metrics.holdings_risk group by account_id
        ) join main_metrics.holdings_value_at_risk using (account_id, confidence_pct)
        where method = 'historical_simulation'
        """
    ).fetchall() == [(True, True)]


def test_a_day_without_a_price_of_what_is_held_is_no_scenario(books, returns):
    """MODEL holds EEE, which has no price on every ninth day; LATE does not."""
    days = dict(books.sql("select distinct account_id, day_count from main_metrics.holdings_value_at_risk").fetchall())

    assert days["LATE"] == len(returns) == DAYS - 1
    assert days["MODEL"] == returns[GAPPED].notna().sum() < DAYS - 9
    assert days["CASH"] == 0


def test_betas_are_against_the_symbol_or_the_account_that_is_the_benchmark(books, returns):
    for account, symbol, expected in books.sql(
        "select account_id, symbol, beta from main_metrics.holdings_risk where benchmark_symbol is not null"
    ).fetchall():
        series = [returns[name].to_numpy()[None, :] for name in (symbol, BENCHMARKS[account])]
        assert expected == pytest.approx(beta(pairs_of(*series)).values[0], rel=1e-9)

    assert books.sql(
        "select distinct beta, beta_reason from main_metrics.holdings_risk where account_id = 'ORPHAN'"
    ).fetchall() == [(None, "no_benchmark")]


def test_a_stress_is_what_is_held_times_its_shock(books, last_weights):
    """The market falls by a fifth: each symbol by its beta times that, and an account by the sum."""
    said = books.sql("from main_metrics.stress_results where scenario = 'Market -20 %'").df()
    risk = books.sql("from main_metrics.holdings_risk").df().set_index(["account_id", "symbol"])

    for account, rows in said.groupby("account_id"):
        held = risk.xs(account).loc[rows["symbol"], ["market_value", "beta"]].astype(float)
        shocks = exposures.market_shocks(held["beta"].to_numpy(), -0.2)
        due = exposures.stressed(held["market_value"].to_numpy(), shocks)[0]
        np.testing.assert_allclose(rows["pnl"].astype(float), due, rtol=1e-9, atol=1e-7)
        assert set(rows["applies_to"]) == {"MARKET"}
    assert set(said["account_id"]) == set(last_weights.index) - {"CASH"}
    scenarios = books.sql("select count(distinct scenario) from main_metrics.stress_scenarios").fetchone()
    assert books.sql("select count(distinct scenario) from main_metrics.stress_results").fetchone() == scenarios


LATE_EVENTS = {
    "trades": "event_id,account_id,symbol,side,quantity,price,fee,occurred_at\n{},{day30}T15:00:00\n",
    "corrections": "event_id,action,corrects_stream,corrects_event_id,occurred_at\n{},{day50}\n",
    "corporate_actions": "event_id,symbol,type,numerator,denominator,effective_date,occurred_at\n{},{day5},{day5}\n",
}


def test_risk_is_measured_again_of_those_whom_a_late_event_touches(tmp_path):
    """A trade touches its account, that of a benchmark who is measured against it, a price and a split all holders.

    ORPHAN bought BBB after the day of the split, and yet the return of that day is one of its scenarios.
    """
    books = settings_for(tmp_path / "data")
    build_holdings_home(books)
    days = {f"day{number}": day for number, day in enumerate(weekdays(DAYS))}

    for stream, event, expected in (
        ("trades", "late,HEDGED,DDD,BUY,7,50,1", {"HEDGED"}),
        ("trades", "late-model,MODEL,DDD,SELL,7,50,1", {"MODEL", "TRADER", "LATE", "LOST"}),
        ("corrections", "late-cancel,CANCEL,prices,p-BBB-40", {"ORPHAN", "TRADER", "HEDGED"}),
        ("corporate_actions", "late-split,BBB,SPLIT,3,2", {"ORPHAN", "TRADER", "HEDGED"}),
    ):
        small_ledgers.happened(books, stream, LATE_EVENTS[stream].format(event, **days))
        small_ledgers.built(books)
        assert measured(books) == expected, event
    incremental = risk_of_holdings(books)
    warehouse.rebuild(books)

    assert measured(books) == {*BENCHMARKS, "ORPHAN"}
    assert risk_of_holdings(books) == incremental


def measured(settings: Settings) -> set[str]:
    """The accounts whose holdings the last build has measured."""
    with warehouse.reading(settings) as database:
        return {one for (one,) in database.sql("select account_id from main_intermediate.int_last_holdings").fetchall()}


def risk_of_holdings(settings: Settings) -> dict[str, object]:
    """Content hashes of the two tables."""
    tables = [table for table in public_tables(settings) if table.name.startswith("holdings_")]
    assert len(tables) == 2
    with warehouse.reading(settings) as database:
        return dict(content_of(database, tables))
