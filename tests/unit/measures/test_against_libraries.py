"""Each measure against another implementation of it, on the same returns."""

import numpy as np
import pytest
from scipy import integrate, optimize, stats

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.backtest import backtest
from measures.holdings import (
    historical_simulation,
    holdings_of,
    monte_carlo_simulation,
    normal_components,
    normal_simulation,
    simulation,
)
from measures.moments import moments_of
from measures.money_weighted import xirr
from measures.returns import Periods

CHANCE = np.random.default_rng(20_240_102)
OWN = 0.0004 + 0.012 * CHANCE.standard_t(4, 500)
MARKET = 0.6 * OWN + 0.007 * CHANCE.standard_normal(500)
SMALL = 1e-9


def value(column):
    return column.values[0]


def test_ratios_and_empyrical():
    import empyrical  # noqa: PLC0415 - a second to import, and only here

    moments = moments_of(OWN)
    free, changing = ratios.daily_rate(0.02), np.linspace(0, 2e-4, len(OWN))
    ours = [
        value(ratios.sharpe(moments_of(ratios.excess(OWN, changing)))),
        value(ratios.volatility(moments)),
        value(ratios.downside_deviation(moments)),
        value(ratios.downside_deviation(moments_of(OWN, free))),
        value(ratios.sharpe(moments, free)),
        value(ratios.sortino(moments)),
        value(ratios.sortino(moments_of(OWN, free), free)),
        value(ratios.omega(moments)),
        value(ratios.omega(moments_of(OWN, free))),
        value(drawdowns.max_and_current_drawdown(OWN)[0]),
        value(returns.cumulative(OWN)),
        value(returns.stability(OWN)),
        value(value_at_risk.tail_ratio(value_at_risk.ordered(OWN))),
    ]

    theirs = [
        empyrical.sharpe_ratio(OWN, risk_free=changing),
        empyrical.annual_volatility(OWN),
        empyrical.downside_risk(OWN),
        empyrical.downside_risk(OWN, required_return=free),
        empyrical.sharpe_ratio(OWN, risk_free=free),
        empyrical.sortino_ratio(OWN),
        empyrical.sortino_ratio(OWN, required_return=free),
        empyrical.omega_ratio(OWN),
        empyrical.omega_ratio(OWN, required_return=0.02),
        empyrical.max_drawdown(OWN),
        empyrical.cum_returns_final(OWN),
        empyrical.stability_of_timeseries(OWN),
        empyrical.tail_ratio(OWN),
    ]
    np.testing.assert_allclose(ours, theirs, rtol=SMALL)


def test_measures_against_a_benchmark_and_empyrical():
    import empyrical  # noqa: PLC0415 - a second to import, and only here

    pairs = benchmark.pairs_of(OWN, MARKET)
    ours = [
        value(benchmark.beta(pairs)),
        value(benchmark.alpha(pairs, 0.0001)),
        value(benchmark.tracking_error(pairs)),
        value(benchmark.information_ratio(pairs, periods=1)),
        value(benchmark.up_capture(pairs, compounded_days=252)),
        value(benchmark.down_capture(pairs, compounded_days=252)),
    ]

    theirs = [
        empyrical.beta(OWN, MARKET),
        empyrical.alpha(OWN, MARKET, risk_free=0.0001),
        np.std(OWN - MARKET, ddof=1) * np.sqrt(252),
        empyrical.excess_sharpe(OWN, MARKET),
        *(_empyrical_capture(empyrical, days) for days in (MARKET > 0, MARKET < 0)),
    ]
    np.testing.assert_allclose(ours, theirs, rtol=SMALL)


def _empyrical_capture(empyrical, days):
    return empyrical.annual_return(OWN[days]) / empyrical.annual_return(MARKET[days])


def test_shape_and_scipy():
    moments = moments_of(OWN)

    assert value(ratios.skew(moments)) == pytest.approx(stats.skew(OWN), rel=SMALL)
    assert value(ratios.kurtosis(moments)) == pytest.approx(stats.kurtosis(OWN), rel=SMALL)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
@pytest.mark.parametrize("count", [10, 101, 252, 500])
def test_historical_tail_and_skfolio(count, confidence):
    """skfolio's ES has the fractional tail of Rockafellar and Uryasev; numpy's quantile is type 7."""
    from skfolio.measures import cvar  # noqa: PLC0415 - seconds to import, and only here

    tail = value_at_risk.historical(value_at_risk.ordered(OWN[:count]), confidence)

    assert value(tail.value_at_risk) == pytest.approx(-np.quantile(OWN[:count], 1 - confidence), rel=SMALL)
    assert value(tail.expected_shortfall) == pytest.approx(cvar(OWN[:count], beta=confidence), rel=SMALL)


@pytest.mark.parametrize("confidence", [0.95, 0.99])
def test_shortfall_is_the_mean_of_the_quantiles_beyond(confidence):
    """Normal and Cornish-Fisher in closed form, against the integral of their quantile functions."""
    moments, share = moments_of(OWN[:252] * 0.5 + MARKET[:252]), 1 - confidence
    s, k = value(ratios.skew(moments)), value(ratios.kurtosis(moments))

    def bent(z):
        return z + (z**2 - 1) * s / 6 + (z**3 - 3 * z) * k / 24 - (2 * z**3 - 5 * z) * s**2 / 36

    for method, shape in ((value_at_risk.normal, lambda z: z), (value_at_risk.cornish_fisher, bent)):
        tail = method(moments, confidence)
        beyond = integrate.quad(lambda z, f=shape: f(z) * stats.norm.pdf(z), -np.inf, stats.norm.ppf(share))[0] / share
        at = shape(stats.norm.ppf(share))
        mean, deviation = moments.mean[0], moments.deviation[0]
        assert value(tail.value_at_risk) == pytest.approx(-(mean + at * deviation), rel=SMALL)
        assert value(tail.expected_shortfall) == pytest.approx(-(mean + beyond * deviation), rel=1e-7)


def test_cornish_fisher_is_doubtful_where_its_quantiles_fall():
    points = np.linspace(-40, 40, 40_001)
    shapes = [(s, k) for s in np.linspace(-3, 3, 13) for k in np.linspace(-1, 12, 14)]

    def falls(s, k):
        bent = points + (points**2 - 1) * s / 6 + (points**3 - 3 * points) * k / 24
        return bool((np.diff(bent - (2 * points**3 - 5 * points) * s**2 / 36) < -1e-12).any())

    s, k = np.array(shapes).T
    ours = ~value_at_risk._rises_everywhere(s, k)

    assert ours.tolist() == [falls(*shape) for shape in shapes]


def test_ewma_goes_from_day_to_day():
    variance = np.mean(OWN[:30] ** 2)
    for one in OWN[30:252]:
        variance = 0.94 * variance + 0.06 * one**2
    with_gaps = np.insert(OWN[:252], [0, 0, 40, 200], np.nan)

    assert value(value_at_risk.ewma_deviation(OWN[:252])) == pytest.approx(np.sqrt(variance), rel=SMALL)
    assert value(value_at_risk.ewma_deviation(with_gaps)) == pytest.approx(np.sqrt(variance), rel=SMALL)


def test_monte_carlo_draws_what_it_says():
    tail = value_at_risk.monte_carlo(moments_of(OWN), 0.99, seed=7, draws=20_000)
    drawn = np.random.Generator(np.random.Philox(7)).standard_normal(20_000) * OWN.std(ddof=1) + OWN.mean()

    assert (tail.seed, tail.draws) == (7, 20_000)
    assert value(tail.value_at_risk) == pytest.approx(-np.quantile(drawn, 0.01), rel=SMALL)
    assert value(tail.expected_shortfall) == pytest.approx(-np.sort(drawn)[:200].mean(), rel=SMALL)
    assert value(tail.value_at_risk) == pytest.approx(
        value(value_at_risk.normal(moments_of(OWN), 0.99).value_at_risk), 0.05
    )


def test_holdings_and_products_of_matrices():
    scenarios = (
        0.01
        * np.random.default_rng(3).standard_normal((300, 4))
        @ np.array([[1, 0.5, 0, 0], [0, 1, 0, 0], [0, 0.3, 1, 1], [0, 0, 0, 1e-3]])
    )
    weights = np.array([[0.5, 0.3, 0.2, 0.0], [1.2, -0.7, 0.0, 0.4]])
    past, covariance = weights @ scenarios.T, np.cov(scenarios, rowvar=False)
    deviation = np.sqrt(np.einsum("ij,jk,ik->i", weights, covariance, weights))
    z = stats.norm.ppf(0.05)

    holdings = holdings_of(weights, scenarios.T)
    found = historical_simulation(simulation(holdings), 0.95)
    bell = normal_simulation(simulation(holdings), 0.95)
    parts = normal_components(simulation(holdings), 0.95)
    drawn = monte_carlo_simulation(holdings, 0.95, seed=1)

    np.testing.assert_allclose(found.value_at_risk.values, -np.quantile(past, 0.05, axis=1), rtol=SMALL)
    np.testing.assert_allclose(parts.total.values, -(past.mean(axis=1) + z * deviation), rtol=SMALL)
    np.testing.assert_allclose(bell.value_at_risk.values, parts.total.values, rtol=SMALL)
    marginal = -(scenarios.mean(axis=0) + z * (weights @ covariance) / deviation[:, None])
    np.testing.assert_allclose(parts.marginal, marginal.ravel(), rtol=SMALL)
    np.testing.assert_allclose(drawn.value_at_risk.values, parts.total.values, rtol=0.05)


@pytest.mark.parametrize("exceptions", [0, 1, 7, 25, 250])
def test_kupiec_and_binomial_likelihoods(exceptions):
    row = np.where(np.arange(250) < exceptions, -0.02, 0.01)

    result = backtest(row, np.full(250, 0.015), 0.95)

    log_of = stats.binom.logpmf
    statistic = -2 * (log_of(exceptions, 250, 0.05) - log_of(exceptions, 250, exceptions / 250))
    assert result.exceptions[0] == exceptions
    assert value(result.kupiec.statistic) == pytest.approx(statistic, rel=1e-7)
    assert value(result.kupiec.p_value) == pytest.approx(stats.chi2.sf(statistic, 1), rel=1e-7)


def test_independence_and_the_test_of_a_table():
    """The likelihood ratio of a 2 x 2 table of today by yesterday is scipy's log-likelihood (G) test of it."""
    is_hit = np.random.default_rng(5).random(400) < 0.1
    is_hit[100:106] = True

    has_forecast = np.arange(400) % 9 > 0

    result = backtest(np.where(is_hit, -0.02, 0.01), np.where(has_forecast, 0.015, np.nan), 0.95)

    both = has_forecast[:-1] & has_forecast[1:]
    table = [[np.sum(both & (is_hit[:-1] == was) & (is_hit[1:] == then)) for then in (0, 1)] for was in (0, 1)]
    theirs = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert value(result.independence.statistic) == pytest.approx(theirs.statistic, rel=SMALL)
    assert value(result.independence.p_value) == pytest.approx(theirs.pvalue, rel=SMALL)
    together = value(result.kupiec.statistic) + theirs.statistic
    assert result.days[0] == has_forecast.sum()
    assert value(result.conditional_coverage.p_value) == pytest.approx(stats.chi2.sf(together, 2), rel=SMALL)


def test_money_weighted_returns_and_pyxirr():
    import pyxirr  # noqa: PLC0415 - only here

    chance = np.random.default_rng(11)
    rows, per_row = 200, 12
    start, length = chance.integers(0, 3_000, rows), chance.integers(30, 4_000, rows)
    flow_row = np.repeat(np.arange(rows), per_row)
    flow_day = start[flow_row] + 1 + (chance.random(rows * per_row) * (length[flow_row] - 1)).astype(np.int64)
    amounts = np.round(chance.normal(500, 600, rows * per_row), 2)
    periods = Periods(
        start, start + length, chance.uniform(1_000, 5_000, rows), chance.uniform(2_000, 20_000, rows),
        flow_row, flow_day, amounts,
    )  # fmt: skip

    ours = xirr(periods)

    for row in np.flatnonzero(~ours.is_ambiguous):
        mine = flow_row == row
        days = [start[row], *flow_day[mine], start[row] + length[row]]
        flows = [-periods.start_value[row], *-amounts[mine], periods.end_value[row]]
        dates = np.array(days, "datetime64[D]")
        assert ours.rate.values[row] == pytest.approx(pyxirr.xirr(dates, flows), rel=1e-7, abs=1e-9)
    assert (ours.rate.reasons == "").all()


def test_the_shortfall_is_the_best_of_all_thresholds():
    """Rockafellar and Uryasev: ES is the least value of c + mean(max(loss - c, 0)) / p."""
    tail = value_at_risk.historical(value_at_risk.ordered(OWN), 0.99)

    least = optimize.minimize_scalar(
        lambda c: c + np.maximum(-OWN - c, 0).mean() / 0.01, bounds=(0, 0.2), method="bounded", options={"xatol": 1e-12}
    )
    assert value(tail.expected_shortfall) == pytest.approx(least.fun, rel=1e-6)
