with

replayed as (
    select * from {{ ref('int_replay_accounts') }}
),

trades as (
    select
        trade.account_id,
        trade.replay_from,
        {{ cash_of_trade('trade') }} as amount,
        trade.booked_on,
        trade.settled_on
    from {{ ref('int_touched_trades') }} as trade
),

cash_moves as (
    select
        cash.account_id,
        replayed.replay_from,
        cash.signed_amount as amount,
        booked.value_date as booked_on,
        settled.value_date as settled_on
    from {{ ref('fact_cash_moves') }} as cash
    inner join replayed on cash.account_id = replayed.account_id
    inner join {{ ref('dim_date') }} as booked on cash.occurred_on = booked.calendar_date
    left join {{ ref('dim_date') }} as settled on cash.settle_date = settled.calendar_date
),

moves as (
    select * from trades
    union all
    select * from cash_moves
),

legs as (
    select
        account_id, booked_on as value_date,
        0 as settled, greatest(amount, 0) as receivable, greatest(-amount, 0) as payable
    from moves
    where booked_on >= replay_from
    union all
    select
        account_id, settled_on as value_date,
        amount as settled, -greatest(amount, 0) as receivable, -greatest(-amount, 0) as payable
    from moves
    where settled_on >= replay_from
)

select
    account_id,
    value_date,
    cast(sum(settled) as {{ amount() }}) as settled_change,
    cast(sum(receivable) as {{ amount() }}) as receivables_change,
    cast(sum(payable) as {{ amount() }}) as payables_change
from legs
group by account_id, value_date
