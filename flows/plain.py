"""Values as a person reads them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Final

NAMED_MAX: Final = 10


def plain(value: object) -> str:
    """A value as a person reads it: at least two decimals for money, none of the trailing zeros behind them."""
    if value is None:
        return "-"
    if isinstance(value, Decimal):
        whole, _point, fraction = f"{value:,f}".partition(".")
        return f"{whole}.{fraction.rstrip('0'):0<2}"
    if isinstance(value, float):
        return f"{value:,.4f}"
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="seconds")
    return str(value)


def named(names: Sequence[str]) -> str:
    """The first of some names, in a sentence."""
    return ", ".join(names[:NAMED_MAX]) + (", ..." if len(names) > NAMED_MAX else "") if names else "none"


def units(quantity: Decimal | None) -> str:
    """A quantity as a person reads it: whole units without a decimal point."""
    if quantity is None:
        return "-"
    return f"{quantity.normalize():,f}"


def commits(first_seq: int, last_seq: int) -> str:
    """`commit 12` or `commits 12 to 14`."""
    return f"commit {last_seq:,}" if first_seq == last_seq else f"commits {first_seq:,} to {last_seq:,}"


def counted(count: int, noun: str) -> str:
    """`1 file`, `2 files`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
