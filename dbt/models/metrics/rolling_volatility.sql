{#- Returns of a window. -#}
{% set window_returns = 30 %}
with

valuation_days as (
    select calendar_date, valuation_day_number
    from {{ ref('dim_date') }}
    where is_valuation_day
),

replay as (
    select replay.account_id, replay.replay_from, first_day.calendar_date as first_recent_date
    from {{ ref('int_replay_returns') }} as replay
    asof left join valuation_days as day_before on replay.replay_from > day_before.calendar_date
    left join valuation_days as first_day
        on day_before.valuation_day_number - {{ window_returns }} + 1 = first_day.valuation_day_number
),

replayed as (
    select daily.account_id, daily.value_date, daily.daily_return_pct, replay.replay_from
    from {{ replayed(ref('daily_returns')) }} as daily
    inner join replay on daily.account_id = replay.account_id and daily.value_date >= replay.replay_from
),

-- Most accounts have a return on each of the valuation days before; of the others all of history is read.
recent_returns as (
    select daily.account_id, daily.value_date, daily.daily_return_pct, replay.replay_from
    from {{ ref('daily_returns') }} as daily
    inner join replay
        on
            daily.account_id = replay.account_id
            and daily.value_date >= replay.first_recent_date
            and daily.value_date < replay.replay_from
    where
        {{ is_measurable('daily.daily_return_pct') }}
        and {{ is_of_touched_account('daily.account_id', ref('int_replay_returns')) }}
),

with_a_whole_window as (
    select account_id
    from recent_returns
    group by account_id
    having count(*) = {{ window_returns }}
),

others as (
    select replay.account_id, replay.replay_from
    from replay
    anti join with_a_whole_window as whole on replay.account_id = whole.account_id
),

returns_of_others as (
    select daily.account_id, daily.value_date, daily.daily_return_pct, others.replay_from
    from {{ ref('daily_returns') }} as daily
    inner join others on daily.account_id = others.account_id and daily.value_date < others.replay_from
    where {{ is_measurable('daily.daily_return_pct') }} and {{ is_of_touched_account('daily.account_id', 'others') }}
    qualify row_number() over (partition by daily.account_id order by daily.value_date desc) <= {{ window_returns }}
),

defined_before as (
    select recent_returns.*
    from recent_returns
    semi join with_a_whole_window as whole on recent_returns.account_id = whole.account_id
    union all
    select * from returns_of_others
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
            partition by account_id order by value_date rows between {{ window_returns - 1 }} preceding and current row
        ) as last_returns
    from series
    where {{ is_measurable('daily_return_pct') }}
),

measured as (
    select
        account_id,
        value_date,
        len(last_returns) as return_count,
        case when len(last_returns) = {{ window_returns }} then list_stddev_samp(last_returns) * sqrt(252) end
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
{{ in_order_of_months_and_accounts() }}
