with

values_before as (
    {{ last_rows_before(ref('fact_portfolio_value_daily'), ref('int_replay_accounts'), ['account_id']) }}
),

days as (
    select portfolio.*, replay.replay_from
    from {{ ref('fact_portfolio_value_daily') }} as portfolio
    inner join {{ ref('int_replay_accounts') }} as replay
        on portfolio.account_id = replay.account_id and portfolio.value_date >= replay.replay_from
    where {{ is_of_touched_account('portfolio.account_id', ref('int_replay_accounts')) }}
    union all
    select * from values_before
),

with_value_before as (
    select
        *,
        coalesce(lag(total_value) over (partition by account_id order by value_date), 0) as value_before
    from days
)

select *
from with_value_before
where value_date >= replay_from and total_value - value_before <> inflow - outflow + total_pnl
