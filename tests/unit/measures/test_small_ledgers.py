"""Measures that one can work out in the head."""

import numpy as np
import pytest

from measures import attribution, benchmark, drawdowns, ratios, returns, value_at_risk
from measures.moments import moments_of
from measures.panels import windows_of_one
from measures.returns import Periods
from measures.window_risk import window_columns

JANUARY = np.arange(1, 11)


def test_two_drawdowns_of_which_one_recovers():
    """100 on the 1st and 2nd, 80 on the 4th, back at 100 on the 6th; 120 on the 7th, 90 on the last day."""
    path = np.array([100, 100, 90, 80, 95, 100, 120, 110, 95, 90.0])

    found = drawdowns.episodes(path, JANUARY)

    assert found.peak_day.tolist() == [2, 7]
    assert found.trough_day.tolist() == [4, 10]
    assert found.recovery_day.tolist() == [6, 10]
    assert found.has_recovered.tolist() == [True, False]
    assert found.days.tolist() == [4, 3]
    assert found.depth.tolist() == pytest.approx([-0.2, -0.25], rel=1e-15)


def test_a_path_without_a_fall_or_without_a_day_has_no_episode():
    assert len(drawdowns.episodes(np.arange(1.0, 11), JANUARY).depth) == 0
    assert len(drawdowns.episodes(np.zeros(0), np.zeros(0, np.int64)).depth) == 0


def test_a_loss_on_the_first_day_is_a_drawdown_from_1():
    deepest, current = drawdowns.max_and_current_drawdown([-0.5, 0.2, np.nan])

    assert (deepest.values[0], current.values[0]) == pytest.approx((-0.5, -0.4), rel=1e-15)


def test_modified_dietz_weighs_a_flow_by_the_days_after_it():
    """1000 at the start, 500 paid in on day 25 of 100, 200 out on day 75; 1450 at the end: 150 on 1000 + 375 - 50."""
    period = Periods(
        *(np.array([number]) for number in (0, 100, 1000.0, 1450.0)),
        flow_row=np.array([0, 0]),
        flow_day=np.array([25, 75]),
        flow_amount=np.array([500.0, -200.0]),
    )

    assert returns.modified_dietz(period).values[0] == pytest.approx(150 / 1325, rel=1e-15)


def test_an_undefined_day_breaks_no_chain():
    assert returns.cumulative([0.1, np.nan, 0.1]).values[0] == pytest.approx(0.21, rel=1e-14)


@pytest.mark.parametrize(
    "daily", [[0.1, -1.0, 0.5], [0.1, -1.5, -3.0], [0.1, -1.5, np.nan, 0.5]], ids=["all", "more", "more, then a gain"]
)
def test_whoever_lost_everything_or_more_has_lost_everything(daily):
    """Given factors 1.1, -0.5 and -2, then all is lost on the second day: the third makes no +10 % of it."""
    total = returns.cumulative(daily)
    deepest, current = drawdowns.max_and_current_drawdown(daily)

    assert total.values[0] == -1
    assert returns.annualised(total, np.array([400])).values[0] == -1
    assert drawdowns.wealth(daily)[0].tolist() == [1.1] + [0.0] * (len(daily) - 1)
    assert (deepest.values[0], current.values[0]) == (-1, -1)


def test_contributions_link_to_the_same_total_loss():
    """Given 100 of capital and -150, then 100 and -300: two losses of more than everything are no gain."""
    assert attribution.contribution(np.array([[-150.0], [-300.0]]), np.array([100.0, 100.0])).total == -1


def test_the_worst_one_and_a_half_of_thirty_days():
    """Five per cent of 30 days are the worst day whole and half of the next: (10 + 8 / 2) / 1.5 per cent."""
    month = [-0.10, -0.08, *[0.01] * 28]

    tail = value_at_risk.historical(value_at_risk.ordered(month), 0.95)

    assert tail.expected_shortfall.values[0] == pytest.approx(0.14 / 1.5, rel=1e-12)
    assert tail.value_at_risk.values[0] == pytest.approx(0.55 * 0.08 - 0.45 * 0.01, rel=1e-12)


def test_a_fund_with_half_the_move_captures_half():
    market = np.array([0.02, -0.01] * 10)

    pairs = benchmark.pairs_of(market / 2, market)

    assert benchmark.up_capture(pairs).values[0] == pytest.approx(0.5, rel=1e-14)
    assert benchmark.down_capture(pairs).values[0] == pytest.approx(0.5, rel=1e-14)
    assert benchmark.beta(pairs).values[0] == pytest.approx(0.5, rel=1e-14)


def test_alpha_takes_the_rate_of_the_days_in_common():
    """Given 10 days without a rate and without a benchmark, then 20 at 0.04 %: 0.01 % a day remain."""
    above = np.array([0.01, -0.008] * 10)
    own, market = np.append(np.full(10, 0.02), 0.0005 + above / 2), np.append(np.full(10, np.nan), 0.0004 + above)
    rate = np.append(np.zeros(10), np.full(20, 0.0004))

    whole, in_common = (
        window_columns(windows_of_one(own, days), windows_of_one(market, days), risk_free=windows_of_one(rate, days))
        for days in (30, 20)
    )

    assert whole["alpha"].values[-1] == pytest.approx(1.0001**252 - 1)
    for name in ("alpha", "beta", "tracking_error", "information_ratio"):
        assert whole[name].values[-1] == pytest.approx(in_common[name].values[-1])


def test_days_without_a_move_are_neither_hit_nor_miss():
    assert ratios.hit_rate(moments_of([0.01, 0.0, 0.0, -0.01, 0.02, np.nan])).values[0] == pytest.approx(2 / 3)


def test_windows_end_at_each_day_and_begin_with_the_series():
    panel = windows_of_one(np.array([0.1, 0.2, 0.3, 0.4]), 3).panel(slice(None))

    none = np.nan
    np.testing.assert_array_equal(panel, [[none, none, 0.1], [none, 0.1, 0.2], [0.1, 0.2, 0.3], [0.2, 0.3, 0.4]])
