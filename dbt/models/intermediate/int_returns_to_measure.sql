{{ config(materialized='touched') }}

{#- As many returns as the longest window holds. -#}
{% set returns_before = 252 %}
with

replayed as (
    select to_date.*, true as is_replayed
    from {{ replayed(ref('int_returns_to_date')) }} as to_date
    inner join {{ ref('int_replay_returns') }} as replay
        on to_date.account_id = replay.account_id and to_date.value_date >= replay.replay_from
),

first_counts as (
    select account_id, min(value_date) as first_replayed_date, min(return_count) as return_count
    from replayed
    group by account_id
),

-- Returns are numbered, so that nobody has to sort a history to find the last ones. Of a day before, its returns alone
-- are read: sums to date stand for themselves on the days that are measured.
returns_before as (
    select
        to_date.account_id,
        to_date.value_date,
        to_date.day_return,
        to_date.benchmark_return,
        to_date.risk_free_return,
        to_date.return_count,
        false as is_replayed
    from {{ ref('int_returns_to_date') }} as to_date
    inner join first_counts
        on
            to_date.account_id = first_counts.account_id
            and to_date.value_date < first_counts.first_replayed_date
            and to_date.return_count > first_counts.return_count - {{ returns_before }} - 2
    where
        to_date.day_return is not null
        and {{ is_of_touched_account('to_date.account_id', ref('int_replay_returns')) }}
)

select
    replayed.*, -- noqa: AM04
    cumulative.cumulative_return_pct / 100 as cumulative_return,
    drawdown.max_drawdown_pct / 100 as max_drawdown,
    drawdown.drawdown_pct / 100 as current_drawdown
from replayed
inner join {{ replayed(ref('cumulative_returns')) }} as cumulative
    on replayed.account_id = cumulative.account_id and replayed.value_date = cumulative.value_date
inner join {{ replayed(ref('drawdown')) }} as drawdown
    on replayed.account_id = drawdown.account_id and replayed.value_date = drawdown.value_date
union all by name
select * from returns_before
