"""Whether the value at risk of every replayed month holds: ``measures`` does it."""

from measures.backtest_rows import backtest_rows


def model(dbt, session):
    """Return a row per account, month, method and confidence, schema ``measures.backtest_rows.BACKTESTS``."""
    dbt.config(materialized="table")
    counts = dbt.ref("int_backtest_windows").order("account_id, month_start, method, confidence_pct")
    return backtest_rows(counts.to_arrow_table())
