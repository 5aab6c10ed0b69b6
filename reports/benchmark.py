"""The returns of a benchmark, from the published tables: a symbol that somebody holds, or another account.

Prices are published where a symbol is held, as carried as they value the books, and not adjusted for splits: the units
that a split makes of one are known from the lots that it ended. So there is a return on every day that somebody held
the symbol on it and on the valuation day before.
"""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np

from reports.portfolio import Benchmark, DayColumn

_OF_SYMBOL: Final = """
    with
    closes as (
        select value_date, cast(max(close_price) as double) as close_price
        from main_facts.fact_positions_daily
        where symbol = $benchmark and not is_price_from_trade
        group by value_date
    ),
    lots_split as (
        select
            calendar.value_date,
            old.closed_by_event_id,
            cast(sum(new.quantity) as double) / nullif(cast(sum(old.quantity) as double), 0) as units_of_one
        from main_facts.fact_lots as old
        inner join main_facts.fact_lots as new
            on old.account_id = new.account_id and old.symbol = new.symbol and old.lot_id = new.lot_id
                and old.closed_by_event_id = new.opened_by_event_id
        inner join main_dimensions.dim_date as calendar on old.closed_on = calendar.calendar_date
        where old.symbol = $benchmark and old.close_reason = 'split' and old.quantity > 0
        group by calendar.value_date, old.closed_by_event_id
    ),
    splits as (
        select value_date, product(units_of_one) as units_of_one from lots_split group by value_date
    )
    select
        closes.value_date,
        case
            when calendar.valuation_day_number - lag(calendar.valuation_day_number) over by_day = 1
                then closes.close_price * coalesce(splits.units_of_one, 1) / lag(closes.close_price) over by_day - 1
        end as daily_return
    from closes
    inner join main_dimensions.dim_date as calendar on closes.value_date = calendar.calendar_date
    left join splits on closes.value_date = splits.value_date
    window by_day as (order by closes.value_date)
    order by closes.value_date
"""

_OF_ACCOUNT: Final = """
    select value_date, daily_return_pct / 100 as daily_return
    from main_metrics.daily_returns
    where account_id = $benchmark
    order by value_date
"""


def benchmark_of(database: duckdb.DuckDBPyConnection, name: str | None, days: DayColumn) -> Benchmark | None:
    """The benchmark's return on each of the days; None when there is no benchmark or nothing is known of it."""
    if name is None:
        return None
    for sql in (_OF_SYMBOL, _OF_ACCOUNT):
        table = database.execute(sql, {"benchmark": name}).to_arrow_table()
        known = table["value_date"].to_numpy().astype("datetime64[D]")
        earned = table["daily_return"].to_numpy().astype(np.float64)
        is_known = np.isin(known, days)
        if np.isfinite(earned[is_known]).any():
            returns = np.full(len(days), np.nan)
            returns[np.searchsorted(days, known[is_known])] = earned[is_known]
            return Benchmark(name, returns)
    return None
