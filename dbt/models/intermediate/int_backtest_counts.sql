{{ config(
    materialized='incremental',
    incremental_strategy='replay',
    on_schema_change='fail',
    replay_keys='int_replay_returns',
    replay_on=['account_id'],
    replay_date='month_end'
) }}

-- Per account, method, confidence and month: days with a forecast and a return, losses above the forecast (hits), and
-- how hits follow on hits and on days without one (calm).
with

month_starts as (
    select account_id, replay_from, cast(date_trunc('month', replay_from) as date) as month_start
    from {{ ref('int_replay_returns') }}
),

valuation_days as (
    select calendar_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

with_day_before as (
    select month_starts.*, coalesce(valuation_days.calendar_date, month_starts.month_start) as first_date
    from month_starts
    asof left join valuation_days on month_starts.month_start > valuation_days.calendar_date
),

forecasts as (
    select forecast.*, with_day_before.month_start
    from {{ ref('value_at_risk_daily') }} as forecast
    inner join with_day_before
        on forecast.account_id = with_day_before.account_id and forecast.value_date >= with_day_before.first_date
    where {{ is_of_touched_account('forecast.account_id', ref('int_replay_returns')) }}
),

hits as (
    select account_id, method, 95 as confidence_pct, value_date, month_start, is_exception_95 as is_hit
    from forecasts
    union all
    select account_id, method, 99 as confidence_pct, value_date, month_start, is_exception_99 as is_hit
    from forecasts
),

with_hit_before as (
    select
        *,
        lag(is_hit) over (partition by account_id, method, confidence_pct order by value_date) as was_hit
    from hits
)

select
    account_id,
    method,
    confidence_pct,
    cast(date_trunc('month', value_date) as date) as month_start,
    cast(date_trunc('month', value_date) + interval 1 month - interval 1 day as date) as month_end,
    max(value_date) as value_date,
    count(is_hit) as days,
    count(*) filter (where is_hit) as exceptions,
    count(*) filter (where not was_hit and not is_hit) as calm_calm,
    count(*) filter (where not was_hit and is_hit) as calm_hit,
    count(*) filter (where was_hit and not is_hit) as hit_calm,
    count(*) filter (where was_hit and is_hit) as hit_hit
from with_hit_before
where value_date >= month_start
group by account_id, method, confidence_pct, date_trunc('month', value_date)
