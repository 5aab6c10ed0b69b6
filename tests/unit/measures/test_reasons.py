"""Where there is no figure there is a reason; never NaN alone, never infinity, never a warning."""

import warnings

import numpy as np
import pytest

from measures import MEANING, Reason, benchmark, drawdowns, returns, value_at_risk
from measures.backtest import backtest
from measures.exposure import exposure, weights
from measures.holdings import (
    historical_components,
    historical_simulation,
    holdings_of,
    monte_carlo_simulation,
    normal_components,
    simulation,
)
from measures.moments import moments_of, sums_of
from measures.money_weighted import xirr
from measures.panels import as_panel, windows, windows_of_one
from measures.returns import Periods
from measures.window_risk import (
    moment_columns,
    moment_tails,
    pair_columns,
    window_columns,
    window_tails,
    yearly_columns,
)

NONE = np.nan
SERIES = {
    "no returns": [],
    "one day": [0.01],
    "two days": [0.01, -0.01],
    "flat": [0.0] * 40,
    "the same every day": [0.1] * 40,
    "none defined": [NONE] * 40,
    "only gains": [0.01, 0.02] * 20,
    "only losses": [-0.01, -0.02] * 20,
    "everything lost": [0.01] * 20 + [-1.0] + [NONE] * 10,
    "more than everything lost": [0.01] * 20 + [-1.5, 0.3, 0.2],
    "beyond what a float holds": [1e200] * 40,
    "tiny": [1e-300, -1e-300] * 20,
    "gaps": [NONE, 0.01, NONE, -0.02, 0.03, NONE] * 10,
}


@pytest.fixture(autouse=True)
def _every_warning_is_an_error():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        yield


def check(*columns):
    for column in columns:
        assert (np.isfinite(column.values) == (column.reasons == "")).all()
        assert set(column.reasons) - {""} <= set(Reason)


@pytest.mark.parametrize("market", SERIES)
@pytest.mark.parametrize("name", SERIES)
def test_every_measure_of_every_odd_series(name, market):
    own, other = (np.array(SERIES[key], dtype=float) for key in (name, market))
    length = max(len(own), len(other))
    own, other = (np.append(np.full(length - len(series), NONE), series) for series in (own, other))
    first, last = np.zeros(length, np.int64), np.arange(length)

    for window in (1, 30, 252):
        if length:
            days = np.full(length, 7 * window // 5)
            ends = windows(own, first, last, window)
            check(*window_columns(ends, windows(other, first, last, window), days).values())
            check(*(part for tail in window_tails(ends) for part in (tail.value_at_risk, tail.expected_shortfall)))
    sums, pair_sums = sums_of(own), benchmark.pair_sums_of(own, other)
    check(*moment_columns(sums.moments()).values(), *pair_columns(pair_sums.pairs()).values())
    check(*(part for tail in moment_tails(sums.moments()) for part in (tail.value_at_risk, tail.expected_shortfall)))
    deepest, _ = drawdowns.max_and_current_drawdown(own)
    check(*yearly_columns(returns.cumulative(own), deepest, np.array([400])).values())
    check(returns.stability(own), drawdowns.ulcer_index(own), value_at_risk.tail_ratio(value_at_risk.ordered(own)))
    tested = backtest(own, other, 0.95)
    for test in (tested.kupiec, tested.independence, tested.conditional_coverage):
        check(test.statistic, test.p_value)


REASONS = {
    ("no returns", "sharpe"): "too_few_returns",
    ("one day", "volatility"): "too_few_returns",
    ("flat", "sharpe"): "no_variation",
    ("the same every day", "sharpe"): "no_variation",
    ("flat", "hit_rate"): "no_gain_or_loss",
    ("only gains", "sortino"): "nothing_below_target",
    ("only gains", "omega"): "nothing_below_target",
    ("none defined", "worst"): "too_few_returns",
    ("beyond what a float holds", "cumulative_return"): "beyond_float",
}


@pytest.mark.parametrize(("name", "measure"), REASONS)
def test_the_reason_is_the_right_one(name, measure):
    moments = moments_of(SERIES[name])
    columns = moment_columns(moments) | {"cumulative_return": returns.cumulative(SERIES[name])}

    assert columns[measure].reasons[0] == REASONS[name, measure]


def test_reasons_of_a_benchmark():
    own, none, few = [0.01, -0.02, 0.03] * 10, [NONE] * 30, [0.01] * 12 + [NONE] * 18
    flat, rising = [0.002] * 30, [0.01, 0.02] * 15

    def beta_and_down(market):
        columns = pair_columns(benchmark.pairs_of(own, market))
        return columns["beta"].reasons[0], columns["down_capture"].reasons[0]

    assert beta_and_down(none) == ("no_benchmark", "no_benchmark")
    assert beta_and_down(few) == ("too_few_pairs", "too_few_pairs")
    assert beta_and_down(flat) == ("no_benchmark_variation", "no_such_days")
    assert beta_and_down(rising) == ("", "no_such_days")
    assert benchmark.information_ratio(benchmark.pairs_of(own, own)).reasons[0] == "no_variation"


def test_a_window_can_be_asked_to_be_full():
    own = windows_of_one(np.array([0.01, -0.02, 0.03, -0.01, 0.02]), 4)

    columns = window_columns(own, returns_least=4)
    tails = window_tails(own, returns_least=4)

    reasons = {name: column.reasons.tolist() for name, column in columns.items() if name.startswith(("s", "v"))}
    assert reasons == dict.fromkeys(("volatility", "sharpe", "sortino", "skew"), ["too_few_returns"] * 3 + ["", ""])
    full = [tail.expected_shortfall.reasons.tolist() for tail in tails if tail.method != "ewma"]
    assert full == [["too_few_returns"] * 3 + ["", ""]] * 8


def test_no_figure_is_minus_zero():
    tail = value_at_risk.historical(value_at_risk.ordered([0.0] * 10), 0.95)

    assert np.signbit([tail.value_at_risk.values[0], tail.expected_shortfall.values[0]]).tolist() == [False, False]


def test_a_year_is_annualised_and_less_is_not():
    gained, lost = returns.cumulative([0.1]), returns.cumulative([0.1, -1.5])

    assert returns.annualised(gained, np.array([365])).values[0] == pytest.approx(0.1, rel=1e-15)
    assert returns.annualised(gained, np.array([364])).reasons[0] == "not_annualised_below_a_year"
    assert returns.annualised(lost, np.array([364])).reasons[0] == "not_annualised_below_a_year"


def periods(start_value, end_value, flows=(), days=365):
    day, amount = (np.array([flow[place] for flow in flows], float) for place in (0, 1))
    return Periods(
        *(np.array([number]) for number in (0, days)),
        *(np.array([float(number)]) for number in (start_value, end_value)),
        np.zeros(len(flows), np.int64),
        day.astype(np.int64),
        amount,
    )


def test_calmar_without_a_drawdown_or_a_year():
    columns = {days: yearly_columns(*_total_and_deepest([0.01, 0.02]), np.array([days])) for days in (364, 365)}

    assert columns[364]["calmar"].reasons[0] == "not_annualised_below_a_year"
    assert columns[365]["calmar"].reasons[0] == "no_drawdown"


def _total_and_deepest(series):
    return returns.cumulative(series), drawdowns.max_and_current_drawdown(series)[0]


def test_money_weighted_returns_without_a_rate():
    only_in, only_out = xirr(periods(0, 0, [(10, 100), (20, 50)])), xirr(periods(0, 10, [(20, -50)]))
    no_root = xirr(periods(100, -200, [(182, -100)]))

    assert [result.rate.reasons[0] for result in (only_in, only_out)] == ["no_sign_change"] * 2
    assert no_root.rate.reasons[0] == "no_rate"
    assert returns.modified_dietz(periods(0, 10)).reasons[0] == "no_capital"


@pytest.mark.parametrize(
    "asked",
    [
        periods(0, 305, [(0, 300)], days=0),
        periods(0, 295, [(365, 300)]),
        periods(100, 105, days=0),
        periods(0, 0),
        periods(0, 0, [(10, 0)]),
    ],
    ids=["first day of an account", "first deposit on the last day", "no day", "no money", "in and out on one day"],
)
def test_money_that_was_there_for_no_night_has_no_time_for_a_rate(asked):
    """A profit or loss of the day itself does not mean that money only went in or only came out."""
    assert xirr(asked).rate.reasons.tolist() == ["no_time"]


@pytest.mark.parametrize("growths", [(1.1, 1.4), (0.8, 1.05)])
def test_several_rates_give_the_one_nearest_modified_dietz_and_say_so(growths):
    """Paid out after 292 of 365 days, and owing at the end, so that two rates fit."""
    discounts = [[growth ** (-292 / 365), 1 / growth] for growth in growths]
    paid_out, at_end = np.linalg.solve(discounts, [1000.0, 1000.0])
    flows = periods(1000, at_end, [(292, -paid_out)])
    dietz = returns.modified_dietz(flows).values[0]

    result = xirr(flows)

    nearest = min((growth - 1 for growth in growths), key=lambda rate: abs(rate - dietz))
    assert result.is_ambiguous.tolist() == [True]
    assert result.rate.values[0] == pytest.approx(nearest, rel=1e-9)


def test_a_week_and_a_lost_fortune_have_rates():
    week = xirr(periods(100, 150, days=7))
    lost = xirr(periods(1, 500_000, [(3_649, 1_000_000)], days=3_650))

    assert week.rate.values[0] == pytest.approx(1.5 ** (365 / 7) - 1, rel=1e-12)
    assert (lost.rate.values[0], lost.is_ambiguous[0]) == (-1.0, False)


def test_holdings_without_positions_or_returns():
    scenarios = np.array([[0.01, -0.02, 0.005], [NONE, NONE, NONE]])
    held = holdings_of(np.array([[0.0, 0.0], [0.5, 0.0], [0.5, 0.5]]), scenarios)
    past = simulation(held)

    simulated = historical_simulation(past, 0.95)
    parts = [method(past, 0.95) for method in (normal_components, historical_components)]
    drawn = monte_carlo_simulation(held, 0.95, seed=1)

    expected = ["no_positions", "", "too_few_returns"]
    for total in (simulated.value_at_risk, simulated.expected_shortfall, *(part.total for part in parts)):
        check(total)
        assert total.reasons.tolist() == expected
    assert drawn.value_at_risk.reasons.tolist() == ["no_positions", "too_few_returns", "too_few_returns"]
    assert all(np.isfinite(part.component[held.row == 1]).all() for part in parts)


def test_exposure_without_value_or_positions():
    values, total = np.array([[100.0, -40.0], [0.0, 0.0], [50.0, 0.0]]), np.array([200.0, 10.0, 0.0])

    found = exposure(values, total)

    assert (found.long[0], found.short[0], found.gross[0], found.net[0]) == (100.0, -40.0, 140.0, 60.0)
    assert (found.leverage.values[0], found.top_weight.values[0]) == (0.7, 0.5)
    assert found.concentration.values[0] == pytest.approx((100**2 + 40**2) / 140**2)
    assert found.concentration.reasons.tolist() == ["", "no_positions", ""]
    assert found.leverage.reasons.tolist() == ["", "", "no_capital"]
    np.testing.assert_array_equal(weights(values, total), [[0.5, -0.2], [0, 0], [NONE, NONE]])


def test_no_exceptions_say_nothing_about_when_they_come():
    tested = backtest([0.01] * 30, [0.02] * 30, 0.99)

    assert tested.kupiec.statistic.values[0] == pytest.approx(-60 * np.log(0.99))
    assert tested.independence.statistic.reasons[0] == "no_exceptions"


def test_every_reason_has_a_meaning():
    assert set(MEANING) == set(Reason)


def test_no_returns_at_all_are_one_undefined_return():
    assert np.isnan(as_panel([])).tolist() == [[True]]
