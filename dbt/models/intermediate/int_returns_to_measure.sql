{{ config(materialized='view') }}

{#- As many returns as the longest window holds. -#}
{% set returns_before = 252 %}
with

replayed as (
    select to_date.*, true as is_replayed
    from {{ ref('int_returns_to_date') }} as to_date
    inner join {{ ref('int_replay_returns') }} as replay
        on to_date.account_id = replay.account_id and to_date.value_date >= replay.replay_from
),

first_counts as (
    select account_id, min(value_date) as first_replayed_date, min(return_count) as return_count
    from replayed
    group by account_id
),

-- Returns are numbered, so that nobody has to sort a history to find the last ones.
returns_before as (
    select to_date.*, false as is_replayed
    from {{ ref('int_returns_to_date') }} as to_date
    inner join first_counts
        on
            to_date.account_id = first_counts.account_id
            and to_date.value_date < first_counts.first_replayed_date
            and to_date.return_count > first_counts.return_count - {{ returns_before }} - 2
    where to_date.day_return is not null
)

select
    replayed.*, -- noqa: AM04
    cumulative.cumulative_return_pct / 100 as cumulative_return,
    drawdown.max_drawdown_pct / 100 as max_drawdown,
    drawdown.drawdown_pct / 100 as current_drawdown
from replayed
inner join {{ ref('cumulative_returns') }} as cumulative
    on replayed.account_id = cumulative.account_id and replayed.value_date = cumulative.value_date
inner join {{ ref('drawdown') }} as drawdown
    on replayed.account_id = drawdown.account_id and replayed.value_date = drawdown.value_date
union all
select
    *,
    null as cumulative_return,
    null as max_drawdown,
    null as current_drawdown
from returns_before
