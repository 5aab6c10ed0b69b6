-- Law: open lots sum to the position, in quantity and in cost. What happened after the last valuation day counts in
-- neither: it has no value_date yet.
with

open_lots as (
    select
        lot.account_id,
        lot.symbol,
        sum(lot.quantity) as quantity,
        sum(lot.cost) as cost
    from {{ ref('fact_lots') }} as lot
    inner join {{ ref('int_replay_keys') }} as replay
        on lot.account_id = replay.account_id and lot.symbol = replay.symbol
    inner join {{ ref('dim_date') }} as opening
        on lot.opened_on = opening.calendar_date
    left join {{ ref('dim_date') }} as closing
        on lot.closed_on = closing.calendar_date
    where
        opening.value_date is not null
        and closing.value_date is null
        and {{ is_of_touched_account('lot.account_id', ref('int_replay_keys')) }}
    group by lot.account_id, lot.symbol
),

positions as (
    {{ last_positions_of_this_run() }}
)

select *
from open_lots
full join positions using (account_id, symbol)
where
    coalesce(open_lots.quantity, 0) <> coalesce(positions.cumulative_position, 0)
    or coalesce(open_lots.cost, 0) <> coalesce(positions.cost_basis, 0)
