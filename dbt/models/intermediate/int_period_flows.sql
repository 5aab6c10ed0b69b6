{{ config(materialized='view') }}

-- What was paid in (positive) or out within each replayed period.
select
    periods.account_id,
    periods.period,
    periods.period_start,
    portfolio.value_date,
    portfolio.inflow - portfolio.outflow as net_flow
from {{ ref('int_periods') }} as periods
inner join {{ ref('int_portfolio_values') }} as portfolio
    on
        periods.account_id = portfolio.account_id
        and periods.period_start <= portfolio.value_date
        and periods.closing_date >= portfolio.value_date
where
    portfolio.inflow <> portfolio.outflow
    and {{ is_of_touched_account('portfolio.account_id', ref('int_replay_returns')) }}
