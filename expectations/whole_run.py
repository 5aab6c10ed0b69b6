"""What is expected of a run as a whole: its laws, the prices that hold by it, its price feed, and who is new in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from expectations.limits import (
    FEED_DAYS_WRONG,
    FEED_SYMBOLS_LEAST,
    PRICE_AGE_DAYS_ODD,
    PRICE_RATIO_ODD,
    PRICE_RATIO_WRONG,
    PRICED_SHARE_ODD,
)
from expectations.rules import (
    WARNING,
    Suite,
    between,
    columns_present,
    given,
    holds,
    near,
    not_before,
    not_negative,
    one_of,
    positive,
    unique,
)

LAW_BREAKS: Final = "law_breaks"


def law_breaks() -> Suite:
    """One row per law (dbt/models/laws) with its breaks in this run; of a broken one, a row per example.

    ``break_count`` is NULL for a law that was not evaluated: that is a failure too.
    """
    return Suite(
        LAW_BREAKS,
        ("law", "account_id", "symbol", "day", "event_id"),
        (
            columns_present(("law", "break_count", "account_id", "symbol", "day", "event_id")),
            *given("law", "break_count"),
            holds("is_kept", "the law holds for every row that this run touched"),
        ),
        {"is_kept": lambda rows: ~(rows["break_count"] > 0)},
    )


def effective_prices() -> Suite:
    """One row per price that this run has stated or corrected, as it holds now, beside the close of the day before.

    The ratio is NULL where nothing is known to compare with, and splits are taken out of it.
    """
    return _beside_closes("effective_prices", "price_to_close_before")


def effective_trades() -> Suite:
    """One row per trade that this run has stated or corrected, as it holds now, beside the last close; so is NULL."""
    return _beside_closes("effective_trades", "price_to_last_close")


def _beside_closes(name: str, ratio: str) -> Suite:
    return Suite(
        name,
        ("event_id",),
        (
            columns_present(("event_id", "symbol", "occurred_on", "price", ratio)),
            *given("event_id", "symbol", "occurred_on", "price"),
            *positive("price"),
            *near(ratio, PRICE_RATIO_ODD, PRICE_RATIO_WRONG),
        ),
    )


def price_feed() -> Suite:
    """One row: the last valuation day, how many of the symbols held then have a price, and what waits for the next."""
    return Suite(
        "price_feed",
        ("last_valuation_date",),
        (
            columns_present(("last_valuation_date", "held_symbols", "priced_symbols", "priced_share", "waiting_days")),
            *given("last_valuation_date", severity=WARNING),
            *not_negative("held_symbols", "priced_symbols"),
            not_before("held_symbols", "priced_symbols"),
            holds("is_feed_there", "on the last valuation day at least one of the symbols held has a price"),
            between("priced_share", PRICED_SHARE_ODD, 1, severity=WARNING),
            between("waiting_days", 0, FEED_DAYS_WRONG),
        ),
        {"is_feed_there": _is_feed_there},
    )


def _is_feed_there(rows: pd.DataFrame) -> pd.Series:
    return (rows["held_symbols"] < FEED_SYMBOLS_LEAST) | (rows["priced_symbols"] > 0)


def held_symbols() -> Suite:
    """One row per symbol that this run touched and somebody held on the last valuation day."""
    return Suite(
        "held_symbols",
        ("symbol",),
        (
            columns_present(("symbol", "price_date", "price_age_days", "holder_count", "is_priced")),
            unique("symbol"),
            *given("symbol", "holder_count", "is_priced"),
            *positive("holder_count"),
            holds("has_price", "a symbol that is held has had a price", WARNING),
            between("price_age_days", 0, PRICE_AGE_DAYS_ODD, severity=WARNING),
        ),
        {"has_price": lambda rows: rows["is_priced"]},
    )


def new_references() -> Suite:
    """One row per account or symbol that this run mentions for the first time and that nobody has described."""
    return Suite(
        "new_references",
        ("kind", "name", "event_id"),
        (
            columns_present(("kind", "name", "event_id", "is_inferred")),
            unique("kind", "name"),
            *given("kind", "name", "event_id"),
            one_of("kind", ("account", "symbol")),
            holds("is_described", "a new account or symbol is described in the stream accounts or symbols", WARNING),
        ),
        {"is_described": lambda rows: ~rows["is_inferred"]},
    )


WHOLE_RUN: Final[dict[str, Callable[[], Suite]]] = {
    LAW_BREAKS: law_breaks,
    "effective_prices": effective_prices,
    "effective_trades": effective_trades,
    "price_feed": price_feed,
    "held_symbols": held_symbols,
    "new_references": new_references,
}
