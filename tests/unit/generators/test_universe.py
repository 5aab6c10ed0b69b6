"""Who is traded."""

from __future__ import annotations

import re
from datetime import date, datetime, time

import numpy as np
import pytest

from eventlog.events import SYMBOL_PATTERN
from generators.universe import default_universe, symbol_events, synthetic_universe


def test_the_default_universe_is_the_ten_of_the_demo() -> None:
    """The README and the demo name them."""
    expected = ("AAPL", "GOOGL", "MSFT", "AMZN", "TSLA", "META", "JPM", "V", "WMT", "JNJ")

    assert expected == default_universe().symbols


@pytest.mark.parametrize("count", [1, 3_000])
def test_synthetic_symbols_are_valid_and_distinct(count: int) -> None:
    """Any number of them."""
    universe = synthetic_universe(count, seed=1)

    assert count == len(set(universe.symbols))
    assert all(re.fullmatch(SYMBOL_PATTERN, symbol) for symbol in universe.symbols)
    assert np.all(universe.start_price_cents > 0)


def test_the_same_seed_invents_the_same_universe_and_another_seed_another() -> None:
    """Names come from Faker, which must not use its global chance."""
    first, again, other = (symbol_events(synthetic_universe(50, seed), date(2024, 1, 2)) for seed in (1, 1, 2))

    assert first.equals(again)
    assert not first.equals(other)


def test_a_symbol_event_says_who_the_instrument_is() -> None:
    """The seventh of the ten."""
    event = symbol_events(default_universe(), date(2024, 1, 2)).to_pylist()[6]

    expected = {
        "event_id": "JPM-20240102-S",
        "occurred_at": datetime.combine(date(2024, 1, 2), time(0)),
        "symbol": "JPM",
        "name": "JPMorgan Chase & Co.",
        "sector": "Financials",
        "currency": "USD",
        "asset_class": "EQUITY",
    }
    assert expected == event
