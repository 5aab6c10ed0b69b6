with

touched_prices as (
    select symbol, min(occurred_on) as replay_from
    from ({{ touched_events('prices') }}) as price
    group by symbol
),

touched_cash as (
    select account_id, coalesce(symbol, '$CASH') as symbol, occurred_on as replay_from
    from ({{ touched_events('cash_events') }}) as cash_event
),

touched_dividends as (
    select symbol, min(ex_date) as replay_from
    from ({{ touched_events('corporate_actions') }}) as corporate_action
    where type = 'DIVIDEND'
    group by symbol
),

held_before_ex_date as (
    select lot.account_id, lot.symbol, touched_dividends.replay_from
    from {{ ref('fact_lots') }} as lot
    inner join touched_dividends
        on
            lot.symbol = touched_dividends.symbol
            and coalesce(lot.closed_on, {{ end_of_time() }}) >= touched_dividends.replay_from
),

-- By value_date: what was closed on a weekend has its last row, and its last price, on the valuation day after it.
held_when_priced as (
    select lot.account_id, lot.symbol, touched_prices.replay_from
    from {{ ref('fact_lots') }} as lot
    inner join touched_prices on lot.symbol = touched_prices.symbol
    left join {{ ref('dim_date') }} as closing on lot.closed_on = closing.calendar_date
    where coalesce(closing.value_date, {{ end_of_time() }}) >= touched_prices.replay_from
),

held_on_new_day as (
    select lot.account_id, lot.symbol, new_day.replay_from
    from {{ ref('fact_lots') }} as lot
    inner join {{ ref('int_touched_days') }} as new_day
        on coalesce(lot.closed_on, {{ end_of_time() }}) > new_day.previous_valuation_date
),

cash_on_new_day as (
    select cash.account_id, cash.symbol, new_day.replay_from
    from {{ ref('int_cash_moves') }} as cash
    inner join {{ ref('int_touched_days') }} as new_day
        on cash.occurred_on > new_day.previous_valuation_date
),

touched as (
    select account_id, symbol, replay_from from {{ ref('int_replay_lots') }}
    union all
    select * from touched_cash
    union all
    select * from held_before_ex_date
    union all
    select * from held_when_priced
    union all
    select * from held_on_new_day
    union all
    select * from cash_on_new_day
)

select
    account_id,
    symbol,
    min(replay_from) as replay_from
from touched
group by account_id, symbol
