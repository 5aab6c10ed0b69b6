with

replayed_symbols as (
    select symbol, min(replay_from) as replay_from
    from {{ ref('int_replay_keys') }}
    group by symbol
),

closes as (
    select
        price.symbol,
        price.occurred_on as price_date,
        max_by(price.price, (price.occurred_at, price.original_event_id)) as close_price
    from {{ ref('stg_prices') }} as price
    inner join replayed_symbols on price.symbol = replayed_symbols.symbol
    where price.is_effective
    group by price.symbol, price.occurred_on
),

first_needed as (
    select
        replayed_symbols.symbol,
        max(closes.price_date) filter (where closes.price_date <= replayed_symbols.replay_from) as last_date_before,
        min(closes.price_date) as first_date
    from replayed_symbols
    inner join closes on replayed_symbols.symbol = closes.symbol
    group by replayed_symbols.symbol
),

symbol_days as (
    select first_needed.symbol, day.value_date, day.valuation_day_number
    from first_needed
    inner join {{ ref('dim_date') }} as day
        on coalesce(first_needed.last_date_before, first_needed.first_date) <= day.calendar_date
    where day.is_valuation_day
),

carried_forward as (
    select
        symbol_days.symbol,
        symbol_days.value_date,
        symbol_days.valuation_day_number,
        last_value(closes.close_price ignore nulls) over through_the_day as close_price,
        last_value(closes.price_date ignore nulls) over through_the_day as price_date,
        last_value(case when closes.price_date is not null then symbol_days.valuation_day_number end ignore nulls)
            over through_the_day as price_day_number
    from symbol_days
    left join closes
        on symbol_days.symbol = closes.symbol and symbol_days.value_date = closes.price_date
    window through_the_day as (partition by symbol_days.symbol order by symbol_days.value_date)
),

-- What a unit was worth before a split is worth as much after it, in more units: a split alone moves no value.
restated as (
    select
        carried_forward.symbol,
        carried_forward.value_date,
        {{ price_after_splits('any_value(carried_forward.close_price)', 'split') }} as close_price
    from carried_forward
    inner join {{ ref('int_splits') }} as split
        on
            carried_forward.symbol = split.symbol
            and carried_forward.price_date < split.effective_date
            and carried_forward.value_date >= split.effective_date
    group by carried_forward.symbol, carried_forward.value_date
)

select
    carried_forward.symbol,
    carried_forward.value_date,
    coalesce(restated.close_price, carried_forward.close_price) as close_price,
    carried_forward.price_date,
    carried_forward.valuation_day_number - carried_forward.price_day_number as price_age_days
from carried_forward
left join restated
    on carried_forward.symbol = restated.symbol and carried_forward.value_date = restated.value_date
