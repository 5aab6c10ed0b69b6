-- depends_on: {{ ref('int_replay_returns') }}
with

last_day as (
    select max(value_date) as value_date
    from {{ ref('int_recent_days') }}
)

select
    risk.account_id,
    risk.method,
    risk.confidence_pct,
    last_day.value_date,
    risk.value_at_risk_pct,
    risk.expected_shortfall_pct,
    risk.day_count,
    risk.reason
from {{ ref('int_account_risk') }} as risk
cross join last_day
