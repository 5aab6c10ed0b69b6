with

replayed as (
    select daily.account_id, daily.value_date, daily.daily_return_pct, replay.replay_from
    from {{ ref('daily_returns') }} as daily
    inner join {{ ref('int_replay_returns') }} as replay
        on daily.account_id = replay.account_id and daily.value_date >= replay.replay_from
),

defined_before as (
    select daily.account_id, daily.value_date, daily.daily_return_pct, replay.replay_from
    from {{ ref('daily_returns') }} as daily
    inner join {{ ref('int_replay_returns') }} as replay
        on daily.account_id = replay.account_id and daily.value_date < replay.replay_from
    where daily.daily_return_pct is not null
    qualify row_number() over (partition by daily.account_id order by daily.value_date desc) <= 30
),

series as (
    select * from replayed
    union all
    select * from defined_before
),

windows as (
    select
        account_id,
        value_date,
        list(daily_return_pct) over (
            partition by account_id order by value_date rows between 29 preceding and current row
        ) as last_returns
    from series
    where daily_return_pct is not null
),

measured as (
    select
        account_id,
        value_date,
        len(last_returns) as return_count,
        case when len(last_returns) = 30 then list_stddev_samp(last_returns) * sqrt(252) end
            as annualized_volatility_pct
    from windows
),

carried_over_undefined as (
    select
        series.account_id,
        series.value_date,
        series.replay_from,
        last_value(measured.annualized_volatility_pct ignore nulls) over so_far as annualized_volatility_pct,
        coalesce(max(measured.return_count) over so_far, 0) as return_count
    from series
    left join measured
        on series.account_id = measured.account_id and series.value_date = measured.value_date
    window so_far as (partition by series.account_id order by series.value_date)
)

select
    account_id,
    value_date,
    annualized_volatility_pct,
    return_count
from carried_over_undefined
where value_date >= replay_from
{{ in_order_of_days() }}
