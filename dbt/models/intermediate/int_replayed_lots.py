"""The fold over the touched keys: the house's one Python model."""

from ledger.columns import replay_columns


def model(dbt, session):
    """Return the slices that follow from the events and the carried slices, schema ``ledger.columns.SLICES``."""
    dbt.config(materialized="table")
    in_total_order = "account_id, symbol, occurred_at, kind, event_id"
    events = dbt.ref("int_ledger_events").order(in_total_order).to_arrow_table()
    carried = dbt.ref("int_carried_lots").to_arrow_table()
    return replay_columns(events, carried)
