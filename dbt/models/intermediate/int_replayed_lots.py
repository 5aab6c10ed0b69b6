"""The fold over the touched keys: the house's one Python model. Rows stream through it; it never holds them all."""

from ledger.columns import ROWS_PER_BATCH, replay_stream

ROWS_OF_CARRIED_LOTS = """
    account_id, symbol, lot_method, 'CARRIED' as kind, acquired_at as occurred_at, lot_id as event_id, opened_at,
    opened_by_event_id, quantity, cost as amount, entry_fee as fee, cast(null as varchar) as named_lot_id,
    null as numerator, null as denominator
"""
ROWS_OF_EVENTS = """
    account_id, symbol, lot_method, kind, occurred_at, event_id, cast(null as timestamp) as opened_at,
    cast(null as varchar) as opened_by_event_id, signed_quantity as quantity, consideration as amount, fee,
    named_lot_id, numerator, denominator
"""
CARRIED_FIRST_THEN_TOTAL_ORDER = """
    account_id, symbol, kind <> 'CARRIED', occurred_at, kind, event_id, opened_by_event_id
"""


def model(dbt, session):
    """Return the slices that follow from the events and the carried slices, schema ``ledger.schema.SLICES``.

    dbt-duckdb writes what is returned on a cursor of its own, so that the query behind the stream stays open meanwhile.
    """
    dbt.config(materialized="table")
    carried = dbt.ref("int_carried_lots").select(ROWS_OF_CARRIED_LOTS)
    events = dbt.ref("int_ledger_events").select(ROWS_OF_EVENTS)
    rows = carried.union(events)
    (row_count,) = rows.count("*").fetchone()
    return replay_stream(rows.order(CARRIED_FIRST_THEN_TOTAL_ORDER).to_arrow_reader(ROWS_PER_BATCH), row_count)
