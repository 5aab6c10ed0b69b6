"""Risk of every replayed account-day over each window: ``measures`` does it."""

from measures.risk_rows import risk_stream

ROWS_PER_BATCH = 25_000


def model(dbt, session):
    """Return a row per account, valuation day and window, schema ``measures.risk_rows.RISK``."""
    dbt.config(materialized="table")
    rows = dbt.ref("int_returns_to_measure").order("account_id, value_date")
    return risk_stream(rows.to_arrow_reader(ROWS_PER_BATCH))
