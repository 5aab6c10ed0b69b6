with

open_lots as (
    select
        lot.account_id,
        lot.symbol,
        sum(lot.quantity) as quantity,
        sum(lot.cost) as cost
    from {{ ref('int_touched_lots') }} as lot
    where lot.opening_date is not null and lot.closing_date is null
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
