{{ config(materialized='view') }}

with

-- Only what was held: a position that was flat takes its price from the trade that opens it again.
splits_of_replay as (
    select distinct
        replay.account_id,
        replay.symbol,
        replay.replay_from,
        split.event_id,
        split.effective_date,
        day.value_date
    from {{ ref('int_replay_keys') }} as replay
    inner join {{ ref('int_splits') }} as split on replay.symbol = split.symbol
    inner join {{ ref('dim_date') }} as day
        on split.effective_date = day.calendar_date and replay.replay_from <= day.value_date
    inner join {{ ref('fact_lots') }} as lot
        on
            replay.account_id = lot.account_id
            and replay.symbol = lot.symbol
            and split.event_id = lot.closed_by_event_id
),

last_trades_before as (
    select
        split.account_id,
        split.symbol,
        split.replay_from,
        split.event_id,
        split.effective_date,
        split.value_date,
        max_by(trade.price, (trade.traded_at, trade.trade_id)) as price,
        max(trade.trade_date) as trade_date
    from splits_of_replay as split
    inner join {{ ref('fact_trades') }} as trade
        on
            split.account_id = trade.account_id
            and split.symbol = trade.symbol
            and split.effective_date > trade.trade_date
    group by all
)

select
    trade.account_id,
    trade.symbol,
    trade.replay_from,
    trade.event_id,
    trade.effective_date,
    trade.value_date,
    {{ price_after_splits('any_value(trade.price)', 'since') }} as last_trade_price
from last_trades_before as trade
inner join {{ ref('int_splits') }} as since
    on
        trade.symbol = since.symbol
        and trade.trade_date < since.effective_date
        and trade.effective_date >= since.effective_date
group by
    trade.account_id, trade.symbol, trade.replay_from, trade.event_id, trade.effective_date, trade.value_date
