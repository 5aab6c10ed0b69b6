"""A simulated world is a pure function of its scenario, and valid by the declaration of its streams."""

from __future__ import annotations

import re
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from eventlog.events import STREAMS, Field
from generators.columns import source_schema
from generators.market import closes_on
from generators.simulation import Scenario, business_days, default_scenario, simulate

Events = dict[str, pa.Table]
_FIRST, _LAST = date(2024, 1, 2), date(2024, 4, 30)


def _followed_by(first: Events, second: Events) -> Events:
    return {stream: pa.concat_tables([first[stream], second[stream]]) for stream in STREAMS}


def _events_in(events: Events) -> int:
    return sum(table.num_rows for table in events.values())


def _differences(expected: Events, actual: Events) -> list[str]:
    return [stream for stream in STREAMS if not expected[stream].equals(actual[stream])]


@pytest.mark.parametrize("cut", [date(2024, 1, 2), date(2024, 1, 31), date(2024, 2, 1), date(2024, 3, 16)])
def test_an_interval_equals_its_two_parts(cut: date) -> None:
    """Cut after the first day, before and after a month's first business day, and on a Saturday."""
    scenario = default_scenario()
    whole = simulate(scenario, _FIRST, _LAST)
    parts = _followed_by(simulate(scenario, _FIRST, cut), simulate(scenario, cut + timedelta(days=1), _LAST))

    assert not _differences(whole, parts)


def test_the_same_scenario_happens_the_same_way_twice_and_another_seed_differently() -> None:
    """Built anew each time, so that nothing is shared."""
    first, again, other = (simulate(default_scenario(seed), _FIRST, _LAST) for seed in (7, 7, 8))

    assert not _differences(first, again)
    expected = ["trades", "prices", "cash_events", "accounts"]
    assert expected == _differences(first, other)


def test_the_world_does_not_change_from_process_to_process() -> None:
    """Figures of one run of the default scenario, kept: a salted hash, or another use of chance, would move them."""
    scenario = default_scenario()
    days = business_days(_FIRST, date(2024, 1, 31))

    expected_cents = [20008, 14397, 41738, 16118, 25750, 37881, 17005, 26257, 15322, 13819]
    assert expected_cents == closes_on(scenario.universe, days, scenario.seed)[-1].tolist()


def test_a_weekend_is_quiet(scenario: Scenario) -> None:
    """Every stream is there, with its schema and no event."""
    weekend = simulate(scenario, date(2024, 3, 16), date(2024, 3, 17))

    assert list(STREAMS) == list(weekend)
    assert not _events_in(weekend)


def test_nothing_happens_before_the_first_day(scenario: Scenario) -> None:
    """Not even an account."""
    assert not _events_in(simulate(scenario, date(2023, 12, 1), date(2024, 1, 1)))


def test_a_scenario_may_begin_on_a_holiday() -> None:
    """Reference on New Year's Day, the first deposit on the first business day after it."""
    events = simulate(default_scenario(first_day=date(2024, 1, 1)), date(2024, 1, 1), date(2024, 1, 5))

    assert date(2024, 1, 1) == pc.min(events["accounts"]["occurred_at"]).as_py().date()
    assert date(2024, 1, 2) == pc.min(events["cash_events"]["occurred_at"]).as_py().date()


@pytest.mark.parametrize("stream", STREAMS)
def test_the_schema_is_that_of_the_declaration(stream: str, year: Events) -> None:
    """Types, order and nullability, and no column that the log writes itself."""
    assert source_schema(STREAMS[stream]).equals(year[stream].schema)
    year[stream].validate(full=True)


@pytest.mark.parametrize("stream", ["trades", "prices", "cash_events", "accounts", "symbols"])
def test_every_value_keeps_the_bounds_of_its_declaration(stream: str, year: Events) -> None:
    """Missing values, choices, patterns and limits, as the intake will check them."""
    table = year[stream]
    broken = [
        field.name
        for field in STREAMS[stream].fields
        if field.name in table.column_names and not _keeps_bounds(field, table[field.name])
    ]

    assert table.num_rows > 0
    assert not broken


def _keeps_bounds(field: Field, column: pa.ChunkedArray) -> bool:
    values = column.drop_null().to_pylist()
    return (
        (field.is_nullable or column.null_count == 0)
        and (not field.choices or set(values) <= set(field.choices))
        and (field.pattern is None or all(re.fullmatch(field.pattern, value) for value in values))
        and (field.above is None or all(value > field.above for value in values))
        and (field.least is None or all(value >= field.least for value in values))
        and (field.below is None or all(value < field.below for value in values))
    )


@pytest.mark.parametrize("stream", ["trades", "prices", "cash_events", "accounts", "symbols"])
def test_identifiers_are_unique(stream: str, year: Events) -> None:
    """Two events with one id would be a duplicate or a conflict."""
    assert year[stream].num_rows == pc.count_distinct(year[stream]["event_id"]).as_py()


def test_every_symbol_has_one_price_on_every_business_day(scenario: Scenario, year: Events) -> None:
    """The market calendar of the log is the days with a price."""
    day_count = len(business_days(date(2024, 1, 2), date(2024, 12, 31)))
    per_symbol = np.array(year["prices"].group_by("symbol").aggregate([([], "count_all")])["count_all"])

    assert [day_count] * len(scenario.universe) == per_symbol.tolist()


def test_a_trade_identifier_tells_account_day_and_number(trades: pa.Table) -> None:
    """Numbers of an account begin anew each day and follow the time."""
    for account in ("ACC001", "ACC004"):
        events = [event for event in trades.to_pylist() if event["account_id"] == account]
        by_day: dict[date, list[str]] = {}
        for event in sorted(events, key=lambda event: event["occurred_at"]):
            by_day.setdefault(event["occurred_at"].date(), []).append(event["event_id"])
        for day, event_ids in by_day.items():
            expected = [f"{account}-{day:%Y%m%d}-T{number:03d}" for number in range(1, len(event_ids) + 1)]
            assert expected == event_ids
