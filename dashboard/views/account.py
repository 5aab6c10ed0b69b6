"""One account: what it is worth, why, and what it holds."""

from __future__ import annotations

from datetime import date
from typing import Final

import pandas as pd
import streamlit as st

from dashboard import address, charts, session, tables, tiles, words
from dashboard.books import Books
from dashboard.frame import NO_VALUE_YET, chosen_account, opened
from dashboard.queries import account
from dashboard.queries.account import Bridge
from dashboard.tiles import Tile

base_day_of = session.remembered(account.base_day)
currency_of = session.remembered(account.currency)
last_day_of = session.remembered(account.last_day)
history_of = session.remembered(account.history)
positions_of = session.remembered(account.positions)
lots_of = session.remembered(account.lots)
cash_of = session.remembered(account.cash)
settlements_of = session.remembered(account.settlements)
bridge_of = session.remembered(account.bridge)

PERIODS: Final = (*account.PERIODS, account.YEAR_TO_DATE, account.EVERYTHING)


def show_page() -> None:
    """Figures, charts, holdings, bridge and cash of the chosen account and period."""
    books = opened("Account")
    left, right = st.columns(2, gap="medium")
    with left:
        account_id = chosen_account(books)
    with right:
        period = _chosen_period()
    last_day = last_day_of(books, account_id)
    if last_day is None:
        st.info(NO_VALUE_YET)
        return
    base_day = base_day_of(books, account_id, period)
    bridge = bridge_of(books, account_id, base_day, last_day)
    _show_figures(books, account_id, bridge)
    _show_charts(books, account_id, base_day)
    _show_positions(books, account_id, last_day)
    _show_bridge(bridge)
    _show_cash(books, account_id, last_day)


def _chosen_period() -> str:
    address.follow("period", PERIODS, otherwise=account.EVERYTHING)
    chosen = st.segmented_control(
        "Period", PERIODS, required=True, key="period", on_change=address.write, args=("period",)
    )
    return chosen or account.EVERYTHING


def _show_figures(books: Books, account_id: str, bridge: Bridge) -> None:
    days = history_of(books, account_id, bridge.base_day)
    since = words.day(bridge.base_day or days["value_date"].iloc[0])
    tiles.show(
        "account",
        Tile(
            "Total value",
            words.money(bridge.end_value),
            f"{currency_of(books, account_id)}, {words.day(bridge.last_day)}",
        ),
        Tile("P&L", words.signed_money(bridge.pnl), f"since {since}"),
        Tile("Return", words.percent(bridge.return_pct), f"since {since}"),
        Tile("Drawdown", words.unsigned_percent(days["drawdown_pct"].iloc[-1]), "below its last peak"),
    )


def _show_charts(books: Books, account_id: str, base_day: date | None) -> None:
    days = history_of(books, account_id, base_day)
    left, right = st.columns(2, gap="medium")
    with left:
        st.subheader("Value", anchor=False)
        charts.show(
            charts.values_and_deposits(days),
            "account-value",
            "Chart: total value of the account and net deposits, day by day",
        )
        st.subheader("Flows by month", anchor=False)
        _show_flows(days if base_day is None else days.iloc[1:])
    with right:
        st.subheader("Cumulative return", anchor=False)
        charts.show(charts.cumulative_return(days), "account-return", "Chart: cumulative return, day by day")
        st.subheader("Drawdown", anchor=False)
        charts.show(charts.underwater(days), "account-drawdown", "Chart: drawdown, day by day")


def _show_flows(days: pd.DataFrame) -> None:
    if days[["inflow", "outflow"]].to_numpy().any():
        charts.show(charts.flows(days), "account-flows", "Chart: deposits and withdrawals, month by month")
    else:
        st.caption("Nothing was paid in or out.")


def _show_positions(books: Books, account_id: str, day: date) -> None:
    held = positions_of(books, account_id, day)
    st.subheader(f"Positions on {words.day(day)}", anchor=False)
    if held.empty:
        st.caption("No open position.")
        return
    tables.show(
        held,
        {
            "symbol": tables.pinned("Symbol"),
            "name": tables.text("Name", width=tables.NAME_WIDTH),
            "cumulative_position": tables.quantity("Quantity", held["cumulative_position"]),
            "avg_cost_per_share": tables.money("Average cost"),
            "close_price": tables.price("Price", held["close_price"]),
            "price_age_days": tables.count("Price age, days"),
            "cost_basis": tables.money("Cost"),
            "market_value": tables.money("Market value"),
            "weight_pct": tables.percent("Weight"),
            "unrealized_pnl": tables.money("Unrealized P&L"),
        },
        key="positions",
    )
    _show_lots(books, account_id, day, list(held["symbol"]))


def _show_lots(books: Books, account_id: str, day: date, symbols: list[str]) -> None:
    symbol = st.selectbox("Open lots of", symbols, key=f"lots-of-{account_id}")
    lots = lots_of(books, account_id, symbol, day)
    tables.show(
        lots,
        {
            "lot_id": tables.pinned("Lot"),
            "acquired_at": tables.day("Acquired"),
            "quantity": tables.quantity("Quantity", lots["quantity"]),
            "unit_cost": tables.money("Unit cost"),
            "cost": tables.money("Cost"),
            "market_value": tables.money("Market value"),
            "unrealized_pnl": tables.money("Unrealized P&L"),
        },
        key="lots",
    )


def _show_bridge(bridge: Bridge) -> None:
    st.subheader("From start value to end value", anchor=False)
    steps = [
        (words.day(bridge.base_day) if bridge.base_day else "Beginning", bridge.start_value, True),
        ("Net flows", bridge.net_flows, False),
        ("Realized P&L", bridge.realized_pnl, False),
        ("Unrealized P&L", bridge.unrealized_pnl, False),
        ("Income", bridge.income, False),
        ("Fees", -bridge.fees, False),
        ("Taxes", -bridge.taxes, False),
        (words.day(bridge.last_day), bridge.end_value, True),
    ]
    charts.show(
        charts.bridge([(name, float(amount), is_total) for name, amount, is_total in steps]),
        "bridge",
        "Chart: from start value to end value, as written under the steps",
    )


def _show_cash(books: Books, account_id: str, day: date) -> None:
    cash = cash_of(books, account_id, day)
    st.subheader("Cash", anchor=False)
    tiles.show(
        "cash",
        Tile("By trade date", words.money(cash["cash_balance"]), _overdrawn(cash["is_cash_negative"])),
        Tile("Receivables", words.money(cash["receivables"]), "booked, still to come in"),
        Tile("Payables", words.money(cash["payables"]), "booked, still to go out"),
        Tile("By settlement date", words.money(cash["cash_settled"]), _overdrawn(cash["is_cash_settled_negative"])),
    )
    to_come = settlements_of(books, account_id, day)
    for one in to_come:
        settles_on = words.day(one["settles_on"]) if one["settles_on"] else "The next valuation day"
        st.caption(f"{settles_on}: {words.money(one['receivables'])} in, {words.money(one['payables'])} out.")
    if not to_come:
        st.caption("Everything has settled.")


def _overdrawn(is_negative: bool) -> str:
    return "overdrawn" if is_negative else "available"


show_page()
