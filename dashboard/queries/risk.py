"""Risk of one account: volatility, drawdowns, and how its daily returns are spread."""

from __future__ import annotations

from typing import Final

import pandas as pd

from dashboard.books import Books

DAYS_LISTED: Final = 5

_VOLATILITY: Final = """
    select value_date, annualized_volatility_pct
    from main_metrics.rolling_volatility
    where account_id = $account_id and annualized_volatility_pct is not null
    order by value_date
"""

_UNDERWATER: Final = """
    select value_date, drawdown_pct from main_metrics.drawdown where account_id = $account_id order by value_date
"""

# Every day at a peak begins an episode; the days below it until the next one are the episode's drawdown.
_EPISODES: Final = """
    with
    numbered as (
        select
            value_date,
            drawdown_pct,
            count(*) filter (where drawdown_pct = 0) over (order by value_date) as episode
        from main_metrics.drawdown
        where account_id = $account_id
    ),
    episodes as (
        select
            episode,
            max(value_date) filter (where drawdown_pct = 0) as peak_date,
            arg_min(value_date, (drawdown_pct, value_date)) filter (where drawdown_pct < 0) as trough_date,
            min(drawdown_pct) as depth_pct,
            count(*) filter (where drawdown_pct < 0) as days_below
        from numbered
        group by episode
    )
    select
        drawdown.depth_pct, drawdown.peak_date, drawdown.trough_date, recovery.peak_date as recovery_date,
        drawdown.days_below
    from episodes as drawdown
    left join episodes as recovery on recovery.episode = drawdown.episode + 1
    where drawdown.days_below > 0
    order by drawdown.depth_pct, drawdown.trough_date
    limit $episodes_max
"""

_RETURNS: Final = """
    select value_date, daily_return_pct
    from main_metrics.daily_returns
    where account_id = $account_id and daily_return_pct is not null
    order by value_date
"""


def volatility(books: Books, account_id: str) -> pd.DataFrame:
    """Rolling volatility, from the 30th defined return on."""
    return books.frame(_VOLATILITY, account_id=account_id)


def underwater(books: Books, account_id: str) -> pd.DataFrame:
    """Drawdown day by day."""
    return books.frame(_UNDERWATER, account_id=account_id)


def drawdown_episodes(books: Books, account_id: str, episodes_max: int = 10) -> pd.DataFrame:
    """The deepest drawdowns from peak to recovery; without a peak date it began at the account's start."""
    return books.frame(_EPISODES, account_id=account_id, episodes_max=episodes_max)


def daily_returns(books: Books, account_id: str) -> pd.DataFrame:
    """The defined daily returns."""
    return books.frame(_RETURNS, account_id=account_id)


def best_days(returns: pd.DataFrame) -> pd.DataFrame:
    """The days with the highest return."""
    return returns.nlargest(DAYS_LISTED, "daily_return_pct")


def worst_days(returns: pd.DataFrame) -> pd.DataFrame:
    """The days with the lowest return."""
    return returns.nsmallest(DAYS_LISTED, "daily_return_pct")
