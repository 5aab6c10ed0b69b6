{{ config(materialized='view') }}

with

declared as (
    select
        original_event_id as event_id,
        symbol,
        amount_per_share,
        currency,
        ex_date,
        pay_date
    from {{ ref('stg_corporate_actions') }}
    where is_effective and type = 'DIVIDEND'
),

-- Entitled is what was held at the close of the day before the ex-date; a split on the ex-date comes after that.
entitled as (
    select
        declared.event_id,
        lot.account_id,
        sum(lot.quantity) as quantity
    from declared
    inner join {{ ref('int_touched_lots') }} as lot
        on
            declared.symbol = lot.symbol
            and declared.ex_date >= lot.replay_from
            and declared.ex_date > lot.opened_on
            and declared.ex_date <= coalesce(lot.closed_on, {{ end_of_time() }})
    group by declared.event_id, lot.account_id
    having sum(lot.quantity) <> 0
)

select
    declared.event_id,
    entitled.account_id,
    declared.symbol,
    cast(entitled.quantity as {{ units() }}) as quantity,
    declared.amount_per_share,
    {{ value_of('entitled.quantity', 'declared.amount_per_share') }} as amount,
    declared.currency,
    declared.ex_date,
    declared.pay_date
from declared
inner join entitled on declared.event_id = entitled.event_id
