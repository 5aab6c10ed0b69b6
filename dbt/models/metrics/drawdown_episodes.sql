{{ config(replay_date='coalesce(recovery_date, ' ~ end_of_time() ~ ')') }}

-- An episode is known by the peak before it; NULL stands for the start. One that is open on the day of the replay is
-- read again from its first day.
with

days_before as (
    {{ last_rows_before(ref('int_wealth'), ref('int_replay_returns'), ['account_id']) }}
),

first_days as (
    select
        replay.account_id,
        replay.replay_from,
        coalesce(before.peak_date, {{ beginning_of_time() }}) as peak_date
    from {{ ref('int_replay_returns') }} as replay
    left join days_before as before on replay.account_id = before.account_id
),

-- With every peak, those that nothing fell from as well.
peaks as (
    select
        wealth.account_id,
        wealth.peak_date,
        min(wealth.value_date) filter (where wealth.drawdown < 0) as first_date,
        arg_min(wealth.value_date, (wealth.drawdown, wealth.value_date)) as trough_date,
        max(wealth.value_date) as last_date,
        100 * min(wealth.drawdown) as depth_pct,
        count(*) filter (where wealth.drawdown < 0) as below_day_count,
        any_value(first_days.replay_from) as replay_from
    from {{ ref('int_wealth') }} as wealth
    inner join first_days
        on wealth.account_id = first_days.account_id and wealth.value_date >= first_days.peak_date
    where {{ is_of_touched_account('wealth.account_id', ref('int_replay_returns')) }}
    group by wealth.account_id, wealth.peak_date
),

with_next_peak as (
    select
        *,
        lead(peak_date) over (partition by account_id order by peak_date nulls first) as recovery_date
    from peaks
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
from with_next_peak
where below_day_count > 0 and coalesce(recovery_date, {{ end_of_time() }}) >= replay_from
