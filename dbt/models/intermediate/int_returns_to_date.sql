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

holders as (
    select account_id, base_currency, benchmark_symbol from {{ ref('dim_account') }}
    union
    select {{ book_of('base_currency') }} as account_id, base_currency, null as benchmark_symbol
    from {{ ref('dim_account') }}
),

gauges as (
    select
        holders.account_id,
        holders.benchmark_symbol,
        min(symbol.symbol) as risk_free_symbol
    from holders
    left join {{ ref('dim_symbol') }} as symbol
        on holders.base_currency = symbol.currency and symbol.asset_class = 'RISK_FREE'
    group by holders.account_id, holders.benchmark_symbol
),

replayed as (
    select
        daily.account_id,
        daily.value_date,
        case
            when {{ is_measurable('daily.daily_return_pct') }} then daily.daily_return_pct / 100
        end as day_return,
        {{ growth_sign('daily.daily_return_pct') }} as growth_sign,
        case
            when
                benchmark.is_of_one_day
                and benchmark.daily_return_pct > -100
                and benchmark.daily_return_pct <= {{ measurable_return_pct() }}
                then benchmark.daily_return_pct / 100
        end as benchmark_return,
        coalesce(risk_free.daily_return_pct / 100, 0) as risk_free_return
    from {{ replayed(ref('daily_returns')) }} as daily
    inner join {{ ref('int_replay_returns') }} as replay
        on daily.account_id = replay.account_id and daily.value_date >= replay.replay_from
    left join gauges on daily.account_id = gauges.account_id
    left join {{ ref('index_returns') }} as benchmark
        on gauges.benchmark_symbol = benchmark.symbol and daily.value_date = benchmark.value_date
    left join {{ ref('index_returns') }} as risk_free
        on gauges.risk_free_symbol = risk_free.symbol and daily.value_date = risk_free.value_date
),

running as (
    select
        account_id,
        value_date,
        day_return,
        benchmark_return,
        risk_free_return,
        min(value_date) over so_far as first_date,
        max(day_return) over so_far as best,
        min(day_return) over so_far as worst,
        {{ sums_over('so_far') }}
    from replayed
    window so_far as (partition by account_id order by value_date)
)

select
    running.account_id,
    running.value_date,
    running.day_return,
    running.benchmark_return,
    running.risk_free_return,
    coalesce(carried.first_date, running.first_date) as first_date,
    greatest(carried.best, running.best) as best,
    least(carried.worst, running.worst) as worst,
    {{ sums_carried_on('carried', 'running') }}
from running
left join carried on running.account_id = carried.account_id
{{ in_order_of_months_and_accounts('running') }}
