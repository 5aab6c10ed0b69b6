with

trades as (
    select
        trade.account_id,
        trade.symbol,
        'TRADE' as kind,
        trade.traded_at as occurred_at,
        trade.trade_id as event_id,
        trade.signed_quantity,
        trade.consideration,
        trade.fee,
        trade.named_lot_id,
        cast(null as {{ number() }}) as numerator,
        cast(null as {{ number() }}) as denominator
    from {{ replayed(ref('fact_trades')) }} as trade
    inner join {{ ref('int_replay_lots') }} as replay
        on
            trade.account_id = replay.account_id
            and trade.symbol = replay.symbol
            and trade.trade_date >= replay.replay_from
),

splits as (
    select
        replay.account_id,
        replay.symbol,
        'SPLIT' as kind,
        cast(split.effective_date as timestamp) as occurred_at,
        split.original_event_id as event_id,
        null as signed_quantity,
        null as consideration,
        null as fee,
        null as named_lot_id,
        split.numerator,
        split.denominator
    from {{ ref('stg_corporate_actions') }} as split
    inner join {{ ref('int_replay_lots') }} as replay
        on
            split.symbol = replay.symbol
            and split.effective_date >= replay.replay_from
    where split.is_effective and split.type = 'SPLIT'
),

events as (
    select * from trades
    union all
    select * from splits
)

select
    events.*,
    account.lot_method
from events
inner join {{ ref('dim_account') }} as account on events.account_id = account.account_id
