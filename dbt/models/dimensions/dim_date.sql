with

price_days as (
    select distinct occurred_on as calendar_date
    from {{ ref('stg_prices') }}
    where is_effective
),

event_days as (
    select min(occurred_on) as first_date, max(occurred_on) as last_date from {{ ref('stg_trades') }}
    union all
    select min(occurred_on) as first_date, max(occurred_on) as last_date from {{ ref('stg_cash_events') }}
    union all
    select min(calendar_date) as first_date, max(calendar_date) as last_date from price_days
),

calendar as (
    {{ days_between('(select min(first_date) from event_days)', '(select max(last_date) from event_days)') }}
),

marked as (
    select
        calendar.calendar_date,
        price_days.calendar_date is not null as is_valuation_day
    from calendar
    left join price_days on calendar.calendar_date = price_days.calendar_date
),

numbered as (
    select
        calendar_date,
        is_valuation_day,
        min(case when is_valuation_day then calendar_date end) over (
            order by calendar_date
            rows between current row and unbounded following
        ) as value_date,
        cast(sum(case when is_valuation_day then 1 else 0 end) over (order by calendar_date) as bigint)
            as valuation_day_number
    from marked
),

valuation_days as (
    select
        calendar_date,
        lead(calendar_date) over (order by calendar_date) as next_valuation_date
    from numbered
    where is_valuation_day
)

select
    numbered.calendar_date,
    numbered.is_valuation_day,
    numbered.value_date,
    numbered.valuation_day_number,
    valuation_days.next_valuation_date as settlement_date
from numbered
left join valuation_days on numbered.value_date = valuation_days.calendar_date
