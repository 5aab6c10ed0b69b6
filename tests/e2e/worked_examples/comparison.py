"""Whether a figure of the tables is the one that a source states, and how both read side by side."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from tests.e2e.worked_examples.cases import Check


def agrees(stated: Any, ours: Any, tolerance: float) -> bool:
    """Numbers within the tolerance; texts equal; rows in the fields that the source states; lists in any order."""
    if isinstance(stated, list):
        return _lists_agree(stated, ours, tolerance)
    if isinstance(stated, dict):
        return isinstance(ours, dict) and all(agrees(stated[key], ours.get(key), tolerance) for key in stated)
    if _is_number(stated) and _is_number(ours):
        return abs(Decimal(str(stated)) - Decimal(str(ours))) <= Decimal(str(tolerance))
    return bool(stated == ours)


def departs(check: Check, ours: Any) -> bool:
    """The figure of the tables is another than the source's."""
    return not agrees(check.value, ours, check.tolerance)


def told_apart(stated: Any, ours: Any, tolerance: float) -> tuple[str, str]:
    """Both figures as texts; of lists of rows that are equally long, only the fields that differ."""
    if not _are_rows(stated) or not _are_rows(ours):
        return told(stated), told(ours)
    rows = list(zip(stated, ours, strict=False))
    keys = [key for key in stated[0] if len(stated) != len(ours)] or [
        key for key in stated[0] if any(not agrees(one[key], other.get(key), tolerance) for one, other in rows)
    ]
    theirs, answer = ([{key: row[key] for key in keys} for row in side] for side in (stated, ours))
    return told(theirs), told(answer)


def told(figure: Any) -> str:
    """A figure as text: what the source states as it does, ours to eight decimals; lists and rows in a line."""
    if figure is None:
        return "none"
    if isinstance(figure, list):
        return "; ".join(sorted(told(item) for item in figure))
    if isinstance(figure, dict):
        return ", ".join(f"{key} {told(value)}" for key, value in figure.items())
    if not _is_number(figure):
        return str(figure)
    number = Decimal(figure) if isinstance(figure, str) else round(Decimal(str(figure)), 8)
    return f"{number.normalize():f}" if number else "0"


def _lists_agree(stated: list[Any], ours: Any, tolerance: float) -> bool:
    """Each stated item has a partner of its own, and no item of ours is left over."""
    left = list(ours) if isinstance(ours, list) else [None]
    for item in stated:
        partner = next((place for place, other in enumerate(left) if agrees(item, other, tolerance)), None)
        if partner is None:
            return False
        left.pop(partner)
    return not left


def _are_rows(figure: Any) -> bool:
    return isinstance(figure, list) and bool(figure) and isinstance(figure[0], dict)


def _is_number(figure: Any) -> bool:
    if isinstance(figure, str):
        return figure.replace(".", "", 1).lstrip("-").isdecimal()
    return isinstance(figure, int | float | Decimal) and not isinstance(figure, bool)
