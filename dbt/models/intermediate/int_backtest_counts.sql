{{ config(
    materialized='incremental',
    incremental_strategy='replay',
    on_schema_change='fail',
    replay_keys='int_replay_returns',
    replay_on=['account_id'],
    replay_date='month_end'
) }}

-- Per account, method and month: days with a forecast and a return, losses above the forecast (hits), and how hits
-- follow on hits and on days without one (calm).
with

month_starts as (
    select account_id, replay_from, cast(date_trunc('month', replay_from) as date) as month_start
    from {{ ref('int_replay_returns') }}
),

with_day_before as (
    select month_starts.*, coalesce(before.calendar_date, month_starts.month_start) as first_date
    from month_starts
    asof left join (select calendar_date from {{ ref('dim_date') }} where is_valuation_day) as before
        on month_starts.month_start > before.calendar_date
),

hits as (
    select
        forecasts.account_id,
        forecasts.method,
        forecasts.value_date,
        with_day_before.month_start,
        {% for percent in [95, 99] -%}
        forecasts.is_exception_{{ percent }},
        lag(forecasts.is_exception_{{ percent }}) over by_day as was_exception_{{ percent }}{{ ',' if not loop.last }}
        {% endfor %}
    from {{ ref('value_at_risk_daily') }} as forecasts
    inner join with_day_before
        on
            forecasts.account_id = with_day_before.account_id
            and forecasts.value_date >= with_day_before.first_date
    window by_day as (partition by forecasts.account_id, forecasts.method order by forecasts.value_date)
)

select
    account_id,
    method,
    cast(date_trunc('month', value_date) as date) as month_start,
    cast(date_trunc('month', value_date) + interval 1 month - interval 1 day as date) as month_end,
    max(value_date) as value_date,
    {% for percent in [95, 99] -%}
    {% set hit, before = 'is_exception_%s' % percent, 'was_exception_%s' % percent -%}
    count({{ hit }}) as days_{{ percent }},
    count(*) filter (where {{ hit }}) as exceptions_{{ percent }},
    count(*) filter (where not {{ before }} and not {{ hit }}) as calm_calm_{{ percent }},
    count(*) filter (where not {{ before }} and {{ hit }}) as calm_hit_{{ percent }},
    count(*) filter (where {{ before }} and not {{ hit }}) as hit_calm_{{ percent }},
    count(*) filter (where {{ before }} and {{ hit }}) as hit_hit_{{ percent }}{{ ',' if not loop.last }}
    {% endfor %}
from hits
where value_date >= month_start
group by account_id, method, date_trunc('month', value_date)
