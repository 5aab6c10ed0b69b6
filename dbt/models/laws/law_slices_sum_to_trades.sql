-- A pool is closed at cost and opened again with the trade in it. Trades and splits are numbered apart: a split of the
-- same id begins slices at another time.
with

trades as (
    select * from {{ replayed(ref('fact_trades')) }}
),

slices as (
    select * from {{ replayed(ref('fact_lots')) }}
),

legs as (
    select
        account_id,
        symbol,
        opened_by_event_id as trade_id,
        opened_at as traded_at,
        quantity,
        cost as consideration,
        entry_fee as fee
    from slices
    union all
    select
        account_id,
        symbol,
        closed_by_event_id as trade_id,
        closed_at as traded_at,
        -quantity as quantity,
        case when close_reason = 'pooled' then -cost else -proceeds end as consideration,
        case when close_reason = 'pooled' then -entry_fee else exit_fee end as fee
    from slices
    where close_reason in ('sold', 'covered', 'pooled')
),

by_trade as (
    select
        account_id,
        symbol,
        trade_id,
        traded_at,
        sum(quantity) as quantity,
        sum(consideration) as consideration,
        sum(fee) as fee
    from legs
    group by account_id, symbol, trade_id, traded_at
)

select
    trades.account_id,
    trades.symbol,
    trades.trade_id,
    trades.trade_date,
    trades.signed_quantity,
    trades.consideration,
    trades.fee,
    by_trade.quantity as quantity_of_slices,
    by_trade.consideration as consideration_of_slices,
    by_trade.fee as fee_of_slices
from trades
left join by_trade
    on
        trades.account_id = by_trade.account_id
        and trades.symbol = by_trade.symbol
        and trades.trade_id = by_trade.trade_id
        and trades.traded_at = by_trade.traded_at
where
    by_trade.quantity is distinct from trades.signed_quantity
    or by_trade.fee is distinct from trades.fee
    or by_trade.consideration is distinct from (
        case when trades.side = 'BUY' then trades.consideration else -trades.consideration end
    )
