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
        cash_event.account_id,
        coalesce(cash_event.symbol, '$CASH') as symbol,
        day.value_date,
        case when cash_event.type = 'DEPOSIT' then cash_event.amount else 0 end as inflow,
        case when cash_event.type = 'WITHDRAWAL' then cash_event.amount else 0 end as outflow,
        case when cash_event.type in ('DIVIDEND', 'INTEREST') then cash_event.amount else 0 end as income,
        case when cash_event.type = 'FEE' then cash_event.amount else 0 end as fee,
        case when cash_event.type = 'TAX' then cash_event.amount else 0 end as tax
    from {{ ref('stg_cash_events') }} as cash_event
    inner join replayed on cash_event.account_id = replayed.account_id
    inner join {{ ref('dim_date') }} as day
        on cash_event.occurred_on = day.calendar_date and replayed.replay_from <= day.value_date
    where cash_event.is_effective
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
