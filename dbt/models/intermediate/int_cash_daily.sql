{#- Cash that moved other than by trades, per account, symbol ('$CASH' where none is named) and valuation day. -#}
select
    cash_event.account_id,
    coalesce(cash_event.symbol, '$CASH') as symbol,
    day.value_date,
    cast(sum(case when cash_event.type = 'DEPOSIT' then cash_event.amount else 0 end) as {{ amount() }}) as inflow,
    cast(sum(case when cash_event.type = 'WITHDRAWAL' then cash_event.amount else 0 end) as {{ amount() }}) as outflow,
    cast(sum(case when cash_event.type in ('DIVIDEND', 'INTEREST') then cash_event.amount else 0 end)
        as {{ amount() }}) as income,
    cast(sum(case when cash_event.type = 'FEE' then cash_event.amount else 0 end) as {{ amount() }}) as fees,
    cast(sum(case when cash_event.type = 'TAX' then cash_event.amount else 0 end) as {{ amount() }}) as taxes
from {{ ref('stg_cash_events') }} as cash_event
inner join (
    select account_id, min(replay_from) as replay_from
    from {{ ref('int_replay_keys') }}
    group by account_id
) as replay on cash_event.account_id = replay.account_id
inner join {{ ref('dim_date') }} as day
    on cash_event.occurred_on = day.calendar_date and day.value_date >= replay.replay_from
where cash_event.is_effective
group by cash_event.account_id, coalesce(cash_event.symbol, '$CASH'), day.value_date
