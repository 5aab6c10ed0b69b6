"""Laws of the measures: what scaling, shifting, adding up and cutting into windows may and may not change."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.attribution import brinson_fachler, contribution
from measures.exposure import exposure, market_shocks, sector_shocks, stressed
from measures.holdings import historical_components, holdings_of, normal_components, simulation
from measures.moments import moments_of, sums_of
from measures.panels import windows, windows_of_one
from measures.window_risk import moment_columns, pair_columns, window_columns, window_tails

DAILY = st.floats(-0.2, 0.2).map(lambda number: round(number, 6))
GAPS = st.one_of(DAILY, st.just(np.nan))
SERIES = arrays(np.float64, st.integers(25, 60), elements=GAPS)
CHANCE = st.integers(0, 2**32).map(np.random.default_rng)
FEW = settings(max_examples=50, deadline=None)
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


def assert_same(expected, found, **tolerance):
    """Values within the tolerance, reasons the same."""
    np.testing.assert_array_equal(expected.reasons, found.reasons)
    np.testing.assert_allclose(expected.values, found.values, **(tolerance or CLOSE))


def random_returns(chance, *shape):
    return 0.0005 + 0.01 * chance.standard_normal(shape)


@FEW
@given(CHANCE)
def test_running_sums_and_windows_give_the_same(chance):
    own, market = random_returns(chance, 3, 300), random_returns(chance, 3, 300)
    own[chance.random(own.shape) < 0.05] = np.nan
    early, late = slice(0, 120), slice(120, None)

    sums = sums_of(own[:, early]) + sums_of(own[:, late])
    pair_sums = benchmark.pair_sums_of(own[:, early], market[:, early])
    pair_sums += benchmark.pair_sums_of(own[:, late], market[:, late])

    from_panel = moment_columns(moments_of(own)) | pair_columns(benchmark.pairs_of(own, market))
    from_sums = moment_columns(sums.moments()) | pair_columns(pair_sums.pairs())
    for name, column in from_panel.items():
        assert_same(column, from_sums[name], rtol=1e-9, atol=1e-10)


@FEW
@given(CHANCE)
def test_a_constant_series_has_no_variation_in_sums_either(chance):
    constant = np.full((1, int(chance.integers(2, 3_000))), chance.uniform(-0.1, 0.1))

    assert ratios.sharpe(sums_of(constant).moments()).reasons[0] == "no_variation"
    assert ratios.volatility(sums_of(constant).moments()).values[0] == 0


@FEW
@given(SERIES, SERIES)
def test_a_row_of_a_panel_is_the_series_alone(first, second):
    """Whatever stands in the other rows, whichever rows are measured together: the same bits."""
    own, starts = np.concatenate([first, second]), np.repeat([0, len(first)], [len(first), len(second)])
    market, last = own[::-1].copy(), np.arange(len(own))
    ends = windows(own, starts, last, 40)
    together, tails = window_columns(ends, windows(market, starts, last, 40)), window_tails(ends)

    for row in (len(first) - 1, len(own) - 1):
        one, other = (windows(series, starts[[row]], last[[row]], 40) for series in (own, market))
        for name, column in window_columns(one, other).items():
            assert column.reasons[0] == together[name].reasons[row]
            np.testing.assert_array_equal(column.values[0], together[name].values[row])
        for alone, tail in zip(window_tails(one), tails, strict=True):
            np.testing.assert_array_equal(alone.value_at_risk.values[0], tail.value_at_risk.values[row])
            np.testing.assert_array_equal(alone.expected_shortfall.values[0], tail.expected_shortfall.values[row])

    for name, column in window_columns(windows_of_one(second, 40)).items():
        assert_same(column, type(column)(*(part[len(first) :] for part in _parts(together[name]))))


def _parts(column):
    return column.values, column.reasons


@FEW
@given(CHANCE, st.floats(0.1, 5))
def test_scaling_returns_scales_risk_and_leaves_ratios(chance, scale):
    own, market = random_returns(chance, 2, 252), random_returns(chance, 2, 252)
    before, after = (moment_columns(moments_of(panel)) for panel in (own, scale * own))

    for name in ("sharpe", "sortino", "omega", "skew", "kurtosis", "hit_rate"):
        assert_same(before[name], after[name])
    for name in ("volatility", "downside_deviation", "best", "worst"):
        np.testing.assert_allclose(scale * before[name].values, after[name].values, **CLOSE)
    slope, scaled = (benchmark.beta(benchmark.pairs_of(panel, market)) for panel in (own, scale * own))
    np.testing.assert_allclose(scale * slope.values, scaled.values, **CLOSE)
    for expected, found in zip(tails(own), tails(scale * own), strict=True):
        np.testing.assert_allclose(scale * expected, found, **CLOSE)


@FEW
@given(CHANCE, st.floats(-0.05, 0.05))
def test_a_sure_gain_lowers_value_at_risk_by_itself_and_leaves_volatility(chance, gain):
    own = random_returns(chance, 2, 252)

    assert_same(ratios.volatility(moments_of(own)), ratios.volatility(moments_of(own + gain)))
    for expected, found in zip(tails(own), tails(own + gain), strict=True):
        np.testing.assert_allclose(expected - gain, found, rtol=1e-8, atol=1e-11)


def tails(panel):
    """VaR and ES of the methods that know the mean."""
    rows, moments = value_at_risk.ordered(panel), moments_of(panel)
    found = [value_at_risk.historical(rows, confidence) for confidence in (0.95, 0.99)]
    found += [method(moments, 0.95) for method in (value_at_risk.normal, value_at_risk.cornish_fisher)]
    found.append(value_at_risk.monte_carlo(moments, 0.99, seed=3, draws=1_000))
    return [part.values for tail in found for part in (tail.value_at_risk, tail.expected_shortfall)]


@FEW
@given(SERIES)
def test_a_rarer_loss_is_larger_and_its_mean_larger_still(series):
    rows = value_at_risk.ordered(series)
    often, rarely = (value_at_risk.historical(rows, confidence) for confidence in (0.95, 0.99))
    if often.value_at_risk.reasons[0]:
        return

    assert often.value_at_risk.values[0] <= rarely.value_at_risk.values[0] + 1e-15
    assert often.expected_shortfall.values[0] <= rarely.expected_shortfall.values[0] + 1e-15
    assert rarely.expected_shortfall.values[0] <= -np.nanmin(series) + 1e-15


@FEW
@given(SERIES)
@example(np.array([-0.1, 0.05]))  # the deepest begins before the first return
def test_drawdown_is_that_of_its_deepest_episode(series):
    path = np.append(1.0, drawdowns.wealth(series)[0])
    deepest = drawdowns.max_and_current_drawdown(series)[0]
    found = drawdowns.episodes(path, np.arange(len(path)))
    if deepest.reasons[0]:
        return

    assert deepest.values[0] == pytest.approx(found.depth.min(initial=0.0), rel=1e-12)
    assert (path[found.trough_day] < path[found.peak_day]).all()
    assert (path[found.recovery_day] >= path[found.peak_day])[found.has_recovered].all()
    assert (found.peak_day < found.trough_day).all()
    assert (found.trough_day <= found.recovery_day).all()
    assert (found.recovery_day[:-1] <= found.peak_day[1:]).all()
    assert found.has_recovered[:-1].all()


@FEW
@given(CHANCE)
def test_components_sum_to_the_value_at_risk(chance):
    scenarios = random_returns(chance, 60, 5) * chance.uniform(0.1, 3, 5)
    scenarios[chance.random(scenarios.shape) < 0.02] = np.nan
    weights = np.where(chance.random((4, 5)) < 0.3, 0.0, chance.normal(0.2, 0.5, (4, 5)))

    past = simulation(holdings_of(weights, scenarios.T))

    for parts in (normal_components(past, 0.99), historical_components(past, 0.95)):
        marginal, component = parts.marginal.reshape(weights.shape), parts.component.reshape(weights.shape)
        np.testing.assert_allclose(component.sum(axis=1), parts.total.values, rtol=0, atol=1e-9)
        is_held = weights != 0
        np.testing.assert_allclose((weights * marginal)[is_held], component[is_held], **CLOSE)


@FEW
@given(CHANCE)
def test_marginal_value_at_risk_is_what_a_little_more_would_add(chance):
    scenarios, weights = random_returns(chance, 200, 3), chance.uniform(0.1, 0.5, (1, 3))
    more = weights + np.array([[1e-6, 0, 0]])

    parts, moved = (normal_components(simulation(holdings_of(held, scenarios.T)), 0.95) for held in (weights, more))

    assert (moved.total.values - parts.total.values)[0] / 1e-6 == pytest.approx(parts.marginal[0], rel=1e-3, abs=1e-6)


@FEW
@given(CHANCE)
def test_contributions_sum_to_the_return(chance):
    profit, capital = 50 * chance.standard_normal((40, 6)), chance.uniform(2_000, 5_000, 40)
    capital[chance.random(40) < 0.1] = 0.0
    daily = np.where(capital > 0, profit.sum(axis=1) / np.where(capital > 0, capital, 1), np.nan)

    parts = contribution(profit, capital)

    assert abs(parts.linked.values.sum() - returns.cumulative(daily).values[0]) < 1e-12
    assert parts.total == pytest.approx(returns.cumulative(daily).values[0], abs=1e-12)


@FEW
@given(CHANCE)
def test_effects_sum_to_the_active_return(chance):
    own, market = (chance.dirichlet(np.ones(4), 30) for _ in range(2))
    own[:10, 0], own[:10, 1] = 0.0, own[:10, 0] + own[:10, 1]
    market[5:15, 2], market[5:15, 3] = 0.0, market[5:15, 2] + market[5:15, 3]
    returned, benchmarked = random_returns(chance, 30, 4), random_returns(chance, 30, 4)
    returned[:10, 0], benchmarked[5:15, 2] = np.nan, np.nan
    traded, market_traded = (0.1 * random_returns(chance, 30, 4) for _ in range(2))
    total = np.nansum(own * returned, axis=1) + traded.sum(axis=1)
    market_total = np.nansum(market * benchmarked, axis=1)
    active = np.prod(1 + total) - np.prod(1 + market_total + market_traded.sum(axis=1))

    effects = brinson_fachler(own, market, returned, benchmarked, traded, market_traded)

    parts = (effects.allocation, effects.selection, effects.interaction, effects.trading)
    together = sum(part.values.sum() for part in parts)
    assert abs(together - active) < 1e-12
    assert abs(effects.active - active) < 1e-12


def test_brinson_and_fachler_by_hand():
    """One day, two sectors: 60/40 against 50/50, returns 10 and 2 % against 8 and 3 %; benchmark 5.5 %, own 6.8 %."""
    effects = brinson_fachler(*(np.array([row]) for row in ([0.6, 0.4], [0.5, 0.5], [0.10, 0.02], [0.08, 0.03])))

    np.testing.assert_allclose(effects.allocation.values, [0.1 * 0.025, -0.1 * -0.025], rtol=1e-12)
    np.testing.assert_allclose(effects.selection.values, [0.5 * 0.02, 0.5 * -0.01], rtol=1e-12)
    np.testing.assert_allclose(effects.interaction.values, [0.1 * 0.02, -0.1 * -0.01], rtol=1e-12)
    assert effects.active == pytest.approx(0.013, rel=1e-12)


def test_a_sector_that_one_side_does_not_hold_is_allocation():
    effects = brinson_fachler(*(np.array([row]) for row in ([1.0, 0.0], [0.5, 0.5], [0.04, np.nan], [0.02, 0.01])))

    assert (effects.selection.values[1], effects.interaction.values[1]) == (0, 0)
    assert effects.allocation.values[1] == pytest.approx(-0.5 * (0.01 - 0.015), rel=1e-12)


def test_days_of_a_total_loss_are_not_linked():
    parts = contribution(np.array([[-60.0, -40.0], [1.0, 2.0]]), np.array([100.0, 100.0]))

    assert parts.linked.reasons.tolist() == ["wiped_out"] * 2
    assert parts.daily[0].tolist() == [-0.6, -0.4]


@FEW
@given(CHANCE)
def test_exposures_and_shocks_add_up(chance):
    values, total = chance.normal(0, 1_000, (5, 8)), chance.uniform(500, 5_000, 5)
    found = exposure(values, total)

    np.testing.assert_allclose(found.gross, np.abs(values).sum(axis=1), **CLOSE)
    np.testing.assert_allclose(found.net, values.sum(axis=1), rtol=1e-9, atol=1e-9)
    assert ((found.concentration.values >= 1 / 8) & (found.concentration.values <= 1)).all()
    sector = chance.integers(0, 3, 8)
    by_sector = stressed(values, sector_shocks(sector, np.array([-0.1, 0.0, -0.3])))
    assert by_sector[0].sum() == pytest.approx(-0.1 * values[0, sector == 0].sum() - 0.3 * values[0, sector == 2].sum())
    by_market = stressed(values, market_shocks(np.array([1.5] * 7 + [np.nan]), -0.2))
    np.testing.assert_allclose(by_market[:, [0, 7]], values[:, [0, 7]] * [-0.3, -0.2], **CLOSE)
