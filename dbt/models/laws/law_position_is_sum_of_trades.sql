with

traded as (
    {{ trades_to_date_of_this_run() }}
),

positions as (
    {{ last_positions_of_this_run() }}
),

split_symbols as (
    select symbol
    from {{ ref('stg_corporate_actions') }}
    where is_effective and type = 'SPLIT'
)

select *
from traded
full join positions using (account_id, symbol)
where
    coalesce(traded.signed_quantity, 0) <> coalesce(positions.cumulative_position, 0)
    and symbol not in (select split_symbols.symbol from split_symbols)
