with

replayed as (
    select
        account_id,
        min(replay_from) as replay_from
    from {{ ref('int_replay_keys') }}
    group by account_id
),

moved as (
    select
        cash.account_id,
        cash.symbol,
        day.value_date,
        case when cash.type = 'DEPOSIT' then cash.amount else 0 end as inflow,
        case when cash.type = 'WITHDRAWAL' then cash.amount else 0 end as outflow,
        case when cash.type in ('DIVIDEND', 'INTEREST') then cash.amount else 0 end as income,
        case when cash.type = 'FEE' then cash.amount else 0 end as fee,
        case when cash.type = 'TAX' then cash.amount else 0 end as tax
    from {{ ref('fact_cash_moves') }} as cash
    inner join replayed on cash.account_id = replayed.account_id
    inner join {{ ref('dim_date') }} as day
        on cash.occurred_on = day.calendar_date and replayed.replay_from <= day.value_date
)

select
    account_id,
    symbol,
    value_date,
    cast(sum(inflow) as {{ amount() }}) as inflow,
    cast(sum(outflow) as {{ amount() }}) as outflow,
    cast(sum(income) as {{ amount() }}) as income,
    cast(sum(fee) as {{ amount() }}) as fees,
    cast(sum(tax) as {{ amount() }}) as taxes
from moved
group by account_id, symbol, value_date
