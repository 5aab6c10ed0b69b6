with

traded as (
    {{ trades_to_date_of_this_run() }}
),

positions as (
    {{ last_positions_of_this_run() }}
)

select *
from traded
full join positions using (account_id, symbol)
where
    coalesce(positions.pnl, 0) <> coalesce(positions.market_value, 0) - coalesce(traded.paid, 0)
