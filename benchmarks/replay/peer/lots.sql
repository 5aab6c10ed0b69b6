create table main_facts.fact_lots as
select
    concat_ws('|', account_id, symbol, lot_id, opened_by_event_id, coalesce(closed_by_event_id, 'open')) as slice_id,
    account_id, symbol, lot_id, lot_method, acquired_at, opened_at, opened_at::date as opened_on, opened_by_event_id,
    closed_at, closed_at::date as closed_on, closed_by_event_id, close_reason, quantity, unit_cost, cost, entry_fee,
    proceeds, exit_fee, is_fallback,
    (proceeds - cost)::decimal(28, 8) as realized_pnl,
    (proceeds - cost - entry_fee - exit_fee)::decimal(28, 8) as realized_pnl_net
from slices;
