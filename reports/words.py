"""Figures and days as a sheet writes them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Final

import numpy as np

from reports.portfolio import DayColumn

NOTHING: Final = "–"  # noqa: RUF001 - a dash of the width of a digit
_TOO_LONG_TO_WRITE: Final = 1e7
_WHOLE_FROM: Final = 1_000_000
Number = Decimal | float


def money(amount: Number) -> str:
    """Thousands separators and two decimals."""
    return _unsigned_zero(f"{amount:,.2f}")


def signed_money(amount: Number) -> str:
    """The same with its sign, for changes."""
    return _unsigned_zero(f"{amount:+,.2f}")


def short_money(amount: Number) -> str:
    """For a headline: whole units from a million on."""
    return f"{amount:,.0f}" if abs(float(amount)) >= _WHOLE_FROM else money(amount)


def signed_short_money(amount: Number) -> str:
    """The same with its sign."""
    return f"{amount:+,.0f}" if abs(float(amount)) >= _WHOLE_FROM else signed_money(amount)


def signed_percent(fraction: float) -> str:
    """A fraction as a percentage with its sign."""
    return _percent(fraction, "+")


def percent(fraction: float) -> str:
    """A fraction as a percentage that has no direction."""
    return _percent(fraction, "")


def confidence(level: float) -> str:
    """A level of confidence, which no line break tears apart."""
    return f"{100 * level:.0f}\N{NO-BREAK SPACE}%"


def ratio(value: float) -> str:
    """A number without a unit."""
    return f"{value:.2e}" if abs(value) >= _TOO_LONG_TO_WRITE else _unsigned_zero(f"{value:,.2f}")


def probability(value: float) -> str:
    """A p-value; what is tiny is not written out."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"  # noqa: PLR2004


def units(quantity: Decimal) -> str:
    """A quantity without zeros behind it."""
    written = f"{quantity:,.8f}".rstrip("0").rstrip(".")
    return "0" if written in {"-0", ""} else written


def day(value: date | np.datetime64) -> str:
    """A day, with the month in letters so that nobody mistakes it."""
    plain = value.item() if isinstance(value, np.datetime64) else value
    return f"{plain:%-d %b %Y}"


def span(first: np.datetime64, last: np.datetime64) -> str:
    """One day, or from one to another."""
    return day(first) if first == last else f"{day(first)} to {day(last)}"


def counted(count: int, noun: str) -> str:
    """A count and its noun."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def iso(days: DayColumn) -> list[str]:
    """Days as a chart takes them."""
    return [str(one) for one in days.astype("datetime64[D]")]


def _percent(fraction: float, sign: str) -> str:
    value = 100 * fraction
    if abs(value) >= _TOO_LONG_TO_WRITE:
        return f"{value:{sign}.2e} %"
    return f"{_unsigned_zero(f'{value:{sign},.2f}')} %"


def _unsigned_zero(written: str) -> str:
    """What rounds to nothing has no sign."""
    return written.lstrip("+-") if set(written) <= set("+-0.,") else written
