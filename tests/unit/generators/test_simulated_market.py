"""The market looks like a market: the stylised facts of Cont 2001, on one long sample of one seed.

Sixty shares over fifteen years: 3,900 returns each, so the standard error of one autocorrelation is 0.016. Each bound
fails for the simpler market that it excludes, such as normal returns of constant volatility.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray

from generators.business_calendar import business_days
from generators.market import closes_on, price_events
from generators.universe import Universe, default_universe, synthetic_universe

Returns = NDArray[np.float64]


@pytest.fixture(scope="module")
def universe() -> Universe:
    """Sixty shares in eleven sectors."""
    return synthetic_universe(60, seed=3)


@pytest.fixture(scope="module")
def returns(universe: Universe) -> Returns:
    """Log returns, days x shares, of a market that never falls to a price at which cents distort returns."""
    expensive = replace(universe, start_price_cents=universe.start_price_cents * 100)
    return np.diff(np.log(closes_on(expensive, business_days(date(2000, 1, 3), date(2014, 12, 31)), seed=11)), axis=0)


def _autocorrelation(series: Returns) -> Returns:
    centred = series - series.mean(axis=0)
    return (centred[1:] * centred[:-1]).mean(axis=0) / centred.var(axis=0)


def _correlations(universe: Universe, returns: Returns) -> tuple[float, float]:
    """Return the mean correlation of pairs within a sector and of pairs across sectors."""
    correlation = np.corrcoef(returns.T)
    is_pair = np.triu(np.ones_like(correlation, dtype=bool), k=1)
    is_same_sector = universe.sector_index[:, None] == universe.sector_index
    return correlation[is_pair & is_same_sector].mean(), correlation[is_pair & ~is_same_sector].mean()


def test_returns_have_fat_tails(returns: Returns) -> None:
    """Excess kurtosis of a typical share above 1; a normal sample of this size stays below 0.3."""
    standardised = (returns - returns.mean(axis=0)) / returns.std(axis=0)
    excess_kurtosis = (standardised**4).mean(axis=0) - 3

    assert np.median(excess_kurtosis) > 1


def test_volatility_comes_in_clusters_but_returns_do_not_predict_returns(returns: Returns) -> None:
    """Absolute returns remember, signed ones do not."""
    assert np.median(_autocorrelation(np.abs(returns))) > 0.05
    assert abs(np.median(_autocorrelation(returns))) < 0.03


def test_shares_of_one_sector_move_together_more_than_shares_of_two(universe: Universe, returns: Returns) -> None:
    """And all of them move with the market."""
    within, across = _correlations(universe, returns)

    assert within > across + 0.05
    assert across > 0.1


def test_volatilities_and_growth_are_those_of_shares(returns: Returns) -> None:
    """Between 15 and 70 percent a year for every share; growth per year within four standard errors of 7 percent."""
    annual_volatility = returns.std(axis=0) * np.sqrt(252)
    market_growth = returns.mean() * 252

    assert annual_volatility.min() > 0.15
    assert annual_volatility.max() < 0.70
    assert abs(market_growth - 0.07) < 4 * 0.17 / np.sqrt(15)


def test_the_same_seed_and_days_make_the_same_market_and_another_seed_another() -> None:
    """Chance comes from (seed, day) alone."""
    days = business_days(date(2024, 1, 2), date(2024, 3, 28))
    first, again, other = (closes_on(default_universe(), days, seed) for seed in (7, 7, 8))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_cheap_share_never_closes_below_one_cent() -> None:
    """Prices are positive in the log."""
    penny_stocks = replace(default_universe(), start_price_cents=np.full(10, 1, dtype=np.int64))

    closes_cents = closes_on(penny_stocks, business_days(date(2024, 1, 2), date(2026, 12, 31)), seed=1)

    expected_least_cents = 1
    assert expected_least_cents == closes_cents.min()


def test_a_price_event_is_the_close_in_cents_at_nine_in_the_evening() -> None:
    """Two days of the ten shares; the first row of the second day."""
    days = [date(2024, 1, 2), date(2024, 1, 3)]
    closes_cents = np.arange(100, 120, dtype=np.int64).reshape(2, 10)

    events = price_events(default_universe(), days, closes_cents).to_pylist()

    assert {
        "event_id": "AAPL-20240103-P",
        "occurred_at": datetime.combine(days[1], time(21)),
        "symbol": "AAPL",
        "price": Decimal("1.10"),
        "currency": "USD",
        "source": "simulation",
    } == events[10]


def test_the_market_is_closed_on_weekends_and_fixed_holidays() -> None:
    """Christmas week of 2024: the 25th is a Wednesday, the 28th and 29th a weekend."""
    expected = [date(2024, 12, day) for day in (23, 24, 26, 27, 30)]

    assert expected == business_days(date(2024, 12, 23), date(2024, 12, 30))
    assert not business_days(date(2024, 12, 30), date(2024, 12, 23))
