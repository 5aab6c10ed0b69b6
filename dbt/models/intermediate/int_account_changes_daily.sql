with

replayed as (
    select * from {{ ref('int_replay_accounts') }}
),

traded as (
    select
        account_id,
        booked_on as value_date,
        sum({{ cash_of_trade('trade') }}) as cash_change
    from {{ ref('int_touched_trades') }} as trade
    where booked_on >= replay_from
    group by account_id, booked_on
),

cash as (
    select
        account_id,
        value_date,
        sum(inflow) as inflow,
        sum(outflow) as outflow,
        sum(inflow - outflow + income - fees - taxes) as cash_change
    from {{ ref('int_cash_daily') }}
    group by account_id, value_date
),

earned as (
    select
        pnl.account_id,
        pnl.value_date,
        sum(pnl.realized_pnl) as realized_pnl,
        sum(pnl.income) as income,
        sum(pnl.fees) as fees,
        sum(pnl.taxes) as taxes,
        sum(pnl.total_pnl) as total_pnl
    from {{ ref('fact_pnl_daily') }} as pnl
    inner join replayed
        on pnl.account_id = replayed.account_id and pnl.value_date >= replayed.replay_from
    where {{ is_of_touched_account('pnl.account_id', ref('int_replay_accounts')) }}
    group by pnl.account_id, pnl.value_date
),

held as (
    select
        position.account_id,
        position.value_date,
        sum(position.market_value) as positions_value,
        sum(position.unrealized_pnl) as unrealized_pnl
    from {{ ref('fact_positions_daily') }} as position
    inner join replayed
        on position.account_id = replayed.account_id and position.value_date >= replayed.replay_from
    where {{ is_of_touched_account('position.account_id', ref('int_replay_accounts')) }}
    group by position.account_id, position.value_date
),

settled as (
    select * from {{ ref('int_settlements_daily') }}
),

days as (
    select account_id, value_date from traded
    union
    select account_id, value_date from cash
    union
    select account_id, value_date from held
    union
    select account_id, value_date from settled
)

select
    days.account_id,
    days.value_date,
    cast(coalesce(traded.cash_change, 0) + coalesce(cash.cash_change, 0) as {{ amount() }}) as cash_change,
    coalesce(settled.settled_change, 0) as settled_change,
    coalesce(settled.receivables_change, 0) as receivables_change,
    coalesce(settled.payables_change, 0) as payables_change,
    cast(coalesce(cash.inflow, 0) as {{ amount() }}) as inflow,
    cast(coalesce(cash.outflow, 0) as {{ amount() }}) as outflow,
    cast(coalesce(earned.realized_pnl, 0) as {{ amount() }}) as realized_pnl,
    cast(coalesce(earned.income, 0) as {{ amount() }}) as income,
    cast(coalesce(earned.fees, 0) as {{ amount() }}) as fees,
    cast(coalesce(earned.taxes, 0) as {{ amount() }}) as taxes,
    cast(coalesce(earned.total_pnl, 0) as {{ amount() }}) as total_pnl,
    cast(coalesce(held.positions_value, 0) as {{ amount() }}) as positions_value,
    cast(coalesce(held.unrealized_pnl, 0) as {{ amount() }}) as unrealized_pnl
from days
left join traded on days.account_id = traded.account_id and days.value_date = traded.value_date
left join cash on days.account_id = cash.account_id and days.value_date = cash.value_date
left join earned on days.account_id = earned.account_id and days.value_date = earned.value_date
left join held on days.account_id = held.account_id and days.value_date = held.value_date
left join settled on days.account_id = settled.account_id and days.value_date = settled.value_date
