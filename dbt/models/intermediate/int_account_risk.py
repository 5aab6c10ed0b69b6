"""VaR and ES of every account on the last valuation day, measured in measures/."""

from measures.held_tables import account_risk_table


def model(dbt, session):
    """Return a table of schema ``measures.held_tables.ACCOUNT_RISK``."""
    dbt.config(materialized="table")
    held = dbt.ref("int_last_holdings").order("account_id, symbol").to_arrow_table()
    returns = dbt.ref("int_recent_returns").order("value_date, symbol").to_arrow_table()
    days = dbt.ref("int_recent_days").order("value_date").to_arrow_table()
    return account_risk_table(held, returns, days)
