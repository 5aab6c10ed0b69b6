with

touched_trades as (
    select account_id, symbol, occurred_on as replay_from
    from ({{ touched_events('trades') }}) as trade
),

touched_splits as (
    select symbol, min(effective_date) as replay_from
    from ({{ touched_events('corporate_actions') }}) as corporate_action
    where type = 'SPLIT'
    group by symbol
),

touched_accounts as (
    select distinct account_id
    from ({{ touched_events('accounts') }}) as account
),

held_through_split as (
    select distinct trade.account_id, trade.symbol, touched_splits.replay_from
    from {{ ref('stg_trades') }} as trade
    inner join touched_splits on trade.symbol = touched_splits.symbol
    where trade.occurred_at is not null
),

held_in_account as (
    select distinct trade.account_id, trade.symbol, {{ beginning_of_time() }} as replay_from
    from {{ ref('stg_trades') }} as trade
    inner join touched_accounts on trade.account_id = touched_accounts.account_id
    where trade.occurred_at is not null
),

touched as (
    select * from touched_trades
    union all
    select * from held_through_split
    union all
    select * from held_in_account
)

select
    account_id,
    symbol,
    min(replay_from) as replay_from
from touched
group by account_id, symbol
