{{ config(replay_keys='int_replay_lots', replay_on=['account_id', 'symbol'], replay_date='trade_date') }}

with

effective_trades as (
    select trade.*
    from {{ ref('stg_trades') }} as trade
    inner join {{ ref('int_replay_lots') }} as replay
        on
            trade.account_id = replay.account_id
            and trade.symbol = replay.symbol
            and trade.occurred_on >= replay.replay_from
    where trade.is_effective
),

valued as (
    select
        *,
        {{ value_of('quantity', 'price') }} as quantity_times_price
    from effective_trades
)

select
    original_event_id as trade_id,
    event_id,
    account_id,
    symbol,
    side,
    quantity,
    case when side = 'BUY' then quantity else -quantity end as signed_quantity,
    price,
    coalesce(consideration, quantity_times_price) as consideration,
    fee,
    currency,
    lot_id as named_lot_id,
    occurred_at as traded_at,
    occurred_on as trade_date,
    settle_date,
    venue,
    cast(coalesce(consideration - quantity_times_price, 0) as {{ amount() }}) as consideration_difference,
    is_amendment as is_amended
from valued
{{ in_order_of_keys() }}
