"""Risk of one account: ratios, value at risk, drawdowns, and how its daily returns are spread."""

from __future__ import annotations

from typing import Final

import pandas as pd

from dashboard.books import Books

DAYS_LISTED: Final = 5
WINDOWS: Final = {"30D": "30 days", "90D": "90 days", "252D": "252 days", "INCEPTION": "All"}
METHODS: Final = {
    "historical": "Historical",
    "normal": "Normal",
    "cornish_fisher": "Cornish-Fisher",
    "ewma": "EWMA",
    "monte_carlo": "Monte Carlo",
}

_VOLATILITY: Final = """
    select value_date, annualized_volatility_pct
    from main_metrics.rolling_volatility
    where account_id = $account_id and annualized_volatility_pct is not null
    order by value_date
"""

_UNDERWATER: Final = """
    select value_date, drawdown_pct from main_metrics.drawdown where account_id = $account_id order by value_date
"""

_EPISODES: Final = """
    select depth_pct, peak_date, trough_date, recovery_date, below_day_count, length_days
    from main_metrics.drawdown_episodes
    where account_id = $account_id
    order by depth_pct, trough_date
    limit $episodes_max
"""

_RATIOS: Final = """
    from main_metrics.risk_daily
    where account_id = $account_id
    qualify value_date = max(value_date) over ()
"""

_TAILS: Final = """
    select method, value_date, return_count, var_95_pct, es_95_pct, var_99_pct, es_99_pct, is_doubtful_95,
        is_doubtful_99, reason
    from main_metrics.value_at_risk_daily
    where account_id = $account_id
    qualify value_date = max(value_date) over ()
    order by list_position($methods, method)
"""

# A forecast stands on the day it was made for.
_EXCEPTIONS: Final = """
    select
        forecast.value_date,
        daily.daily_return_pct,
        -lag(forecast.var_95_pct) over (order by forecast.value_date) as floor_pct,
        coalesce(forecast.is_exception_95, false) as is_exception
    from main_metrics.value_at_risk_daily as forecast
    inner join main_metrics.daily_returns as daily using (account_id, value_date)
    where forecast.account_id = $account_id and forecast.method = $method
    order by forecast.value_date
"""

_BACKTEST: Final = """
    select method, confidence_pct, day_count, exception_count, expected_exception_count, kupiec_p_value,
        independence_p_value, conditional_coverage_p_value
    from main_metrics.value_at_risk_backtest
    where account_id = $account_id
    qualify month_start = max(month_start) over ()
    order by confidence_pct, list_position($methods, method)
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


def ratios(books: Books, account_id: str) -> pd.DataFrame:
    """The last day's ratios, a row per window."""
    return books.frame(_RATIOS, account_id=account_id).set_index("risk_window").reindex(list(WINDOWS))


def tails(books: Books, account_id: str) -> pd.DataFrame:
    """The last day's value at risk and expected shortfall, a row per method."""
    return books.frame(_TAILS, account_id=account_id, methods=list(METHODS))


def exceptions(books: Books, account_id: str, method: str) -> pd.DataFrame:
    """Day by day the return, the loss that the day before foresaw at 95 %, and whether it was exceeded."""
    return books.frame(_EXCEPTIONS, account_id=account_id, method=method)


def backtest(books: Books, account_id: str) -> pd.DataFrame:
    """The tests of the last twelve months, a row per confidence and method."""
    return books.frame(_BACKTEST, account_id=account_id, methods=list(METHODS))


def daily_returns(books: Books, account_id: str) -> pd.DataFrame:
    """The defined daily returns."""
    return books.frame(_RETURNS, account_id=account_id)


def best_days(returns: pd.DataFrame) -> pd.DataFrame:
    """The days with the highest return."""
    return returns.nlargest(DAYS_LISTED, "daily_return_pct")


def worst_days(returns: pd.DataFrame) -> pd.DataFrame:
    """The days with the lowest return."""
    return returns.nsmallest(DAYS_LISTED, "daily_return_pct")
