{{ config(
    materialized='incremental',
    incremental_strategy='replay',
    on_schema_change='fail',
    replay_keys='int_replay_returns',
    replay_on=['account_id'],
    replay_date='value_date'
) }}

with

carried as (
    {{ carried_rows(ref('int_replay_returns'), ['account_id']) }}
),

growth as (
    select
        daily.account_id,
        daily.value_date,
        {{ log_growth('daily.daily_return_pct') }} as log_growth,
        {{ growth_sign('daily.daily_return_pct') }} as growth_sign,
        {{ log_growth('daily.daily_return_flows_start_pct') }} as log_growth_flows_start,
        {{ growth_sign('daily.daily_return_flows_start_pct') }} as growth_sign_flows_start,
        {{ log_growth('daily.daily_return_flows_end_pct') }} as log_growth_flows_end,
        {{ growth_sign('daily.daily_return_flows_end_pct') }} as growth_sign_flows_end
    from {{ replayed(ref('daily_returns')) }} as daily
    inner join {{ ref('int_replay_returns') }} as replay
        on daily.account_id = replay.account_id and daily.value_date >= replay.replay_from
),

chained as (
    select
        growth.account_id,
        growth.value_date,
        coalesce(carried.log_wealth, 0) + sum(growth.log_growth) over so_far as log_wealth,
        coalesce(carried.wealth_sign, 1) * product(growth.growth_sign) over so_far as wealth_sign,
        coalesce(carried.log_wealth_flows_start, 0)
        + sum(growth.log_growth_flows_start) over so_far as log_wealth_flows_start,
        coalesce(carried.wealth_sign_flows_start, 1)
        * product(growth.growth_sign_flows_start) over so_far as wealth_sign_flows_start,
        coalesce(carried.log_wealth_flows_end, 0)
        + sum(growth.log_growth_flows_end) over so_far as log_wealth_flows_end,
        coalesce(carried.wealth_sign_flows_end, 1)
        * product(growth.growth_sign_flows_end) over so_far as wealth_sign_flows_end,
        carried.log_peak_wealth as carried_log_peak_wealth,
        carried.peak_date as carried_peak_date
    from growth
    left join carried on growth.account_id = carried.account_id
    window so_far as (partition by growth.account_id order by growth.value_date)
),

with_peak as (
    select
        *,
        greatest(
            coalesce(carried_log_peak_wealth, 0), max(log_wealth) filter (where wealth_sign > 0) over so_far
        ) as log_peak_wealth
    from chained
    window so_far as (partition by account_id order by value_date)
),

-- Of logarithms, because wealth itself may be beyond a double.
with_drawdown as (
    select
        *,
        wealth_sign * exp(cast(log_wealth - log_peak_wealth as double)) - 1 as drawdown
    from with_peak
)

select
    account_id,
    value_date,
    cast(log_wealth as decimal(28, 18)) as log_wealth,
    cast(wealth_sign as integer) as wealth_sign,
    cast(log_wealth_flows_start as decimal(28, 18)) as log_wealth_flows_start,
    cast(wealth_sign_flows_start as integer) as wealth_sign_flows_start,
    cast(log_wealth_flows_end as decimal(28, 18)) as log_wealth_flows_end,
    cast(wealth_sign_flows_end as integer) as wealth_sign_flows_end,
    cast(log_peak_wealth as decimal(28, 18)) as log_peak_wealth,
    drawdown,
    coalesce(
        max(case when drawdown = 0 then value_date end) over (
            partition by account_id order by value_date
        ),
        carried_peak_date
    ) as peak_date
from with_drawdown
{{ in_order_of_months_and_accounts() }}
