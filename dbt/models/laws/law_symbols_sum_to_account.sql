with

accounts as (
    select account_id, value_date, positions_value, total_pnl
    from {{ replayed(ref('fact_portfolio_value_daily')) }}
),

by_symbol as (
    select account_id, symbol, value_date, market_value, 0 as total_pnl
    from {{ ref('fact_positions_daily') }}
    union all
    select account_id, symbol, value_date, 0 as market_value, total_pnl
    from {{ ref('fact_pnl_daily') }}
),

symbols as (
    select
        by_symbol.account_id,
        by_symbol.value_date,
        sum(by_symbol.market_value) as positions_value,
        sum(by_symbol.total_pnl) as total_pnl
    from by_symbol
    inner join {{ ref('int_replay_accounts') }} as replay
        on by_symbol.account_id = replay.account_id and by_symbol.value_date >= replay.replay_from
    where {{ is_of_touched_account('by_symbol.account_id', ref('int_replay_accounts')) }}
    group by by_symbol.account_id, by_symbol.value_date
)

select *
from accounts
full join symbols using (account_id, value_date)
where
    coalesce(accounts.positions_value, 0) <> coalesce(symbols.positions_value, 0)
    or coalesce(accounts.total_pnl, 0) <> coalesce(symbols.total_pnl, 0)
