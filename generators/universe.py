"""The instruments of the simulated market and what moves them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import numpy as np
import pyarrow as pa
from faker import Faker

from eventlog.events import SYMBOLS
from generators.chance import chance
from generators.columns import Integers, Reals, date_stamp, identifiers, moments, same_text, source_table

_SECTORS: Final = (
    "Communication Services",
    "Consumer Discretionary",
    "Consumer Staples",
    "Energy",
    "Financials",
    "Health Care",
    "Industrials",
    "Information Technology",
    "Materials",
    "Real Estate",
    "Utilities",
)
"""The sectors of the Global Industry Classification Standard."""

# symbol, name, sector, close of 2023-12-29 in cents, beta, sector loading, idiosyncratic volatility, dividend yield
_WELL_KNOWN: Final = (
    ("AAPL", "Apple Inc.", "Information Technology", 19253, 1.10, 1.00, 0.17, 0.005),
    ("GOOGL", "Alphabet Inc.", "Communication Services", 13969, 1.05, 1.00, 0.19, 0.005),
    ("MSFT", "Microsoft Corporation", "Information Technology", 37604, 1.00, 1.00, 0.15, 0.008),
    ("AMZN", "Amazon.com, Inc.", "Consumer Discretionary", 15194, 1.20, 1.00, 0.21, 0.000),
    ("TSLA", "Tesla, Inc.", "Consumer Discretionary", 24848, 1.70, 1.30, 0.45, 0.000),
    ("META", "Meta Platforms, Inc.", "Communication Services", 35396, 1.25, 1.10, 0.27, 0.005),
    ("JPM", "JPMorgan Chase & Co.", "Financials", 17010, 1.05, 1.00, 0.15, 0.024),
    ("V", "Visa Inc.", "Financials", 26035, 0.95, 0.80, 0.13, 0.008),
    ("WMT", "Walmart Inc.", "Consumer Staples", 15765, 0.60, 1.00, 0.14, 0.014),
    ("JNJ", "Johnson & Johnson", "Health Care", 15674, 0.55, 1.00, 0.12, 0.030),
)
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_SYMBOL_LENGTH_LEAST: Final = 4


@dataclass(frozen=True, slots=True, eq=False)
class Universe:
    """Instruments, one per position in every field; all of them in one currency.

    ``sector_index`` points into ``sectors``. Volatilities and yields are annual fractions (0.2 means 20 %).
    """

    symbols: tuple[str, ...]
    names: tuple[str, ...]
    sectors: tuple[str, ...]
    sector_index: Integers
    currency: str
    start_price_cents: Integers
    beta: Reals
    sector_loading: Reals
    idiosyncratic_volatility: Reals
    dividend_yield: Reals

    def __len__(self) -> int:
        """Return the number of instruments."""
        return len(self.symbols)


def default_universe() -> Universe:
    """Return ten well-known US shares at their closes of 2023-12-29; loadings and volatilities are round guesses."""
    symbols, names, sectors, prices_cents, betas, loadings, volatilities, yields = zip(*_WELL_KNOWN, strict=True)
    return Universe(
        symbols=symbols,
        names=names,
        sectors=_SECTORS,
        sector_index=np.array([_SECTORS.index(sector) for sector in sectors], dtype=np.int64),
        currency="USD",
        start_price_cents=np.array(prices_cents, dtype=np.int64),
        beta=np.array(betas),
        sector_loading=np.array(loadings),
        idiosyncratic_volatility=np.array(volatilities),
        dividend_yield=np.array(yields),
    )


def synthetic_universe(count: int, seed: int) -> Universe:
    """Return ``count`` invented shares: symbols AAAA, AAAB, ... with drawn names, sectors and loadings."""
    generator = chance(seed, "universe")
    faker = Faker("en_US")
    faker.seed_instance(seed)
    return Universe(
        symbols=_letter_symbols(count),
        names=tuple(faker.company() for _ in range(count)),
        sectors=_SECTORS,
        sector_index=generator.integers(len(_SECTORS), size=count),
        currency="USD",
        start_price_cents=np.rint(100 * generator.lognormal(np.log(80), 0.7, count)).astype(np.int64) + 100,
        beta=generator.uniform(0.5, 1.6, count),
        sector_loading=generator.uniform(0.7, 1.3, count),
        idiosyncratic_volatility=generator.uniform(0.12, 0.35, count),
        dividend_yield=np.maximum(0.0, generator.uniform(-0.01, 0.04, count)),
    )


def symbol_events(universe: Universe, day: date) -> pa.Table:
    """Return the reference event of every instrument, at the start of ``day`` (stream ``symbols``)."""
    row_count = len(universe)
    symbol = pa.array(universe.symbols)
    return source_table(
        SYMBOLS,
        {
            "event_id": identifiers(symbol, date_stamp(day), "S"),
            "occurred_at": moments(day, np.zeros(row_count, dtype=np.int64)),
            "symbol": symbol,
            "name": pa.array(universe.names),
            "sector": pa.array([universe.sectors[index] for index in universe.sector_index]),
            "currency": same_text(universe.currency, row_count),
            "asset_class": same_text("EQUITY", row_count),
        },
    )


def _letter_symbols(count: int) -> tuple[str, ...]:
    """Return the first ``count`` numbers written in letters, all of one length."""
    length = _SYMBOL_LENGTH_LEAST
    while len(_LETTERS) ** length < count:
        length += 1
    places = [len(_LETTERS) ** place for place in reversed(range(length))]
    return tuple("".join(_LETTERS[number // place % len(_LETTERS)] for place in places) for number in range(count))
