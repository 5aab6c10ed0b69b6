with

positions as (
    select account_id, symbol, value_date, market_value
    from {{ ref('fact_positions_daily').include(database=false) }}
    where cumulative_position <> 0
),

held as (
    select
        positions.account_id,
        positions.symbol,
        positions.value_date,
        coalesce(symbol.sector, 'Unclassified') as sector,
        coalesce(symbol.currency, 'USD') as currency,
        positions.market_value
    from positions
    left join {{ ref('dim_symbol').include(database=false) }} as symbol on positions.symbol = symbol.symbol
    union all
    select
        portfolio.account_id,
        '$CASH' as symbol,
        portfolio.value_date,
        'Cash' as sector,
        account.base_currency as currency,
        portfolio.cash_balance as market_value
    from {{ ref('fact_portfolio_value_daily').include(database=false) }} as portfolio
    inner join {{ ref('dim_account').include(database=false) }} as account
        on portfolio.account_id = account.account_id
)

select
    held.account_id,
    held.symbol,
    held.value_date,
    held.sector,
    held.currency,
    held.market_value,
    case
        when portfolio.total_value > 0 then 100 * {{ ratio('held.market_value', 'portfolio.total_value') }}
    end as weight_pct,
    case when portfolio.total_value <= 0 then 'no_capital' end as reason
from held
inner join {{ ref('fact_portfolio_value_daily').include(database=false) }} as portfolio
    on held.account_id = portfolio.account_id and held.value_date = portfolio.value_date
