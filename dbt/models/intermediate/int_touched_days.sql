with

touched_prices as (
    select original_event_id, occurred_on
    from ({{ touched_events('prices') }}) as price
),

touched_days as (
    select distinct occurred_on as calendar_date
    from touched_prices
),

-- Asked of what this run leaves alone, not of what is new: a correction older than its target brings no new row for the
-- day that it begins. A day whose prices are all touched counts as begun, which costs a replay and changes nothing.
days_that_stay as (
    select distinct price.occurred_on as calendar_date
    from {{ ref('stg_prices') }} as price
    inner join touched_days on price.occurred_on = touched_days.calendar_date
    left join touched_prices on price.original_event_id = touched_prices.original_event_id
    where price.is_effective and touched_prices.original_event_id is null
),

begun_or_ended as (
    select min(touched_days.calendar_date) as replay_from
    from touched_days
    left join days_that_stay on touched_days.calendar_date = days_that_stay.calendar_date
    where days_that_stay.calendar_date is null
),

previous as (
    select
        begun_or_ended.replay_from,
        max(day.calendar_date) as previous_valuation_date
    from begun_or_ended
    left join {{ ref('dim_date') }} as day
        on begun_or_ended.replay_from > day.calendar_date and day.is_valuation_day
    where begun_or_ended.replay_from is not null
    group by begun_or_ended.replay_from
)

select
    replay_from,
    coalesce(previous_valuation_date, {{ beginning_of_time() }}) as previous_valuation_date
from previous
