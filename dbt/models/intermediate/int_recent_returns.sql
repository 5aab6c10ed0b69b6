with

first_day as (
    select min(valuation_day_number) as valuation_day_number from {{ ref('int_recent_days') }}
),

needed as (
    select symbol from {{ ref('int_last_holdings') }}
    where symbol is not null
    union
    select benchmark_symbol as symbol from {{ ref('int_last_holdings') }}
    where benchmark_symbol is not null
),

closes as (
    select
        price.symbol,
        day.value_date,
        day.valuation_day_number,
        max_by(price.price, (price.occurred_at, price.original_event_id)) as close_price
    from {{ ref('stg_prices') }} as price
    inner join needed on price.symbol = needed.symbol
    inner join {{ ref('int_recent_days') }} as day on price.occurred_on = day.value_date
    where price.is_effective
    group by price.symbol, day.value_date, day.valuation_day_number
),

-- Between two valuation days that both have a price: a carried price is no return of a day, nor is what follows it.
pairs as (
    select
        later.symbol,
        later.value_date,
        earlier.value_date as previous_date,
        cast(later.close_price as double) / nullif(cast(earlier.close_price as double), 0) as growth
    from closes as later
    inner join closes as earlier
        on later.symbol = earlier.symbol and later.valuation_day_number = earlier.valuation_day_number + 1
),

splits as (
    select
        pairs.symbol,
        pairs.value_date,
        cast({{ product_of('split.new_units') }} as double) / cast({{ product_of('split.old_units') }} as double)
            as new_per_old
    from pairs
    inner join {{ ref('int_splits') }} as split
        on
            pairs.symbol = split.symbol
            and pairs.previous_date < split.effective_date
            and pairs.value_date >= split.effective_date
    group by pairs.symbol, pairs.value_date
),

of_symbols as (
    select pairs.symbol, pairs.value_date, pairs.growth * coalesce(splits.new_per_old, 1) - 1 as daily_return
    from pairs
    left join splits on pairs.symbol = splits.symbol and pairs.value_date = splits.value_date
    where pairs.growth is not null
),

of_benchmark_accounts as (
    select daily.account_id as symbol, daily.value_date, daily.daily_return_pct / 100 as daily_return
    from {{ ref('daily_returns') }} as daily
    inner join needed on daily.account_id = needed.symbol
    inner join {{ ref('int_recent_days') }} as day on daily.value_date = day.value_date
    where
        daily.daily_return_pct is not null
        and day.valuation_day_number > (select first_day.valuation_day_number from first_day)
        and daily.account_id not in (select closes.symbol from closes)
),

of_all as (
    select symbol, value_date, daily_return from of_symbols
    union all
    select symbol, value_date, daily_return from of_benchmark_accounts
)

-- What int_returns_to_date leaves out of risk is not here either.
select symbol, value_date, daily_return
from of_all
where daily_return > -1 and daily_return <= {{ measurable_return_pct() }} / 100
