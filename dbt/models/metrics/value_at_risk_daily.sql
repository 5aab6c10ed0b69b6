with

carried as (
    {{ carried_rows(ref('int_replay_returns'), ['account_id']) }}
),

tails as (
    select *, true as is_replayed
    from {{ ref('int_window_tails') }}
    union all by name
    select
        account_id, method, value_date, var_95_pct, var_99_pct, is_doubtful_95, is_doubtful_99, return_count,
        false as is_replayed
    from carried
),

-- What the day before said of this day.
with_forecast as (
    select
        *,
        lag(var_95_pct) over by_day as forecast_95_pct,
        lag(var_99_pct) over by_day as forecast_99_pct
    from tails
    window by_day as (partition by account_id, method order by value_date)
),

replayed_returns as (
    select
        daily.account_id,
        daily.value_date,
        case when {{ is_measurable('daily.daily_return_pct') }} then daily.daily_return_pct end as daily_return_pct
    from {{ replayed(ref('daily_returns')) }} as daily
    inner join {{ ref('int_replay_returns') }} as replay
        on daily.account_id = replay.account_id and daily.value_date >= replay.replay_from
)

select
    tails.account_id,
    tails.value_date,
    tails.method,
    tails.return_count,
    tails.var_95_pct,
    tails.es_95_pct,
    tails.var_99_pct,
    tails.es_99_pct,
    tails.is_doubtful_95,
    tails.is_doubtful_99,
    tails.seed,
    tails.draw_count,
    tails.reason,
    -daily.daily_return_pct > tails.forecast_95_pct as is_exception_95,
    -daily.daily_return_pct > tails.forecast_99_pct as is_exception_99
from with_forecast as tails
inner join replayed_returns as daily
    on tails.account_id = daily.account_id and tails.value_date = daily.value_date
where tails.is_replayed
{{ in_order_of_months_and_accounts('tails') }}
