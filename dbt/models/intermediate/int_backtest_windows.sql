{{ config(materialized='view') }}

-- Of every replayed month: what the twelve months that end with it have counted.
select
    counts.account_id,
    counts.month_start,
    counts.month_end,
    counts.value_date,
    counts.method,
    counts.confidence_pct,
    cast(sum(past.days) as bigint) as days,
    cast(sum(past.exceptions) as bigint) as exceptions,
    cast(sum(past.calm_calm) as bigint) as calm_calm,
    cast(sum(past.calm_hit) as bigint) as calm_hit,
    cast(sum(past.hit_calm) as bigint) as hit_calm,
    cast(sum(past.hit_hit) as bigint) as hit_hit
from {{ ref('int_backtest_counts') }} as counts
inner join {{ ref('int_replay_returns') }} as replay
    on counts.account_id = replay.account_id and counts.month_end >= replay.replay_from
inner join {{ ref('int_backtest_counts') }} as past
    on
        counts.account_id = past.account_id
        and counts.method = past.method
        and counts.confidence_pct = past.confidence_pct
        and counts.month_start >= past.month_start
        and counts.month_start < past.month_start + interval 12 month
where
    {{ is_of_touched_account('counts.account_id', ref('int_replay_returns')) }}
    and {{ is_of_touched_account('past.account_id', ref('int_replay_returns')) }}
group by
    counts.account_id, counts.month_start, counts.month_end, counts.value_date, counts.method, counts.confidence_pct
