"""The rows of a restatement as the page Time travel writes them."""

from __future__ import annotations

from typing import Any, Final

RESTATED: Final = {"gone": "is gone", "added": "was added late"}
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
        {**place, "figure": figure["name"], "before": figure["before"] or "", "after": figure["after"] or ""}
        for figure in row["figures"]
    ]


def _which(row: dict[str, Any]) -> str:
    """What else the key tells rows of one account, symbol and day apart by: a window, a method, a period, a lot."""
    return " ".join(
        part for name, part in row["key"].items() if name not in _WITH_COLUMNS_OF_THEIR_OWN and part != row["day"]
    )
