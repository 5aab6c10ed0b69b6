"""The rows of a restatement as the page Time travel writes them."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any, Final

from eventlog.events import SCALE

RESTATED: Final = {"gone": "is gone", "added": "was added late"}
DECIMALS_MIN: Final = 2
_NUMBER: Final = re.compile(r"-?\d+\.\d+(e[+-]?\d+)?|-?\d+e[+-]?\d+")
_WITH_COLUMNS_OF_THEIR_OWN: Final = ("account_id", "symbol")


def figures(row: dict[str, Any]) -> list[dict[str, Any]]:
    """The figures of a restated row, a line each; a row that came or went is one line."""
    place = {
        "day": row["day"],
        "account": row["account_id"],
        "symbol": row["symbol"] or "",
        "which": _which(row),
        "events": ", ".join(event.partition("/")[2] for event in row["events"]) or "unexplained",
    }
    if row["change"] != "changed":
        return [{**place, "figure": "the whole row", "before": "", "after": RESTATED[row["change"]]}]
    return [
        {**place, "figure": figure["name"]} | dict(zip(("before", "after"), _written(figure), strict=True))
        for figure in row["figures"]
    ]


def _written(figure: dict[str, Any]) -> tuple[str, str]:
    """Before and after: two decimals, and more where exact amounts have them or where the two would read alike."""
    texts = figure["before"], figure["after"]
    numbers = [_number(text) for text in texts]
    known = [number for number in numbers if number is not None]
    least = max((_decimals_of(number) for number in known), default=DECIMALS_MIN)
    places = next((places for places in range(least, SCALE) if _are_told_apart(known, places)), SCALE)
    unit = " %" if figure["name"].endswith("_pct") else ""
    before, after = (
        (text or "") if number is None else f"{_rounded(number, places):,}{unit}"
        for text, number in zip(texts, numbers, strict=True)
    )
    return before, after


def _number(text: str | None) -> Decimal | None:
    """An amount, a ratio or a percentage; whole numbers, days and names are None and stay as they are."""
    if text is None or not _NUMBER.fullmatch(text):
        return None
    return Decimal(text)


def _decimals_of(number: Decimal) -> int:
    """Of an exact amount, which comes with all places of the log, those that it needs; a ratio needs two."""
    exponent = number.as_tuple().exponent
    if exponent != -SCALE:
        return DECIMALS_MIN
    return max(DECIMALS_MIN, len(f"{number:f}".rstrip("0").partition(".")[2]))


def _are_told_apart(numbers: list[Decimal], places: int) -> bool:
    return len({_rounded(number, places) for number in numbers}) == len(numbers)


def _rounded(number: Decimal, places: int) -> Decimal:
    """What rounds to nothing has no sign, which is why the nothing is added."""
    return round(number, places) + 0


def _which(row: dict[str, Any]) -> str:
    """What else the key tells rows of one account, symbol and day apart by: a window, a method, a period, a lot."""
    return " ".join(
        _slice(part) if name == "slice_id" else part
        for name, part in row["key"].items()
        if name not in _WITH_COLUMNS_OF_THEIR_OWN and part != row["day"]
    )


def _slice(slice_id: str) -> str:
    """The lot and how its slice begins and ends: account and symbol stand beside it, and no identifier has a bar."""
    _account, _symbol, lot, opened_by, ended_by = slice_id.split("|")
    begin = "" if opened_by == lot else f" from {opened_by}"
    return f"{lot}{begin}, open" if ended_by == "open" else f"{lot}{begin} to {ended_by}"
