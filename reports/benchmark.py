"""What accounts are measured against, from the published tables: a benchmark, and the risk-free index of a currency."""

from __future__ import annotations

from typing import Final

import duckdb
import numpy as np
import pyarrow as pa

from measures.measured import Column
from reports.portfolio import Benchmark, DayColumn

_BENCHMARK: Final = """
    select value_date, daily_return_pct / 100 as daily_return
    from main_metrics.index_returns
    where symbol = $symbol and is_of_one_day
    order by value_date
"""

_RISK_FREE_INDEX: Final = """
    select min(symbol) from main_dimensions.dim_symbol where asset_class = 'RISK_FREE' and currency = $currency
"""

_RISK_FREE: Final = """
    select value_date, daily_return_pct / 100 as daily_return
    from main_metrics.index_returns
    where symbol = $symbol
    order by value_date
"""


def benchmark_of(database: duckdb.DuckDBPyConnection, name: str | None, days: DayColumn) -> Benchmark | None:
    """The benchmark's return on each of the days; None when there is no benchmark or nothing is known of it."""
    if name is None:
        return None
    returns = _on_days(database.execute(_BENCHMARK, {"symbol": name}).to_arrow_table(), days)
    return Benchmark(name, returns) if np.isfinite(returns).any() else None


def risk_free_of(database: duckdb.DuckDBPyConnection, currency: str, days: DayColumn) -> Benchmark | None:
    """The risk-free return on each of the days, 0 on one without a price; None if the currency has no such index."""
    ((name,),) = database.execute(_RISK_FREE_INDEX, {"currency": currency}).fetchall()
    if name is None:
        return None
    returns = _on_days(database.execute(_RISK_FREE, {"symbol": name}).to_arrow_table(), days)
    return Benchmark(name, np.nan_to_num(returns))


def _on_days(table: pa.Table, days: DayColumn) -> Column:
    known = table["value_date"].to_numpy().astype("datetime64[D]")
    is_asked = np.isin(known, days)
    returns = np.full(len(days), np.nan)
    returns[np.searchsorted(days, known[is_asked])] = table["daily_return"].to_numpy()[is_asked]
    return returns
