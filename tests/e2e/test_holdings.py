"""What is held, what it earned and what it risks: the published figures agree with the measures, on a random market."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd
import pytest

from eventlog.settings import Settings
from flows import lake
from measures import attribution
from measures import exposure as exposures
from tests.holdings_home import holdings_home

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
        select account_id, value_date, coalesce(symbol, '') as symbol, coalesce(market_value, 0)::double as market_value
        from main_facts.fact_portfolio_value_daily left join main_facts.fact_positions_daily
            using (account_id, value_date)
        """
    ).df()
    return rows.pivot_table(index=["account_id", "value_date"], columns="symbol", values="market_value", fill_value=0.0)


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
    profits = books.sql("select account_id, value_date, symbol, total_pnl::double as profit from main_facts.fact_pnl_daily")
    panel = profits.df().pivot_table(
        index=["account_id", "value_date"], columns="symbol", values="profit", fill_value=0.0
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
