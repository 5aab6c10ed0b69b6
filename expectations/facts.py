"""What is expected of the fact tables: keys, signs, finiteness, and the identities that hold within a row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import pandas as pd

from eventlog.events import CASH_IN, CASH_OUT, CURRENCY_PATTERN, LOT_METHODS
from expectations.rules import (
    WARNING,
    Suite,
    agrees,
    between,
    columns_present,
    finite,
    given,
    holds,
    matching,
    not_before,
    not_negative,
    not_zero,
    one_of,
    positive,
    unique,
)

SIDES: Final = ("BUY", "SELL")
CLOSE_REASONS: Final = ("sold", "covered", "pooled", "split")
POSITION_KEY: Final = ("account_id", "symbol", "value_date")
ACCOUNT_KEY: Final = ("account_id", "value_date")


def fact_trades() -> Suite:
    """One row per effective trade."""
    stated = (
        "trade_id", "event_id", "account_id", "symbol", "side", "quantity", "signed_quantity", "price",
        "consideration", "consideration_difference", "fee", "currency", "traded_at", "trade_date",
    )  # fmt: skip
    optional = ("settle_date", "venue", "is_amended")
    return Suite(
        "fact_trades",
        ("trade_id",),
        (
            columns_present((*stated, *optional)),
            unique("trade_id"),
            *given(*stated, "is_amended"),
            one_of("side", SIDES),
            matching("currency", CURRENCY_PATTERN),
            *positive("quantity", "price"),
            *not_negative("consideration", "fee"),
            holds("signed_quantity_agrees", "signed_quantity is +quantity for BUY and -quantity for SELL"),
            between("consideration_difference", -0.01, 0.01, severity=WARNING),
            not_before("settle_date", "trade_date", WARNING),
        ),
        {"signed_quantity_agrees": _signed_quantity_agrees},
    )


def _signed_quantity_agrees(rows: pd.DataFrame) -> pd.Series:
    signs = rows["side"].map({"BUY": 1.0, "SELL": -1.0}).astype("float64")
    return agrees(rows["signed_quantity"], rows["quantity"] * signs)


def fact_lots() -> Suite:
    """One row per slice of a lot; what concerns its end is NULL while it is open."""
    opening = (
        "slice_id", "account_id", "symbol", "lot_id", "lot_method", "acquired_at", "opened_at", "opened_on",
        "opened_by_event_id", "quantity", "unit_cost", "cost", "entry_fee",
    )  # fmt: skip
    closing = ("closed_at", "closed_on", "closed_by_event_id", "close_reason")
    gains = ("proceeds", "exit_fee", "realized_pnl", "realized_pnl_net")
    return Suite(
        "fact_lots",
        ("slice_id",),
        (
            columns_present((*opening, *closing, *gains, "is_fallback")),
            unique("slice_id"),
            *given(*opening, "is_fallback"),
            one_of("lot_method", LOT_METHODS),
            one_of("close_reason", CLOSE_REASONS),
            *finite("quantity", "cost", "proceeds", "realized_pnl", "realized_pnl_net"),
            not_zero("quantity"),
            *not_negative("unit_cost", "entry_fee", "exit_fee"),
            not_before("opened_at", "acquired_at"),
            not_before("closed_at", "opened_at"),
            not_before("closed_on", "opened_on"),
            not_before("realized_pnl", "realized_pnl_net"),
            holds(
                "closing_agrees",
                "closed_at, closed_on, closed_by_event_id and close_reason: all or none",
            ),
        ),
        {"closing_agrees": lambda rows: rows[list(closing)].notna().sum(axis="columns").isin([0, len(closing)])},
    )


def fact_cash_moves() -> Suite:
    """One row per movement of cash other than by a trade."""
    stated = (
        "event_id", "stream", "account_id", "symbol", "type", "amount", "signed_amount", "currency", "occurred_on",
        "settle_date",
    )  # fmt: skip
    declared = ("entitled_quantity", "amount_per_share")
    return Suite(
        "fact_cash_moves",
        ("stream", "event_id", "account_id"),
        (
            columns_present((*stated, *declared, "description")),
            unique("stream", "event_id", "account_id"),
            *given(*stated),
            one_of("type", CASH_IN + CASH_OUT),
            matching("currency", CURRENCY_PATTERN),
            not_before("settle_date", "occurred_on"),
            holds("sign_agrees", "signed_amount is amount for what comes in and -amount for what goes out"),
            holds("only_short_positions_pay", "amount is negative only for a dividend on a short position"),
        ),
        {"sign_agrees": _sign_agrees, "only_short_positions_pay": _only_short_positions_pay},
    )


def _sign_agrees(rows: pd.DataFrame) -> pd.Series:
    signs = rows["type"].isin(CASH_IN).map({True: 1.0, False: -1.0})
    return agrees(rows["signed_amount"], rows["amount"] * signs)


def _only_short_positions_pay(rows: pd.DataFrame) -> pd.Series:
    return (rows["amount"] >= 0) | (rows["entitled_quantity"] < 0)


def fact_positions_daily() -> Suite:
    """One row per account, symbol and valuation day."""
    numbers = (
        "cumulative_position", "cost_basis", "cost_basis_incl_fees", "market_value", "realized_pnl",
        "realized_pnl_net", "unrealized_pnl", "unrealized_pnl_net",
    )  # fmt: skip
    stated = (*POSITION_KEY, *numbers, "avg_cost_per_share", "close_price", "fees", "open_lot_count")
    dated = ("price_date", "price_age_days")
    switches = ("is_price_stale", "is_price_from_trade")
    return Suite(
        "fact_positions_daily",
        POSITION_KEY,
        (
            columns_present((*stated, *dated, *switches)),
            unique(*POSITION_KEY),
            *given(*stated, *switches),
            *finite(*numbers),
            *positive("close_price"),
            *not_negative("avg_cost_per_share", "price_age_days", "fees", "open_lot_count"),
            not_before("value_date", "price_date"),
            not_before("realized_pnl", "realized_pnl_net"),
            not_before("unrealized_pnl", "unrealized_pnl_net"),
            holds("market_value_agrees", "market_value = cumulative_position x close_price"),
            holds("unrealized_pnl_agrees", "unrealized_pnl = market_value - cost_basis"),
            holds("price_source_agrees", "price_date and price_age_days are stated unless is_price_from_trade"),
            between("price_age_days", 0, 30, severity=WARNING),
        ),
        {
            "price_source_agrees": lambda rows: (
                rows[list(dated)].notna().sum(axis="columns") == (~rows["is_price_from_trade"]) * len(dated)
            ),
            "market_value_agrees": lambda rows: agrees(
                rows["market_value"], rows["cumulative_position"] * rows["close_price"]
            ),
            "unrealized_pnl_agrees": lambda rows: agrees(
                rows["market_value"], rows["unrealized_pnl"] + rows["cost_basis"]
            ),
        },
    )


def fact_pnl_daily() -> Suite:
    """One row per account, symbol and valuation day; the symbol ``$CASH`` carries what concerns the account."""
    numbers = ("realized_pnl", "unrealized_pnl_change", "income", "fees", "taxes", "total_pnl")
    return Suite(
        "fact_pnl_daily",
        POSITION_KEY,
        (
            columns_present((*POSITION_KEY, *numbers)),
            unique(*POSITION_KEY),
            *given(*POSITION_KEY, *numbers),
            *finite(*numbers),
            holds("total_pnl_agrees", "total_pnl = realized_pnl + unrealized_pnl_change + income - fees - taxes"),
        ),
        {"total_pnl_agrees": _total_pnl_agrees},
    )


def _total_pnl_agrees(rows: pd.DataFrame) -> pd.Series:
    gains = rows["realized_pnl"] + rows["unrealized_pnl_change"] + rows["income"]
    return agrees(gains, rows["total_pnl"] + rows["fees"] + rows["taxes"])


def fact_portfolio_value_daily() -> Suite:
    """One row per account and valuation day."""
    numbers = (
        "total_value", "cash_balance", "positions_value", "total_pnl", "net_deposits", "realized_pnl",
        "unrealized_pnl", "income", "fees", "taxes", "cash_settled",
    )  # fmt: skip
    flows = ("inflow", "outflow")
    claims = ("receivables", "payables")
    switches = ("is_cash_negative", "is_cash_settled_negative")
    return Suite(
        "fact_portfolio_value_daily",
        ACCOUNT_KEY,
        (
            columns_present((*ACCOUNT_KEY, *numbers, *flows, *claims, *switches)),
            unique(*ACCOUNT_KEY),
            *given(*ACCOUNT_KEY, *numbers, *flows, *claims, *switches),
            *finite(*numbers),
            *not_negative(*flows, *claims),
            holds("is_cash_negative_agrees", "is_cash_negative says whether cash_balance is below 0"),
            holds("total_value_agrees", "total_value = cash_balance + positions_value"),
            holds("settlement_agrees", "cash_balance = cash_settled + receivables - payables"),
            holds(
                "value_is_explained",
                "total_value = net deposits + P&L + income - fees - taxes",
            ),
        ),
        {
            "is_cash_negative_agrees": lambda rows: rows["is_cash_negative"] == (rows["cash_balance"] < 0),
            "total_value_agrees": lambda rows: agrees(
                rows["total_value"], rows["cash_balance"] + rows["positions_value"]
            ),
            "settlement_agrees": lambda rows: agrees(
                rows["cash_balance"], rows["cash_settled"] + rows["receivables"] - rows["payables"]
            ),
            "value_is_explained": _value_is_explained,
        },
    )


def _value_is_explained(rows: pd.DataFrame) -> pd.Series:
    gains = rows["net_deposits"] + rows["realized_pnl"] + rows["unrealized_pnl"] + rows["income"]
    return agrees(gains, rows["total_value"] + rows["fees"] + rows["taxes"])


FACTS: Final[dict[str, Callable[[], Suite]]] = {
    "fact_trades": fact_trades,
    "fact_lots": fact_lots,
    "fact_cash_moves": fact_cash_moves,
    "fact_positions_daily": fact_positions_daily,
    "fact_pnl_daily": fact_pnl_daily,
    "fact_portfolio_value_daily": fact_portfolio_value_daily,
}
