{{ config(replay_keys='int_replay_keys', replay_on=['account_id', 'symbol'], replay_date='occurred_on') }}

with

stated as (
    select cash.*
    from {{ ref('int_cash_moves') }} as cash
    inner join {{ ref('int_replay_keys') }} as replay
        on
            cash.account_id = replay.account_id
            and cash.symbol = replay.symbol
            and cash.occurred_on >= replay.replay_from
),

moves as (
    select
        event_id, stream, account_id, symbol, type, amount, currency, occurred_on,
        occurred_on as settle_date, null as entitled_quantity, null as amount_per_share, description
    from stated
    union all
    select
        event_id, 'corporate_actions' as stream, account_id, symbol, 'DIVIDEND' as type, amount, currency,
        ex_date as occurred_on, greatest(pay_date, ex_date) as settle_date,
        quantity as entitled_quantity, amount_per_share, null as description
    from {{ ref('int_dividends') }}
)

select
    event_id,
    stream,
    account_id,
    symbol,
    type,
    amount,
    case when type in ('WITHDRAWAL', 'FEE', 'TAX') then -amount else amount end as signed_amount,
    currency,
    occurred_on,
    settle_date,
    cast(entitled_quantity as {{ units() }}) as entitled_quantity,
    cast(amount_per_share as {{ number() }}) as amount_per_share,
    description
from moves
