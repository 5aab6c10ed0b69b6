"""The whole book: value, P&L, return and drawdown of all accounts of one currency, and a line for each account."""

from __future__ import annotations

from typing import Final, NamedTuple

import pandas as pd

from dashboard.books import Books

ACCOUNTS_MAX: Final = 500
"""So many accounts are listed, the largest first."""
TREND_DAYS: Final = 90

_CURRENCIES: Final = """
    select base_currency
    from main_dimensions.dim_account
    group by base_currency
    order by count(*) desc, base_currency
"""

_DAYS: Final = """
    with
    book as (
        select
            value_date,
            cast(sum(total_value) as double) as total_value,
            cast(sum(net_deposits) as double) as net_deposits,
            cast(sum(total_pnl) as double) as total_pnl
        from main_facts.fact_portfolio_value_daily
        inner join main_dimensions.dim_account using (account_id)
        where base_currency = $currency
        group by value_date
    ),
    performance as (
        select value_date, daily_return_pct, cumulative_return_pct, drawdown_pct
        from main_metrics.daily_returns
        inner join main_metrics.cumulative_returns using (account_id, value_date)
        inner join main_metrics.drawdown using (account_id, value_date)
        where account_id = '$BOOK:' || $currency
    )
    select *
    from book
    inner join performance using (value_date)
    order by value_date
"""

_ACCOUNTS: Final = """
    with
    listed as (
        select account_id, name, base_currency, lot_method, value_date, total_value, total_pnl
        from main_facts.fact_portfolio_value_daily
        inner join main_dimensions.dim_account using (account_id)
        where base_currency = $currency
            and value_date = (select max(value_date) from main_facts.fact_portfolio_value_daily)
        order by total_value desc, account_id
        limit $accounts_max
    ),
    last_days as (
        select calendar_date as value_date
        from main_dimensions.dim_date
        where is_valuation_day
        order by calendar_date desc
        limit $trend_days
    ),
    trends as (
        select account_id, list(cumulative_return_pct order by value_date) as trend
        from main_metrics.cumulative_returns
        where account_id in (select account_id from listed)
            and value_date >= (select min(value_date) from last_days)
        group by account_id
    )
    select
        listed.account_id, listed.name, listed.lot_method, trends.trend, listed.total_value, listed.total_pnl,
        cumulative.cumulative_return_pct, drawdown.drawdown_pct, drawdown.max_drawdown_pct,
        volatility.annualized_volatility_pct
    from listed
    inner join trends on listed.account_id = trends.account_id
    inner join main_metrics.cumulative_returns as cumulative
        on listed.account_id = cumulative.account_id and listed.value_date = cumulative.value_date
    inner join main_metrics.drawdown as drawdown
        on listed.account_id = drawdown.account_id and listed.value_date = drawdown.value_date
    inner join main_metrics.rolling_volatility as volatility
        on listed.account_id = volatility.account_id and listed.value_date = volatility.value_date
    order by listed.total_value desc, listed.account_id
"""

_ACCOUNT_COUNTS: Final = """
    select count(value_date) as valued, count(*) - count(value_date) as without_value
    from main_dimensions.dim_account
    left join (
        select account_id, value_date
        from main_facts.fact_portfolio_value_daily
        where value_date = (select max(value_date) from main_facts.fact_portfolio_value_daily)
    ) using (account_id)
    where base_currency = $currency
"""


class AccountCounts(NamedTuple):
    """Accounts that the list can show, and those that it can't."""

    valued: int
    without_value: int


def currencies(books: Books) -> list[str]:
    """Currencies in which accounts report, the one of most accounts first; amounts are never added across them."""
    return [row["base_currency"] for row in books.rows(_CURRENCIES)]


def accounts(books: Books, currency: str) -> pd.DataFrame:
    """The accounts on the last valuation day, with their return over the last ``TREND_DAYS`` valuation days."""
    return books.frame(_ACCOUNTS, currency=currency, accounts_max=ACCOUNTS_MAX, trend_days=TREND_DAYS)


def account_counts(books: Books, currency: str) -> AccountCounts:
    """How many accounts report in a currency, with a value on the last valuation day and without."""
    (counts,) = books.rows(_ACCOUNT_COUNTS, currency=currency)
    return AccountCounts(**counts)


def book_days(books: Books, currency: str) -> pd.DataFrame:
    """Every valuation day of the book: what its accounts are worth together, and the returns published of it."""
    return books.frame(_DAYS, currency=currency)
