"""What a sheet shows follows from the published tables, and foots."""

from dataclasses import fields, replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest

from flows import lake
from measures.measured import Reason
from reports.bridge import bridges_of
from reports.exposures import exposures_of
from reports.performance import daily_returns, linked, performance_of, years_of
from reports.portfolio import Benchmark
from reports.remarks import remarks_of
from reports.risk import risk_path
from reports.staleness import stale_runs
from tests.unit.reports.small_book import LAST_DAY, SPLIT_DAY, price_before_splits, valuation_days

ACCOUNTS = ("INVESTED", "MODEL", "UNMET", "CASH", "TODAY", "SHORT", "WIPED", "ROUND", "DUST", "LEFT", "RIGHT", "STALE")
IN_DOLLARS = (*ACCOUNTS, "EMPTY")
BOOK = "$BOOK:USD"
TOGETHER = (("LEFT", "RIGHT"), ("SHORT", "INVESTED", "STALE"), tuple(ACCOUNTS))


def days_from(first, count):
    return np.datetime64(first) + np.arange(count)


def test_returns_growth_and_drawdown_are_those_that_are_published(small_book, portfolio_of):
    with lake.reading(small_book) as database:
        told = database.execute(
            """
            select account_id, daily_return_pct, cumulative_return_pct, drawdown_pct
            from main_metrics.daily_returns
            inner join main_metrics.cumulative_returns using (account_id, value_date)
            inner join main_metrics.drawdown using (account_id, value_date)
            order by account_id, value_date
            """
        ).df()

    for account_id in (*ACCOUNTS, BOOK):
        own_ids = IN_DOLLARS if account_id == BOOK else (account_id,)
        performance = performance_of(portfolio_of(*own_ids))
        own = [performance.returns, performance.growth - 1, performance.drawdown]
        published = told[told["account_id"] == account_id].drop(columns="account_id").to_numpy(float)
        np.testing.assert_allclose(np.array(own).T, published / 100, rtol=0, atol=1e-9, err_msg=account_id)


@pytest.mark.parametrize("account_id", ["INVESTED", "MODEL", "STALE", "ROUND", "DUST", BOOK])
def test_risk_is_that_which_is_published(small_book, portfolio_of, account_id):
    with lake.reading(small_book) as database:
        (published,) = database.execute(
            """
            select annualized_volatility_pct / 100, sharpe_ratio, sortino_ratio, best_day_pct / 100,
                max_drawdown_pct / 100, beta, tracking_error_pct / 100
            from main_metrics.risk_daily
            where account_id = $account_id and value_date = $day and risk_window = 'INCEPTION'
            """,
            {"account_id": account_id, "day": LAST_DAY},
        ).fetchall()
        tails = database.execute(
            """
            select method, var_95_pct / 100, es_99_pct / 100
            from main_metrics.value_at_risk_daily
            where account_id = $account_id and value_date = $day
            """,
            {"account_id": account_id, "day": LAST_DAY},
        ).fetchall()

    performance = performance_of(portfolio_of(*(IN_DOLLARS if account_id == BOOK else (account_id,))))

    names = ("volatility", "sharpe", "sortino", "best", "max_drawdown", "beta", "tracking_error")
    own = [performance.figures[name].value if name in performance.figures else None for name in names]
    assert own == [None if value is None else pytest.approx(value, abs=1e-7) for value in published]
    found = {(one.method, one.confidence): one for one in performance.tails}
    for method, value_at_risk, shortfall in tails:
        at_95, at_99 = found[method, 0.95].value_at_risk.values[0], found[method, 0.99].expected_shortfall.values[0]
        expected = [np.nan if value is None else value for value in (value_at_risk, shortfall)]
        np.testing.assert_allclose([at_95, at_99], expected, atol=1e-9, err_msg=method)
    assert {method for method, *_ in tails} == {one.method for one in performance.tails}


@pytest.mark.parametrize("account_ids", [*((one,) for one in ACCOUNTS), *TOGETHER], ids="+".join)
def test_every_bridge_foots_to_the_last_digit(portfolio_of, account_ids):
    portfolio = portfolio_of(*account_ids)

    bridges = bridges_of(portfolio, daily_returns(portfolio))

    for bridge in bridges:
        assert bridge.end_value == bridge.start_value + bridge.deposits - bridge.withdrawals + bridge.pnl
    assert bridges[-1].start_value == 0
    assert bridges[-1].name == "Since the start"


def test_what_moves_between_two_accounts_is_no_flow_of_both_together(portfolio_of):
    """1,000 come to the left; 400 go over to the right, which gets 50 of its own on that day."""
    together = portfolio_of("LEFT", "RIGHT")

    (whole,) = bridges_of(together, daily_returns(together))[-1:]

    assert (whole.deposits, whole.withdrawals, together.moved_within) == (1050, 0, 400)
    assert linked(daily_returns(together)).value == 0


def test_what_one_account_gets_and_gives_on_a_day_are_two_flows(portfolio_of):
    """100 are there; 200 come in and 250 go out on one day."""
    portfolio = portfolio_of("ROUND")

    (whole,) = bridges_of(portfolio, daily_returns(portfolio))[-1:]

    assert (whole.deposits, whole.withdrawals, whole.end_value) == (300, 250, 50)
    assert portfolio.moved_within == Decimal(0)


def test_an_account_that_is_its_benchmark_has_beta_one_across_a_split(portfolio_of):
    """All of it went into AAA on the first day: the day of the split is a day like any other."""
    portfolio = portfolio_of("INVESTED")

    performance = performance_of(portfolio)

    prices = np.array([price_before_splits(day) for day in valuation_days()])
    expected = prices[1:] / prices[:-1] - 1
    np.testing.assert_allclose(performance.returns[1:], expected, atol=1e-12)
    np.testing.assert_allclose(portfolio.benchmark.returns[1:], expected, atol=1e-12)
    assert SPLIT_DAY in valuation_days()
    assert performance.figures["beta"].value == pytest.approx(1)
    assert performance.figures["tracking_error"].value == pytest.approx(0, abs=1e-9)
    assert performance.figures["annualised_return"].reason is Reason.NOT_ANNUALISED_BELOW_A_YEAR


def test_a_benchmark_may_be_another_account_and_may_be_unknown(portfolio_of):
    model = portfolio_of("MODEL").benchmark

    assert model.name == "INVESTED"
    np.testing.assert_allclose(model.returns, daily_returns(portfolio_of("INVESTED")), atol=1e-12)
    assert portfolio_of("UNMET").benchmark is None


def test_days_with_a_stale_price_are_known(portfolio_of):
    """BBB has its last price on 5 January; from the sixth valuation day after it on that price is stale."""
    portfolio = portfolio_of("STALE", "INVESTED")

    assert list(portfolio.stale_days) == ["BBB"]
    ((first, last),) = stale_runs(portfolio)
    assert (first.item(), last.item()) == (date(2024, 1, 15), LAST_DAY)


@pytest.mark.parametrize("account_ids", [("INVESTED",), ("STALE",), ("STALE", "INVESTED", "CASH")], ids="+".join)
def test_contributions_sum_to_the_return(portfolio_of, account_ids):
    portfolio = portfolio_of(*account_ids)

    parts = [one.part.value for one in exposures_of(portfolio).contributions]

    assert sum(parts) == pytest.approx(linked(daily_returns(portfolio)).value, abs=1e-12)


def test_exposure_is_netted_and_adds_up_with_cash(portfolio_of):
    """Long 1,775 of AAA here and short 300 of DDD there; 200 in cash."""
    exposures = exposures_of(portfolio_of("SHORT", "INVESTED"))

    path = exposures.path
    assert (path.long[-1], path.short[-1], path.gross[-1], path.net[-1]) == (1775, -300, 2075, 1475)
    assert sum(one.amount for one in exposures.by_sector) == 1675
    assert {one.name: one.share for one in exposures.by_sector}["Cash"] == pytest.approx(200 / 1675)


def test_nothing_left_or_less_has_reasons_and_no_figures(portfolio_of):
    """Fees have eaten one account; the other owes more than it has."""
    wiped, short = performance_of(portfolio_of("WIPED")), performance_of(portfolio_of("SHORT"))

    assert (wiped.figures["cumulative_return"].value, np.isfinite(wiped.returns).sum()) == (-1, 3)
    assert (short.figures["cumulative_return"].value, short.figures["max_drawdown"].value) == (-1, -1)
    assert {one.part.reason for one in exposures_of(portfolio_of("SHORT")).contributions} == {Reason.WIPED_OUT}
    assert exposures_of(portfolio_of("SHORT")).by_sector[0].share is None


def test_the_first_day_of_an_account_has_no_time_for_a_rate(portfolio_of):
    """300 are paid in and still there that evening: money went in, and it is not said that it only went in."""
    assert performance_of(portfolio_of("TODAY")).money_weighted.rate.reason is Reason.NO_TIME


def test_months_and_years_link_their_days():
    """10 % in January, 20 % in March of one year, and -50 % in January of the next; no day has a return in May."""
    days = np.array(["2024-01-31", "2024-03-01", "2024-03-29", "2024-05-02", "2025-01-02"], "datetime64[D]")
    first, second = years_of(days, np.array([0.10, 0.0, 0.20, np.nan, -0.50]))

    assert [month and month.value for month in first.months[:4]] == [pytest.approx(0.1), None, pytest.approx(0.2), None]
    assert first.months[4].reason is Reason.TOO_FEW_RETURNS
    assert (first.year, first.total.value) == (2024, pytest.approx(0.32))
    assert (second.year, second.months[0].value, second.total.value) == (2025, -0.5, -0.5)


def test_a_forecast_knows_the_days_before_it_and_no_other():
    """60 quiet days, then a loss of 10 %: it is an exception, and only the forecast of the next day knows of it."""
    quiet = np.tile([0.01, -0.01], 30)
    before = risk_path(days_from("2024-01-01", 61), np.append(quiet, 0.0))
    path = risk_path(days_from("2024-01-01", 62), np.append(quiet, [-0.10, 0.0]))

    for forecast, innocent in zip(path.forecasts, before.forecasts, strict=True):
        np.testing.assert_array_equal(forecast.value_at_risk[:61], innocent.value_at_risk)
        assert np.isnan(forecast.value_at_risk[:30]).all()
        assert np.flatnonzero(forecast.is_exception).tolist() == [60]
        assert (forecast.days, forecast.exceptions) == (32, 1)
    ewma = next(one for one in path.forecasts if one.method == "ewma")
    assert ewma.value_at_risk[61] > 2 * ewma.value_at_risk[60]


def test_a_return_beyond_measure_counts_in_the_linked_return_and_in_no_risk(portfolio_of):
    """1,000 are paid in, fees leave 0.10, and 500 of interest make 500.10 of it: +500,000 % in a day."""
    portfolio = portfolio_of("DUST")

    performance = performance_of(portfolio)

    assert performance.returns[2] == pytest.approx(5000)
    assert performance.growth[2] == pytest.approx(0.5001)
    within = np.delete(performance.returns, 2)
    assert performance.figures["best"].value == within.max()
    assert performance.figures["volatility"].value == pytest.approx(within.std(ddof=1) * np.sqrt(252))
    path = risk_path(portfolio.days, performance.returns)
    assert len(path.days) == len(portfolio.days) - 1
    assert np.nanmax(path.rolling[0].volatility) < 20


@pytest.mark.parametrize("odd", [-1.0, -1.5, 250.0])
def test_measures_leave_out_a_day_on_which_the_benchmark_lost_everything_or_is_beyond_measure(portfolio_of, odd):
    """Given such a return on 16 Jan, then all is as if the benchmark had none then, but for its own line."""
    invested, place = portfolio_of("INVESTED"), 10
    figures, growths, remarks = [], [], []
    for instead in (odd, np.nan):
        returns = invested.benchmark.returns.copy()
        returns[place] = instead
        portfolio = replace(invested, benchmark=Benchmark("AAA", returns))
        performance = performance_of(portfolio)
        figures.append(performance.figures)
        growths.append(performance.benchmark_growth[place] / performance.benchmark_growth[place - 1])
        remarks.append(" ".join(remarks_of(portfolio, performance)))

    assert figures[0] == figures[1]
    assert figures[0]["beta"].value == pytest.approx(1)
    assert growths == [max(1 + odd, 0), 1]
    assert ["leave out 1 day on which it lost" in told and "(16 Jan 2024)" in told for told in remarks] == [True, False]


def test_rolling_windows_count_defined_returns_only():
    """29 returns, a day without one, and the 30th: its window is the first that is full."""
    daily = np.append(np.tile([0.01, -0.01], 15)[:29], [np.nan, 0.02])

    path = risk_path(days_from("2024-01-01", 31), daily)

    assert len(path.days) == 30
    assert np.flatnonzero(np.isfinite(path.rolling[0].volatility)).tolist() == [29]
    expected = np.std(daily[np.isfinite(daily)], ddof=1) * np.sqrt(252)
    assert path.rolling[0].volatility[29] == pytest.approx(expected)
    assert not any(np.isfinite(one.sharpe).any() for one in path.rolling[1:])


def test_every_amount_of_a_day_is_exact(portfolio_of):
    amounts = portfolio_of("STALE").amounts[-1]

    assert {type(getattr(amounts, field.name)) for field in fields(amounts)} == {Decimal}
    assert (amounts.realized_pnl, amounts.income, amounts.fees, amounts.taxes) == (10, 7, 3, 2)
