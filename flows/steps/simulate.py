"""The simulated market and its clients -> the event log."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pyarrow as pa

from eventlog.clock import Clock
from eventlog.intake import Receipt, ingest_files
from eventlog.landing import Landing, write_durably
from eventlog.settings import Settings
from flows.published_log import refuse_another_log
from generators.simulation import Scenario, business_days, simulate

_LONGEST_HOLIDAY = timedelta(days=10)


class NothingToSimulateError(ValueError):
    """The asked days hold no business day, or lie before the simulated world begins."""


def simulate_days(settings: Settings, scenario: Scenario, day_count: int, clock: Clock) -> list[Receipt]:
    """Append the next business days of the scenario: those behind the last price of the log.

    Args:
        settings: where the log lives.
        scenario: the simulated world; its first day is where an empty log begins.
        day_count: business days to append, at least 1.
        clock: gives the known time of the batches; days that it has not reached can't be appended.

    Raises:
        NothingToSimulateError: the next business day is still to come.
        LandingError: the chain of the log is broken, or its published end is gone or another one.
    """
    refuse_another_log(settings)
    last = last_price_day(settings)
    first_day = scenario.first_day if last is None else last + timedelta(days=1)
    reach = first_day + timedelta(days=2 * day_count) + _LONGEST_HOLIDAY
    days = [day for day in business_days(first_day, reach) if day <= clock().date()][:day_count]
    if not days:
        raise NothingToSimulateError(f"The log holds prices up to {last}; the next business day is still to come.")
    return append_events(settings, simulate(scenario, first_day, days[-1]), f"{days[0]}--{days[-1]}", clock)


def append_events(settings: Settings, tables: dict[str, pa.Table], name: str, clock: Clock) -> list[Receipt]:
    """Write each table as a Parquet file of its own and take it into the log like any file from outside."""
    receipts: list[Receipt] = []
    for stream, table in tables.items():
        if table.num_rows:
            file = settings.home / "simulated" / f"{stream}-{name}.parquet"
            file.unlink(missing_ok=True)
            write_durably(file, table)
            receipts += ingest_files(settings, stream, [file], clock)
            file.unlink()
    return receipts


def last_price_day(settings: Settings) -> date | None:
    """Day of the latest price in the log, None if it has none."""
    ends = [
        datetime.fromisoformat(commit.occurred_until)
        for commit in Landing(settings.landing).commits()
        if commit.stream == "prices" and commit.occurred_until
    ]
    return max(ends).date() if ends else None


def evening_of(day: date) -> datetime:
    """After the close: when the events of a day are usually known (UTC)."""
    return datetime.combine(day, time(22))
