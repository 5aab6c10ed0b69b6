{{ config(replay_date='coalesce(recovery_date, ' ~ end_of_time() ~ ')') }}

-- An episode is known by the peak before it; NULL stands for the start. One that is open on the day of the replay is
-- read again from its first day.
with

first_days as (
    select
        replay.account_id,
        replay.replay_from,
        coalesce(min(wealth.peak_date), {{ beginning_of_time() }}) as peak_date
    from {{ ref('int_replay_returns') }} as replay
    asof left join {{ ref('int_wealth') }} as wealth
        on replay.account_id = wealth.account_id and replay.replay_from > wealth.value_date
    group by replay.account_id, replay.replay_from
),

series as (
    select
        wealth.account_id,
        wealth.value_date,
        wealth.wealth,
        wealth.peak_wealth,
        wealth.peak_date,
        wealth.wealth < wealth.peak_wealth as is_below,
        first_days.replay_from
    from {{ ref('int_wealth') }} as wealth
    inner join first_days
        on wealth.account_id = first_days.account_id and wealth.value_date >= first_days.peak_date
),

with_next_peak as (
    select
        *,
        min(case when not is_below then value_date end) over (
            partition by account_id
            order by value_date
            rows between 1 following and unbounded following
        ) as next_peak_date
    from series
),

episodes as (
    select
        account_id,
        peak_date,
        min(value_date) as first_date,
        arg_min(value_date, (wealth, value_date)) as trough_date,
        any_value(next_peak_date) as recovery_date,
        max(value_date) as last_date,
        100 * (min(wealth) / min(peak_wealth) - 1) as depth_pct,
        count(*) as below_day_count,
        any_value(replay_from) as replay_from
    from with_next_peak
    where is_below
    group by account_id, peak_date
)

select
    account_id,
    first_date,
    peak_date,
    trough_date,
    recovery_date,
    depth_pct,
    below_day_count,
    cast(coalesce(recovery_date, last_date) - coalesce(peak_date, first_date) as integer) as length_days
from episodes
where coalesce(recovery_date, {{ end_of_time() }}) >= replay_from
