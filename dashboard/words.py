"""Figures and times as the pages write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd

from flows.plain import counted

NOTHING = "-"
Number = Decimal | float | int | None


def money(value: Number) -> str:
    """Thousands separators and two decimals."""
    return NOTHING if is_missing(value) else f"{value:,.2f}"


def signed_money(value: Number) -> str:
    """The same with its sign, for changes."""
    return NOTHING if is_missing(value) else _signed(value)


def percent(value: Number) -> str:
    """A percentage with its sign and two decimals."""
    return NOTHING if is_missing(value) else f"{_signed(value)} %"


def points(value: Number) -> str:
    """The change of a percentage: 10 % to 11 % is one point and not one percent."""
    return NOTHING if is_missing(value) else f"{_signed(value)} points"


def unsigned_percent(value: Number) -> str:
    """A percentage that has no direction."""
    return NOTHING if is_missing(value) else f"{value:,.2f} %"


def day(value: date | None) -> str:
    """A day, with the month in letters so that nobody mistakes it."""
    return NOTHING if is_missing(value) or value is None else f"{value:%-d %b %Y}"


def moment(value: datetime) -> str:
    """A time in UTC to the minute."""
    return f"{value:%-d %b %Y, %H:%M} UTC"


def age(passed: timedelta) -> str:
    """How long ago, in its largest unit."""
    minutes = int(passed.total_seconds() // 60)
    if minutes < 1:
        return "just now"
    for unit, size in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count = minutes // size
        if count:
            return f"{counted(count, unit)} ago"
    return NOTHING


def is_missing(value: Any) -> bool:  # noqa: ANN401 - any figure, as pandas or DuckDB hand it out
    """None, or what pandas puts in its place."""
    return bool(pd.isna(value))


def _signed(value: Number) -> str:
    """What rounds to nothing has no sign."""
    written = f"{value:+,.2f}"
    return written[1:] if set(written[1:]) == set("0.") else written
