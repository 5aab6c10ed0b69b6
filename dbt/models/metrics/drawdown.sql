with

carried as (
    {{ carried_rows(ref('int_replay_returns'), ['account_id']) }}
),

series as (
    select
        wealth.account_id,
        wealth.value_date,
        100 * wealth.drawdown as drawdown_pct,
        wealth.peak_date,
        wealth.value_date as trough_date,
        cast(null as date) as recovery_date,
        replay.replay_from
    from {{ replayed(ref('int_wealth')) }} as wealth
    inner join {{ ref('int_replay_returns') }} as replay
        on wealth.account_id = replay.account_id and wealth.value_date >= replay.replay_from
    union all
    select account_id, value_date, max_drawdown_pct, peak_date, trough_date, recovery_date, replay_from
    from carried
),

with_next_peak as (
    select
        *,
        coalesce(
            recovery_date,
            min(case when drawdown_pct = 0 then value_date end) over (
                partition by account_id
                order by value_date
                rows between 1 following and unbounded following
            )
        ) as next_peak_date
    from series
),

with_deepest as (
    select
        *,
        min(
            {
                'drawdown_pct': drawdown_pct,
                'trough_date': trough_date,
                'peak_date': peak_date,
                'recovery_date': next_peak_date
            }
        ) over (partition by account_id order by value_date) as deepest
    from with_next_peak
)

select
    account_id,
    value_date,
    drawdown_pct,
    deepest['drawdown_pct'] as max_drawdown_pct,
    case when deepest['drawdown_pct'] < 0 then deepest['peak_date'] end as peak_date,
    case when deepest['drawdown_pct'] < 0 then deepest['trough_date'] end as trough_date,
    case
        when deepest['drawdown_pct'] < 0 and deepest['recovery_date'] <= value_date then deepest['recovery_date']
    end as recovery_date
from with_deepest
where value_date >= replay_from
{{ in_order_of_months_and_accounts() }}
