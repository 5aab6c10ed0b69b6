{{ config(
    materialized='incremental',
    incremental_strategy='replay',
    on_schema_change='fail',
    replay_keys='int_replay_returns',
    replay_on=['account_id'],
    replay_date='value_date'
) }}

with

members as (
    select account_id, {{ book_of('base_currency') }} as book_id
    from {{ ref('dim_account') }}
),

summed as (
    select
        members.book_id as account_id,
        portfolio.value_date,
        sum(portfolio.total_value) as total_value,
        sum(portfolio.inflow - portfolio.outflow) as net_flow,
        sum(portfolio.net_deposits) as net_deposits,
        sum(portfolio.realized_pnl) as realized_pnl,
        sum(portfolio.unrealized_pnl) as unrealized_pnl,
        sum(portfolio.income) as income,
        sum(portfolio.fees) as fees,
        sum(portfolio.taxes) as taxes
    from {{ ref('fact_portfolio_value_daily') }} as portfolio
    inner join members on portfolio.account_id = members.account_id
    inner join {{ ref('int_replay_returns') }} as replay
        on members.book_id = replay.account_id and portfolio.value_date >= replay.replay_from
    group by members.book_id, portfolio.value_date
)

-- Money that goes from one account of a book to another neither comes in nor goes out: only the day's sum counts.
select
    account_id,
    value_date,
    cast(total_value as {{ amount() }}) as total_value,
    cast(greatest(net_flow, 0) as {{ amount() }}) as inflow,
    cast(greatest(-net_flow, 0) as {{ amount() }}) as outflow,
    cast(net_deposits as {{ amount() }}) as net_deposits,
    cast(realized_pnl as {{ amount() }}) as realized_pnl,
    cast(unrealized_pnl as {{ amount() }}) as unrealized_pnl,
    cast(income as {{ amount() }}) as income,
    cast(fees as {{ amount() }}) as fees,
    cast(taxes as {{ amount() }}) as taxes
from summed
{{ in_order_of_months_and_accounts() }}
