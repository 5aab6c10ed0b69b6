with

last_day as (
    select max(value_date) as value_date
    from {{ ref('int_recent_days') }}
),

held as (
    select position.*
    from {{ ref('fact_positions_daily') }} as position
    inner join last_day on position.value_date = last_day.value_date
    inner join {{ ref('int_replay_returns') }} as replay on position.account_id = replay.account_id
    where
        position.cumulative_position <> 0
        and {{ is_of_touched_account('position.account_id', ref('int_replay_returns')) }}
)

select
    portfolio.account_id,
    held.symbol,
    account.benchmark_symbol,
    portfolio.value_date,
    held.market_value,
    portfolio.total_value > 0 as has_capital,
    case when portfolio.total_value > 0 then {{ ratio('held.market_value', 'portfolio.total_value') }} end as weight
from {{ ref('fact_portfolio_value_daily') }} as portfolio
inner join last_day on portfolio.value_date = last_day.value_date
inner join {{ ref('int_replay_returns') }} as replay on portfolio.account_id = replay.account_id
inner join {{ ref('dim_account') }} as account on portfolio.account_id = account.account_id
left join held on portfolio.account_id = held.account_id
where {{ is_of_touched_account('portfolio.account_id', ref('int_replay_returns')) }}
