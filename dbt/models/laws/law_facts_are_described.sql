with

trades as (
    select * from {{ replayed(ref('fact_trades')) }}
),

portfolio_values as (
    select * from {{ replayed(ref('fact_portfolio_value_daily')) }}
),

stated as (
    select 'fact_trades' as table_name, account_id, symbol, cast(null as date) as value_date
    from trades
    union all
    select 'fact_portfolio_value_daily' as table_name, account_id, cast(null as varchar) as symbol, value_date
    from portfolio_values
)

select stated.*
from stated
left join {{ ref('dim_account') }} as account on stated.account_id = account.account_id
left join {{ ref('dim_symbol') }} as symbol on stated.symbol = symbol.symbol
left join {{ ref('dim_date') }} as day on stated.value_date = day.calendar_date
where
    account.account_id is null
    or (stated.symbol is not null and symbol.symbol is null)
    or (stated.value_date is not null and day.calendar_date is null)
