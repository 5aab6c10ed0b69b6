"""One account: its days, positions, lots, the way from one value to another, and cash that is still to settle."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final

import pandas as pd

from dashboard.books import Books, Row

_ACCOUNTS: Final = "select account_id, name from main_dimensions.dim_account order by account_id"

_CURRENCY: Final = "select base_currency from main_dimensions.dim_account where account_id = $account_id"

_LAST_DAY: Final = """
    select max(value_date) as value_date from main_facts.fact_portfolio_value_daily where account_id = $account_id
"""

_BASE_DAY: Final = """
    select max(value_date) as value_date
    from main_facts.fact_portfolio_value_daily
    where account_id = $account_id and value_date <= $until
"""

_HISTORY: Final = """
    select
        value_date, total_value, net_deposits, inflow, outflow, cash_balance, positions_value, total_pnl,
        cumulative_return_pct, drawdown_pct
    from main_facts.fact_portfolio_value_daily
    inner join main_metrics.cumulative_returns using (account_id, value_date)
    inner join main_metrics.drawdown using (account_id, value_date)
    where account_id = $account_id and value_date >= coalesce($first_day, date '0001-01-01')
    order by value_date
"""

_POSITIONS: Final = """
    select
        position.symbol, symbol.name, position.cumulative_position, position.avg_cost_per_share, position.cost_basis,
        position.close_price, position.price_age_days, position.market_value,
        weight.weight_pct, position.unrealized_pnl,
        position.open_lot_count
    from main_facts.fact_positions_daily as position
    inner join main_metrics.position_weights_daily as weight using (account_id, symbol, value_date)
    left join main_dimensions.dim_symbol as symbol on position.symbol = symbol.symbol
    where position.account_id = $account_id and position.value_date = $day and position.cumulative_position <> 0
    order by abs(position.market_value) desc, position.symbol
"""

_LOTS: Final = """
    select
        lot.lot_id, lot.acquired_at, sum(lot.quantity) as quantity, sum(lot.cost) as cost,
        cast(sum(lot.cost) as double) / nullif(cast(sum(lot.quantity) as double), 0) as unit_cost,
        cast(sum(lot.quantity * position.close_price) as double) as market_value,
        cast(sum(lot.quantity * position.close_price - lot.cost) as double) as unrealized_pnl
    from main_facts.fact_lots as lot
    inner join main_facts.fact_positions_daily as position
        on lot.account_id = position.account_id and lot.symbol = position.symbol and position.value_date = $day
    where lot.account_id = $account_id and lot.symbol = $symbol and lot.opened_on <= $day
        and coalesce(lot.closed_on > $day, true)
    group by lot.lot_id, lot.acquired_at
    order by lot.acquired_at, lot.lot_id
"""

_CASH: Final = """
    select cash_balance, cash_settled, receivables, payables, is_cash_negative, is_cash_settled_negative
    from main_facts.fact_portfolio_value_daily
    where account_id = $account_id and value_date = $day
"""

# What is booked and has not changed hands: the journal's unsettled postings that its cash postings have not met yet.
_SETTLEMENTS: Final = """
    with
    unsettled as (
        select event_id, symbol, sum(amount) as amount
        from main_facts.fact_journal
        where account_id = $account_id and ledger_account = 'unsettled' and posting_date <= $day
        group by event_id, symbol
        having sum(amount) <> 0
    ),
    to_come as (
        select event_id, symbol, max(posting_date) as settles_on
        from main_facts.fact_journal
        where account_id = $account_id and ledger_account = 'cash' and posting_date > $day
        group by event_id, symbol
    )
    select
        to_come.settles_on,
        coalesce(sum(unsettled.amount) filter (where unsettled.amount > 0), 0) as receivables,
        coalesce(-sum(unsettled.amount) filter (where unsettled.amount < 0), 0) as payables
    from unsettled
    left join to_come on unsettled.event_id = to_come.event_id and unsettled.symbol = to_come.symbol
    group by to_come.settles_on
    order by to_come.settles_on nulls last
"""

_BRIDGE: Final = """
    select value_date, total_value, net_deposits, realized_pnl, unrealized_pnl, income, fees, taxes,
        (select cumulative_return_pct from main_metrics.cumulative_returns
            where account_id = $account_id and value_date = $day) as cumulative_return_pct
    from main_facts.fact_portfolio_value_daily
    where account_id = $account_id and value_date = $day
"""

PERIODS: Final = {
    "1M": pd.DateOffset(months=1),
    "3M": pd.DateOffset(months=3),
    "6M": pd.DateOffset(months=6),
    "1Y": pd.DateOffset(years=1),
}
YEAR_TO_DATE: Final = "YTD"
EVERYTHING: Final = "All"


@dataclass(frozen=True, slots=True)
class Bridge:
    """How the value of one day became that of a later one: exact, and start plus all parts is the end.

    ``base_day`` is None when the period begins with the account: then everything starts from 0.
    """

    base_day: date | None
    last_day: date
    start_value: Decimal
    net_flows: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal
    income: Decimal
    fees: Decimal
    taxes: Decimal
    end_value: Decimal
    return_pct: float | None

    @property
    def pnl(self) -> Decimal:
        """What the period earned after fees and taxes."""
        return self.realized_pnl + self.unrealized_pnl + self.income - self.fees - self.taxes


def accounts(books: Books) -> dict[str, str | None]:
    """The name of every account."""
    return {row["account_id"]: row["name"] for row in books.rows(_ACCOUNTS)}


def currency(books: Books, account_id: str) -> str:
    """The currency in which the account reports."""
    stated: str = books.rows(_CURRENCY, account_id=account_id)[0]["base_currency"]
    return stated


def last_day(books: Books, account_id: str) -> date | None:
    """The account's last valuation day, None while it has none."""
    day: date | None = books.rows(_LAST_DAY, account_id=account_id)[0]["value_date"]
    return day


def base_day(books: Books, account_id: str, period: str) -> date | None:
    """The valuation day from which a period is counted, None when it reaches back to the account's beginning."""
    last = last_day(books, account_id)
    if last is None or period == EVERYTHING:
        return None
    until = date(last.year - 1, 12, 31) if period == YEAR_TO_DATE else (last - PERIODS[period]).date()
    day: date | None = books.rows(_BASE_DAY, account_id=account_id, until=until)[0]["value_date"]
    return day


def history(books: Books, account_id: str, first_day: date | None) -> pd.DataFrame:
    """The days of the account from a day on; None: all of them. The return counts from the first day shown."""
    days = books.frame(_HISTORY, account_id=account_id, first_day=first_day)
    if first_day is None or days.empty:
        return days
    base = 1 + days["cumulative_return_pct"].iloc[0] / 100
    rebased = 100 * ((1 + days["cumulative_return_pct"] / 100) / base - 1) if base else float("nan")
    return days.assign(cumulative_return_pct=rebased)


def positions(books: Books, account_id: str, day: date) -> pd.DataFrame:
    """The open positions of a valuation day, the largest first."""
    return books.frame(_POSITIONS, account_id=account_id, day=day)


def lots(books: Books, account_id: str, symbol: str, day: date) -> pd.DataFrame:
    """The lots that were open at the end of a valuation day, the oldest first."""
    return books.frame(_LOTS, account_id=account_id, symbol=symbol, day=day)


def cash(books: Books, account_id: str, day: date) -> Row:
    """Cash by trade date and by settlement date; the first is the second plus receivables less payables."""
    return books.rows(_CASH, account_id=account_id, day=day)[0]


def settlements(books: Books, account_id: str, day: date) -> list[Row]:
    """Receivables and payables of a day by the day they settle; None: the next valuation day, not known yet."""
    return books.rows(_SETTLEMENTS, account_id=account_id, day=day)


def bridge(books: Books, account_id: str, base: date | None, last: date) -> Bridge:
    """Start value + net flows + realized + unrealized + income - fees - taxes = end value."""
    end = books.rows(_BRIDGE, account_id=account_id, day=last)[0]
    start = books.rows(_BRIDGE, account_id=account_id, day=base)[0] if base else {}
    parts = {name: end[name] - start.get(name, Decimal(0)) for name in _TO_DATE}
    return Bridge(
        base_day=base,
        last_day=last,
        start_value=start.get("total_value", Decimal(0)),
        net_flows=parts.pop("net_deposits"),
        end_value=end["total_value"],
        return_pct=return_between(start.get("cumulative_return_pct", 0.0), end["cumulative_return_pct"]),
        **parts,
    )


_TO_DATE: Final = ("net_deposits", "realized_pnl", "unrealized_pnl", "income", "fees", "taxes")


def return_between(start_pct: float | None, end_pct: float | None) -> float | None:
    """The return from one day to another, from the cumulative returns of both.

    None after everything was lost, and where one of them is beyond a float and so not published.
    """
    if start_pct is None or end_pct is None:
        return None
    base = 1 + start_pct / 100
    return 100 * ((1 + end_pct / 100) / base - 1) if base else None
