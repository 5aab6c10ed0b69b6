-- Slices of the replayed keys that live on a replayed day: opened, closed or held. With the valuation days on which that
-- counts: what was closed on a weekend has its last position on the day after it.
select
    lot.account_id,
    lot.symbol,
    replay.replay_from,
    lot.lot_id,
    lot.opened_on,
    lot.opened_by_event_id,
    opening.value_date as opening_date,
    lot.closed_on,
    lot.closed_by_event_id,
    closing.value_date as closing_date,
    lot.quantity,
    lot.cost,
    lot.entry_fee,
    lot.realized_pnl,
    lot.realized_pnl_net
from {{ ref('fact_lots') }} as lot
inner join {{ ref('int_replay_keys') }} as replay
    on lot.account_id = replay.account_id and lot.symbol = replay.symbol
left join {{ ref('dim_date') }} as opening on lot.opened_on = opening.calendar_date
left join {{ ref('dim_date') }} as closing on lot.closed_on = closing.calendar_date
where
    coalesce(closing.value_date, {{ end_of_time() }}) >= replay.replay_from
    and {{ is_of_touched_account('lot.account_id', ref('int_replay_keys')) }}
