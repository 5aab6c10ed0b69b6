with

slices as (
    select * from {{ ref('int_touched_lots') }}
),

opened as (
    select
        account_id, symbol, replay_from, opening_date as value_date,
        quantity, cost, entry_fee,
        0 as realized_pnl, 0 as realized_pnl_net, 0 as fees, 0 as open_lot_count,
        null as last_trade_price, null as last_trade
    from slices
    where opening_date >= replay_from
),

closed as (
    select
        account_id, symbol, replay_from, closing_date as value_date,
        -quantity as quantity, -cost as cost, -entry_fee as entry_fee,
        coalesce(realized_pnl, 0) as realized_pnl, coalesce(realized_pnl_net, 0) as realized_pnl_net,
        0 as fees, 0 as open_lot_count,
        null as last_trade_price, null as last_trade
    from slices
    where closing_date >= replay_from
),

lots as (
    select
        account_id, symbol, replay_from, lot_id, opened_by_event_id,
        min(opening_date) as opening_date,
        case when count(closing_date) = count(*) then max(closing_date) end as closing_date
    from slices
    group by account_id, symbol, replay_from, lot_id, opened_by_event_id
),

lots_opened_and_closed as (
    select account_id, symbol, replay_from, opening_date as value_date, 1 as open_lot_count
    from lots
    where opening_date >= replay_from
    union all
    select account_id, symbol, replay_from, closing_date as value_date, -1 as open_lot_count
    from lots
    where closing_date >= replay_from
),

counted as (
    select
        account_id, symbol, replay_from, value_date,
        0 as quantity, 0 as cost, 0 as entry_fee, 0 as realized_pnl, 0 as realized_pnl_net,
        0 as fees, open_lot_count,
        null as last_trade_price, null as last_trade
    from lots_opened_and_closed
),

traded as (
    select
        trade.account_id, trade.symbol, replay.replay_from, trade.booked_on as value_date,
        0 as quantity, 0 as cost, 0 as entry_fee, 0 as realized_pnl, 0 as realized_pnl_net,
        trade.fee as fees, 0 as open_lot_count,
        trade.price as last_trade_price, (trade.traded_at, 1, trade.trade_id) as last_trade
    from {{ ref('int_touched_trades') }} as trade
    inner join {{ ref('int_replay_keys') }} as replay
        on
            trade.account_id = replay.account_id
            and trade.symbol = replay.symbol
            and trade.booked_on >= replay.replay_from
),

restated as (
    select
        account_id, symbol, replay_from, value_date,
        0 as quantity, 0 as cost, 0 as entry_fee, 0 as realized_pnl, 0 as realized_pnl_net,
        0 as fees, 0 as open_lot_count,
        last_trade_price, (cast(effective_date as timestamp), 0, event_id) as last_trade
    from {{ ref('int_trade_prices_after_splits') }}
),

changes as (
    select * from opened
    union all
    select * from closed
    union all
    select * from counted
    union all
    select * from traded
    union all
    select * from restated
)

select
    account_id,
    symbol,
    replay_from,
    value_date,
    cast(sum(quantity) as {{ units() }}) as quantity,
    cast(sum(cost) as {{ amount() }}) as cost,
    cast(sum(entry_fee) as {{ amount() }}) as entry_fee,
    cast(sum(realized_pnl) as {{ amount() }}) as realized_pnl,
    cast(sum(realized_pnl_net) as {{ amount() }}) as realized_pnl_net,
    cast(sum(fees) as {{ amount() }}) as fees,
    cast(sum(open_lot_count) as bigint) as open_lot_count,
    cast(max_by(last_trade_price, last_trade) as {{ number() }}) as last_trade_price
from changes
group by account_id, symbol, replay_from, value_date
