"""Value at risk and expected shortfall of every replayed account-day: ``measures`` does it."""

from measures.risk_rows import tail_stream

ROWS_PER_BATCH = 25_000
COLUMNS = "account_id, value_date, day_return, return_count, is_replayed"


def model(dbt, session):
    """Return a row per account, valuation day and method, schema ``measures.risk_rows.TAILS``."""
    dbt.config(materialized="table")
    rows = dbt.ref("int_returns_to_measure").select(COLUMNS).order("account_id, value_date")
    return tail_stream(rows.to_arrow_reader(ROWS_PER_BATCH))
