"""The days and hours on which the simulated market is open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

MARKET_OPEN_S: Final = (14 * 60 + 30) * 60
"""Seconds after midnight UTC at which trading begins (9:30 in New York, winter)."""
MARKET_CLOSE_S: Final = 21 * 60 * 60
"""Seconds after midnight UTC at which the close is set."""

_SATURDAY: Final = 5
_HOLIDAYS: Final = frozenset({(1, 1), (7, 4), (12, 25)})
"""Month and day of the US holidays with a fixed date; the movable ones are left out on purpose."""


def is_business_day(day: date) -> bool:
    """Whether the market is open on ``day``."""
    return day.weekday() < _SATURDAY and (day.month, day.day) not in _HOLIDAYS


def business_days(first_day: date, last_day: date) -> list[date]:
    """Return the business days in [first_day, last_day], oldest first; none when last_day comes before first_day."""
    day_count = (last_day - first_day).days + 1
    days = (first_day + timedelta(days=offset) for offset in range(day_count))
    return [day for day in days if is_business_day(day)]


def is_first_business_day_from(day: date, day_of_month: int) -> bool:
    """Whether ``day`` is the first business day of its month on or after ``day_of_month``."""
    return business_days(day.replace(day=day_of_month), day)[:1] == [day]
