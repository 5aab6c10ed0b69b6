{{ config(replay_keys='int_replay_keys', replay_on=['account_id', 'symbol'], replay_date='value_date') }}

with

positions as (
    select position.*, replay.replay_from
    from {{ ref('fact_positions_daily') }} as position
    inner join {{ ref('int_replay_keys') }} as replay
        on position.account_id = replay.account_id and position.symbol = replay.symbol
    where position.value_date >= replay.replay_from
),

positions_before as (
    {{ last_rows_before(ref('fact_positions_daily'), ref('int_replay_keys'), ['account_id', 'symbol']) }}
),

with_row_before as (
    select * from positions
    union all
    select * from positions_before
),

position_changes as (
    select
        account_id,
        symbol,
        value_date,
        replay_from,
        realized_pnl - coalesce(lag(realized_pnl) over by_day, 0) as realized_pnl,
        unrealized_pnl - coalesce(lag(unrealized_pnl) over by_day, 0) as unrealized_pnl_change,
        0 as income,
        fees - coalesce(lag(fees) over by_day, 0) as fees,
        0 as taxes
    from with_row_before
    window by_day as (partition by account_id, symbol order by value_date)
),

cash as (
    select
        cash.account_id, cash.symbol, cash.value_date, replay.replay_from,
        0 as realized_pnl, 0 as unrealized_pnl_change, cash.income, cash.fees, cash.taxes
    from {{ ref('int_cash_daily') }} as cash
    inner join {{ ref('int_replay_keys') }} as replay
        on cash.account_id = replay.account_id and cash.symbol = replay.symbol
),

changes as (
    select * from position_changes
    union all
    select * from cash
)

select
    account_id,
    symbol,
    value_date,
    cast(sum(realized_pnl) as {{ amount() }}) as realized_pnl,
    cast(sum(unrealized_pnl_change) as {{ amount() }}) as unrealized_pnl_change,
    cast(sum(income) as {{ amount() }}) as income,
    cast(sum(fees) as {{ amount() }}) as fees,
    cast(sum(taxes) as {{ amount() }}) as taxes,
    cast(
        sum(realized_pnl) + sum(unrealized_pnl_change) + sum(income) - sum(fees) - sum(taxes) as {{ amount() }}
    ) as total_pnl
from changes
where value_date >= replay_from
group by account_id, symbol, value_date
{{ in_order_of_days() }}
