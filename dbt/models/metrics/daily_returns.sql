with

values_of_replay as (
    select portfolio.*, replay.replay_from
    from {{ ref('int_portfolio_values') }} as portfolio
    inner join {{ ref('int_replay_returns') }} as replay
        on portfolio.account_id = replay.account_id and portfolio.value_date >= replay.replay_from
    where {{ is_of_touched_account('portfolio.account_id', ref('int_replay_returns')) }}
),

values_before as (
    {{ last_rows_before(ref('int_portfolio_values'), ref('int_replay_returns'), ['account_id']) }}
),

with_row_before as (
    select * from values_of_replay
    union all
    select * from values_before
),

with_value_before as (
    select
        *,
        coalesce(lag(total_value) over (partition by account_id order by value_date), 0) as value_before
    from with_row_before
)

select
    account_id,
    value_date,
    case
        when value_before + inflow > 0
            then 100 * ({{ ratio('total_value + outflow', '(value_before + inflow)') }} - 1)
    end as daily_return_pct,
    value_before + inflow > 0 as is_meaningful,
    case
        when value_before + inflow - outflow > 0
            then 100 * ({{ ratio('total_value', '(value_before + inflow - outflow)') }} - 1)
    end as daily_return_flows_start_pct,
    case
        when value_before > 0
            then 100 * ({{ ratio('total_value - inflow + outflow', 'value_before') }} - 1)
    end as daily_return_flows_end_pct
from with_value_before
where value_date >= replay_from
{{ in_order_of_months_and_accounts() }}
