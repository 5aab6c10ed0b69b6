-- Trades of the replayed accounts that are booked or settled on a replayed day, with the valuation days of both.
with

trades as (
    select
        trade.account_id,
        trade.symbol,
        replay.replay_from,
        trade.trade_id,
        trade.traded_at,
        booked.value_date as booked_on,
        case when trade.settle_date is null then booked.settlement_date else stated.value_date end as settled_on,
        trade.side,
        trade.price,
        trade.consideration,
        trade.fee
    from {{ ref('fact_trades') }} as trade
    inner join {{ ref('int_replay_accounts') }} as replay on trade.account_id = replay.account_id
    inner join {{ ref('dim_date') }} as booked on trade.trade_date = booked.calendar_date
    left join {{ ref('dim_date') }} as stated
        on greatest(trade.settle_date, trade.trade_date) = stated.calendar_date
    where {{ is_of_touched_account('trade.account_id', ref('int_replay_accounts')) }}
)

select *
from trades
where booked_on >= replay_from or settled_on >= replay_from
