with

touched_prices as (
    select distinct occurred_on as calendar_date
    from ({{ touched_events('prices') }}) as price
),

days_with_prices as (
    select occurred_on as calendar_date, min(commit_seq) as first_commit_seq
    from {{ ref('stg_prices') }}
    where is_effective and occurred_on in (select calendar_date from touched_prices)
    group by occurred_on
),

begun_or_ended as (
    select touched_prices.calendar_date
    from touched_prices
    left join days_with_prices on touched_prices.calendar_date = days_with_prices.calendar_date
    where
        days_with_prices.calendar_date is null
        or days_with_prices.first_commit_seq > {{ replay_after_seq() }}
),

first_of_them as (
    select min(calendar_date) as replay_from from begun_or_ended
)

select
    first_of_them.replay_from,
    coalesce(
        (
            select max(day.calendar_date)
            from {{ ref('dim_date') }} as day
            where day.is_valuation_day and day.calendar_date < first_of_them.replay_from
        ),
        {{ beginning_of_time() }}
    ) as previous_valuation_date
from first_of_them
where first_of_them.replay_from is not null
