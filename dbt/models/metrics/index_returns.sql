{{ config(materialized='table', replay_keys=none, replay_on=none, replay_date=none) }}

-- What accounts are measured against: day by day the returns of benchmarks and of risk-free indices, splits undone.
with

indices as (
    select distinct benchmark_symbol as symbol
    from {{ ref('dim_account') }}
    where benchmark_symbol is not null
    union
    select symbol
    from {{ ref('dim_symbol') }}
    where asset_class = 'RISK_FREE'
),

closes as (
    select
        price.symbol,
        price.occurred_on as value_date,
        max_by(price.price, (price.occurred_at, price.original_event_id)) as close_price
    from {{ ref('stg_prices') }} as price
    inner join indices on price.symbol = indices.symbol
    where price.is_effective
    group by price.symbol, price.occurred_on
),

with_close_before as (
    select
        closes.*,
        day.valuation_day_number,
        lag(closes.close_price) over by_day as close_before,
        lag(closes.value_date) over by_day as date_before,
        lag(day.valuation_day_number) over by_day as day_number_before
    from closes
    inner join {{ ref('dim_date') }} as day on closes.value_date = day.calendar_date
    window by_day as (partition by closes.symbol order by closes.value_date)
),

units_after_splits as (
    select
        later.symbol,
        later.value_date,
        cast({{ product_of('split.new_units') }} as double) / cast({{ product_of('split.old_units') }} as double)
            as units
    from with_close_before as later
    inner join {{ ref('int_splits') }} as split
        on
            later.symbol = split.symbol
            and later.date_before < split.effective_date
            and later.value_date >= split.effective_date
    group by later.symbol, later.value_date
),

index_returns as (
    select
        close.symbol,
        close.value_date,
        100 * ({{ ratio('close.close_price', 'close.close_before') }} * coalesce(split.units, 1) - 1)
            as daily_return_pct,
        close.valuation_day_number = close.day_number_before + 1 as is_of_one_day
    from with_close_before as close
    left join units_after_splits as split
        on close.symbol = split.symbol and close.value_date = split.value_date
    where close.close_before is not null
),

account_returns as (
    select
        model_account.account_id as symbol,
        model_account.value_date,
        model_account.daily_return_pct,
        true as is_of_one_day
    from {{ ref('daily_returns') }} as model_account
    inner join indices on model_account.account_id = indices.symbol
    anti join closes on indices.symbol = closes.symbol
    where model_account.daily_return_pct is not null
)

select * from index_returns
union all
select * from account_returns
