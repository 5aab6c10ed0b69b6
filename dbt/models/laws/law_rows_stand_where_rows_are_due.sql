-- A table that lacks rows passes every law about its rows.
{% set tables_by_account = ['fact_portfolio_value_daily', 'daily_returns', 'cumulative_returns', 'drawdown',
    'rolling_volatility', 'risk_daily', 'value_at_risk_daily'] %}
{% set tables_by_symbol = ['fact_positions_daily', 'fact_pnl_daily'] %}
with

last_day as (
    select max(calendar_date) as value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

events as (
    select account_id, trade_date as event_date from {{ ref('fact_trades') }}
    union all
    select account_id, occurred_on as event_date from {{ ref('stg_cash_events') }}
    where is_effective
),

accounts_due as (
    select distinct events.account_id, last_day.value_date
    from events
    inner join last_day on events.event_date <= last_day.value_date
    inner join {{ ref('int_replay_accounts') }} as replay on events.account_id = replay.account_id
    where {{ is_of_touched_account('events.account_id', ref('int_replay_accounts')) }}
),

positions_due as (
    select lot.account_id, lot.symbol, last_day.value_date
    from {{ ref('int_touched_lots') }} as lot
    inner join last_day
        on
            lot.opened_on <= last_day.value_date
            and coalesce(lot.closed_on, {{ end_of_time() }}) > last_day.value_date
    group by lot.account_id, lot.symbol, last_day.value_date
    having sum(lot.quantity) <> 0
)

{% for table in tables_by_account -%}
select '{{ table }}' as table_name, accounts_due.account_id, cast(null as varchar) as symbol, accounts_due.value_date
from accounts_due
anti join (select daily.account_id from {{ ref(table) }} as daily inner join last_day using (value_date)) as present
    on accounts_due.account_id = present.account_id
union all
{% endfor -%}
{% for table in tables_by_symbol -%}
select '{{ table }}' as table_name, positions_due.account_id, positions_due.symbol, positions_due.value_date
from positions_due
anti join (
    select daily.account_id, daily.symbol from {{ ref(table) }} as daily inner join last_day using (value_date)
) as present
    on positions_due.account_id = present.account_id and positions_due.symbol = present.symbol
{{ 'union all' if not loop.last }}
{% endfor -%}
