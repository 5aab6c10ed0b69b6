{{ config(
    replay_keys='int_replay_lots',
    replay_on=['account_id', 'symbol'],
    replay_date="coalesce(closed_on, date '9999-12-31')"
) }}

select
    concat_ws('|', account_id, symbol, lot_id, opened_by_event_id, coalesce(closed_by_event_id, 'open')) as slice_id,
    account_id,
    symbol,
    lot_id,
    lot_method,
    acquired_at,
    opened_at,
    cast(opened_at as date) as opened_on,
    opened_by_event_id,
    closed_at,
    cast(closed_at as date) as closed_on,
    closed_by_event_id,
    close_reason,
    quantity,
    unit_cost,
    cost,
    entry_fee,
    proceeds,
    exit_fee,
    is_fallback,
    cast(proceeds - cost as {{ amount() }}) as realized_pnl,
    cast(proceeds - cost - entry_fee - exit_fee as {{ amount() }}) as realized_pnl_net
from {{ ref('int_replayed_lots') }}
-- depends_on: {{ ref('int_replay_lots') }}
