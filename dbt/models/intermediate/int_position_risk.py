"""Beta, marginal and component VaR of every position on the last valuation day, measured in measures/."""

from measures.held_tables import position_risk_table


def model(dbt, session):
    """Return a table of schema ``measures.held_tables.POSITION_RISK``."""
    dbt.config(materialized="table")
    held = dbt.ref("int_last_holdings").order("account_id, symbol").to_arrow_table()
    returns = dbt.ref("int_recent_returns").order("value_date, symbol").to_arrow_table()
    days = dbt.ref("int_recent_days").order("value_date").to_arrow_table()
    return position_risk_table(held, returns, days)
