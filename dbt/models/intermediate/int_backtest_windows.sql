{{ config(materialized='view') }}

-- Of every replayed month and method: what the twelve months that end with it have counted, a row per confidence.
with

replayed as (
    select counts.account_id, counts.method, counts.month_start, counts.month_end, counts.value_date
    from {{ ref('int_backtest_counts') }} as counts
    inner join {{ ref('int_replay_returns') }} as replay
        on counts.account_id = replay.account_id and counts.month_end >= replay.replay_from
)

{% for percent in [95, 99] -%}
select
    replayed.account_id,
    replayed.month_start,
    replayed.month_end,
    replayed.value_date,
    replayed.method,
    {{ percent }} as confidence_pct,
    {% for name in ['days', 'exceptions', 'calm_calm', 'calm_hit', 'hit_calm', 'hit_hit'] -%}
    cast(sum(past.{{ name }}_{{ percent }}) as bigint) as {{ name }}{{ ',' if not loop.last }}
    {% endfor %}
from replayed
inner join {{ ref('int_backtest_counts') }} as past
    on
        replayed.account_id = past.account_id
        and replayed.method = past.method
        and past.month_start > replayed.month_start - interval 12 month
        and past.month_start <= replayed.month_start
group by all
{{ 'union all' if not loop.last }}
{% endfor %}
