"""What is expected of the dimension tables: who, what and when."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from eventlog.events import CURRENCY_PATTERN, IDENTIFIER_PATTERN, LOT_METHODS, SYMBOL_PATTERN
from expectations.rules import Suite, columns_present, given, matching, not_before, not_negative, one_of, unique


def dim_account() -> Suite:
    """One row per account; one that only a trade has named is inferred and may lack a name."""
    columns = (
        "account_id", "name", "base_currency", "lot_method", "benchmark_symbol", "opened_on", "is_inferred",
    )  # fmt: skip
    return Suite(
        "dim_account",
        ("account_id",),
        (
            columns_present(columns),
            unique("account_id"),
            *given("account_id", "base_currency", "lot_method", "is_inferred"),
            matching("account_id", IDENTIFIER_PATTERN),
            matching("base_currency", CURRENCY_PATTERN),
            one_of("lot_method", LOT_METHODS),
            matching("benchmark_symbol", SYMBOL_PATTERN),
        ),
    )


def dim_symbol() -> Suite:
    """One row per instrument."""
    return Suite(
        "dim_symbol",
        ("symbol",),
        (
            columns_present(("symbol", "name", "sector", "currency", "asset_class", "is_inferred")),
            unique("symbol"),
            *given("symbol", "currency", "asset_class", "is_inferred"),
            matching("symbol", SYMBOL_PATTERN),
            matching("currency", CURRENCY_PATTERN),
        ),
    )


def dim_date() -> Suite:
    """One row per day; ``value_date`` is the next valuation day on or after it, NULL at the end of the calendar."""
    return Suite(
        "dim_date",
        ("calendar_date",),
        (
            columns_present(
                (
                    "calendar_date",
                    "is_valuation_day",
                    "value_date",
                    "valuation_day_number",
                    "settlement_date",
                )
            ),
            unique("calendar_date"),
            *given("calendar_date", "is_valuation_day"),
            not_before("value_date", "calendar_date"),
            not_before("settlement_date", "value_date"),
            *not_negative("valuation_day_number"),
        ),
    )


DIMENSIONS: Final[dict[str, Callable[[], Suite]]] = {
    "dim_account": dim_account,
    "dim_symbol": dim_symbol,
    "dim_date": dim_date,
}
