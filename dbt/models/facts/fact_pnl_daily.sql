{{ config(replay_keys='int_replay_keys', replay_on=['account_id', 'symbol'], replay_date='value_date') }}

with

positions as (
    select position.*, replay.replay_from
    from {{ replayed(ref('fact_positions_daily')) }} as position
    inner join {{ ref('int_replay_keys') }} as replay
        on position.account_id = replay.account_id and position.symbol = replay.symbol
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
        fees - coalesce(lag(fees) over by_day, 0) as fees
    from with_row_before
    window by_day as (partition by account_id, symbol order by value_date)
),

replayed_changes as (
    select * from position_changes
    where value_date >= replay_from
),

cash as (
    select cash.*
    from {{ ref('int_cash_daily') }} as cash
    inner join {{ ref('int_replay_keys') }} as replay
        on cash.account_id = replay.account_id and cash.symbol = replay.symbol and cash.value_date >= replay.replay_from
),

changes as (
    select
        coalesce(position.account_id, cash.account_id) as account_id,
        coalesce(position.symbol, cash.symbol) as symbol,
        coalesce(position.value_date, cash.value_date) as value_date,
        coalesce(position.realized_pnl, 0) as realized_pnl,
        coalesce(position.unrealized_pnl_change, 0) as unrealized_pnl_change,
        coalesce(cash.income, 0) as income,
        coalesce(position.fees, 0) + coalesce(cash.fees, 0) as fees,
        coalesce(cash.taxes, 0) as taxes
    from replayed_changes as position
    full join cash
        on
            position.account_id = cash.account_id
            and position.symbol = cash.symbol
            and position.value_date = cash.value_date
)

select
    account_id,
    symbol,
    value_date,
    cast(realized_pnl as {{ amount() }}) as realized_pnl,
    cast(unrealized_pnl_change as {{ amount() }}) as unrealized_pnl_change,
    cast(income as {{ amount() }}) as income,
    cast(fees as {{ amount() }}) as fees,
    cast(taxes as {{ amount() }}) as taxes,
    cast(realized_pnl + unrealized_pnl_change + income - fees - taxes as {{ amount() }}) as total_pnl
from changes
{{ in_order_of_months_and_accounts() }}
