{{ config(replay_keys='int_replay_accounts', replay_on=['account_id'], replay_date='value_date') }}

with

replayed as (
    select * from {{ ref('int_replay_accounts') }}
),

carried as (
    {{ carried_rows(ref('int_replay_accounts'), ['account_id']) }}
),

changes as (
    select *, inflow - outflow as net_deposit from {{ ref('int_account_changes_daily') }}
),

first_days as (
    select
        replayed.account_id,
        greatest(replayed.replay_from, coalesce(carried.replay_from, min(changes.value_date))) as first_date
    from replayed
    left join carried on replayed.account_id = carried.account_id
    left join changes on replayed.account_id = changes.account_id
    group by replayed.account_id, replayed.replay_from, carried.replay_from
    having coalesce(carried.replay_from, min(changes.value_date)) is not null
),

account_days as (
    select first_days.account_id, day.value_date
    from first_days
    inner join {{ ref('dim_date') }} as day on first_days.first_date <= day.value_date
    where day.is_valuation_day
),

running as (
    select
        account_days.account_id,
        account_days.value_date,
        coalesce(carried.cash_balance, 0) + sum(coalesce(changes.cash_change, 0)) over so_far as cash_balance,
        coalesce(carried.cash_settled, 0) + sum(coalesce(changes.settled_change, 0)) over so_far as cash_settled,
        coalesce(carried.receivables, 0) + sum(coalesce(changes.receivables_change, 0)) over so_far as receivables,
        coalesce(carried.payables, 0) + sum(coalesce(changes.payables_change, 0)) over so_far as payables,
        coalesce(carried.net_deposits, 0) + sum(coalesce(changes.net_deposit, 0)) over so_far as net_deposits,
        coalesce(carried.realized_pnl, 0) + sum(coalesce(changes.realized_pnl, 0)) over so_far as realized_pnl,
        coalesce(carried.income, 0) + sum(coalesce(changes.income, 0)) over so_far as income,
        coalesce(carried.fees, 0) + sum(coalesce(changes.fees, 0)) over so_far as fees,
        coalesce(carried.taxes, 0) + sum(coalesce(changes.taxes, 0)) over so_far as taxes,
        coalesce(changes.inflow, 0) as inflow,
        coalesce(changes.outflow, 0) as outflow,
        coalesce(changes.total_pnl, 0) as total_pnl,
        coalesce(changes.positions_value, 0) as positions_value,
        coalesce(changes.unrealized_pnl, 0) as unrealized_pnl
    from account_days
    left join carried on account_days.account_id = carried.account_id
    left join changes
        on account_days.account_id = changes.account_id and account_days.value_date = changes.value_date
    window so_far as (partition by account_days.account_id order by account_days.value_date)
)

select
    account_id,
    value_date,
    cast(cash_balance + positions_value as {{ amount() }}) as total_value,
    cast(cash_balance as {{ amount() }}) as cash_balance,
    cast(cash_settled as {{ amount() }}) as cash_settled,
    cast(receivables as {{ amount() }}) as receivables,
    cast(payables as {{ amount() }}) as payables,
    cast(positions_value as {{ amount() }}) as positions_value,
    cast(inflow as {{ amount() }}) as inflow,
    cast(outflow as {{ amount() }}) as outflow,
    cast(total_pnl as {{ amount() }}) as total_pnl,
    cast(net_deposits as {{ amount() }}) as net_deposits,
    cast(realized_pnl as {{ amount() }}) as realized_pnl,
    cast(unrealized_pnl as {{ amount() }}) as unrealized_pnl,
    cast(income as {{ amount() }}) as income,
    cast(fees as {{ amount() }}) as fees,
    cast(taxes as {{ amount() }}) as taxes,
    cash_balance < 0 as is_cash_negative,
    cash_settled < 0 as is_cash_settled_negative
from running
{{ in_order_of_months_and_accounts() }}
