{{ config(materialized='view') }}

-- Months, quarters, years and all of history, with the last valuation day in each and the last one before it.
with

valuation_days as (
    select calendar_date as value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

calendar_days as (
    {% for period in ['month', 'quarter', 'year'] -%}
    select
        '{{ period | upper }}' as period,
        cast(date_trunc('{{ period }}', value_date) as date) as first_date,
        cast(date_trunc('{{ period }}', value_date) + interval 1 {{ period }} - interval 1 day as date) as period_end,
        value_date
    from valuation_days
    union all
    {% endfor -%}
    select
        'INCEPTION' as period,
        {{ beginning_of_time() }} as first_date,
        {{ end_of_time() }} as period_end,
        value_date
    from valuation_days
),

calendar_periods as (
    select period, first_date, period_end, max(value_date) as closing_date
    from calendar_days
    group by period, first_date, period_end
)

select
    calendar_periods.period,
    calendar_periods.first_date,
    calendar_periods.period_end,
    calendar_periods.closing_date,
    before.value_date as opening_date
from calendar_periods
asof left join valuation_days as before on calendar_periods.first_date > before.value_date
