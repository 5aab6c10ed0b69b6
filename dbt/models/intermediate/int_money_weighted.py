"""Modified Dietz and XIRR of every replayed period: ``measures`` does it."""

from measures.period_rows import money_weighted_rows

NUMBERED = "*, cast(dense_rank() over (order by account_id, period, period_start) - 1 as bigint) as period_number"


def model(dbt, session):
    """Return a row per account and period, schema ``measures.period_rows.MONEY_WEIGHTED``."""
    dbt.config(materialized="table")
    periods = dbt.ref("int_periods").select(NUMBERED)
    numbers = periods.select("account_id, period, period_start, period_number").set_alias("numbers")
    flows = dbt.ref("int_period_flows").set_alias("flows").join(numbers, "account_id, period, period_start")
    return money_weighted_rows(
        periods.order("period_number").to_arrow_table(),
        flows.select("period_number, value_date, net_flow").order("period_number, value_date").to_arrow_table(),
    )
