"""One simulated year with every habit, lived once for all tests of the room."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest

from generators.clients import synthetic_clients
from generators.simulation import Scenario, simulate
from generators.universe import default_universe

FIRST_DAY = date(2024, 1, 2)
LAST_DAY = date(2024, 12, 31)


@pytest.fixture(scope="session")
def scenario() -> Scenario:
    """Twelve accounts, three of each habit, in the default universe."""
    return Scenario(default_universe(), synthetic_clients(12, seed=5), FIRST_DAY, seed=5)


@pytest.fixture(scope="session")
def year(scenario: Scenario) -> dict[str, pa.Table]:
    """Every event of that scenario's first year, by stream."""
    return simulate(scenario, FIRST_DAY, LAST_DAY)


@pytest.fixture(scope="session")
def trades(year: dict[str, pa.Table]) -> pa.Table:
    """The trades of the year."""
    return year["trades"]
