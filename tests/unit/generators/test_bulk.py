"""Bulk trades are as valid as the slow ones."""

from __future__ import annotations

import re
from datetime import date, time

import pyarrow as pa
import pyarrow.compute as pc

from eventlog.events import IDENTIFIER_PATTERN, TRADES
from generators.bulk import trades_in_bulk
from generators.columns import source_schema
from generators.market import closes_on
from generators.universe import synthetic_universe

_DAYS = [date(2024, 1, 2), date(2024, 1, 3)]


def _bulk(seed: int) -> list[pa.Table]:
    return list(trades_in_bulk(synthetic_universe(30, seed=1), 1_500, _DAYS, 2_000, seed))


def test_the_same_seed_and_days_make_the_same_trades_and_another_seed_others() -> None:
    """Chance comes from (seed, day) alone."""
    first, again, other = _bulk(1), _bulk(1), _bulk(2)

    assert first == again
    assert not any(table.equals(changed) for table, changed in zip(first, other, strict=True))


def test_bulk_trades_have_the_declared_schema_and_sound_memory() -> None:
    """Their text columns are laid out by hand, so Arrow checks every offset."""
    tables = _bulk(1)

    expected_counts = [2_000, 2_000]
    assert expected_counts == [table.num_rows for table in tables]
    for table in tables:
        assert source_schema(TRADES).equals(table.schema)
        table.validate(full=True)


def test_bulk_identifiers_are_unique_and_made_of_account_day_and_number() -> None:
    """Over both days; the columns agree with each other."""
    table = pa.concat_tables(_bulk(1))
    first = table.to_pylist()[1]

    assert table.num_rows == pc.count_distinct(table["event_id"]).as_py()
    assert f"{first['account_id']}-20240102-T0002" == first["event_id"]
    assert all(re.fullmatch(IDENTIFIER_PATTERN, event_id) for event_id in table["event_id"].to_pylist())
    assert re.fullmatch(r"ACC\d{4}", first["account_id"])


def test_bulk_trades_are_plausible() -> None:
    """Positive, near the close of the simulated market, in market hours, in order of time."""
    universe = synthetic_universe(30, seed=1)
    closes_cents = closes_on(universe, _DAYS, seed=1)
    for closes, table in zip(closes_cents, _bulk(1), strict=True):
        close = dict(zip(universe.symbols, closes.tolist(), strict=True))
        moments = table["occurred_at"].to_pylist()
        assert sorted(moments) == moments
        assert time(14, 30) <= moments[0].time()
        assert moments[-1].time() < time(21)
        assert pc.min(table["quantity"]).as_py() > 0
        for event in table.to_pylist():
            assert abs(float(event["price"]) * 100 / close[event["symbol"]] - 1) < 0.01
