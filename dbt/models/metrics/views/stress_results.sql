with

scenarios as (
    select distinct scenario
    from {{ ref('stress_scenarios').include(database=false) }}
),

positions as (
    select
        risk.account_id,
        risk.symbol,
        risk.value_date,
        coalesce(symbol.sector, 'Unclassified') as sector,
        risk.market_value,
        risk.weight_pct,
        coalesce(risk.beta, 1) as beta
    from {{ ref('holdings_risk').include(database=false) }} as risk
    left join {{ ref('dim_symbol').include(database=false) }} as symbol on risk.symbol = symbol.symbol
),

shocks as (
    select
        scenarios.scenario,
        positions.*,
        of_symbol.shock_pct as symbol_shock_pct,
        of_sector.shock_pct as sector_shock_pct,
        of_market.shock_pct * positions.beta as market_shock_pct
    from positions
    cross join scenarios
    left join {{ ref('stress_scenarios').include(database=false) }} as of_symbol
        on
            scenarios.scenario = of_symbol.scenario
            and positions.symbol = of_symbol.name
            and of_symbol.applies_to = 'SYMBOL'
    left join {{ ref('stress_scenarios').include(database=false) }} as of_sector
        on
            scenarios.scenario = of_sector.scenario
            and positions.sector = of_sector.name
            and of_sector.applies_to = 'SECTOR'
    left join {{ ref('stress_scenarios').include(database=false) }} as of_market
        on scenarios.scenario = of_market.scenario and of_market.applies_to = 'MARKET'
),

-- No price falls below 0.
applied as (
    select
        *,
        greatest(coalesce(symbol_shock_pct, sector_shock_pct, market_shock_pct, 0), -100) as shock_pct,
        case
            when symbol_shock_pct is not null then 'SYMBOL'
            when sector_shock_pct is not null then 'SECTOR'
            when market_shock_pct is not null then 'MARKET'
        end as applies_to
    from shocks
)

select
    scenario,
    account_id,
    symbol,
    value_date,
    applies_to,
    shock_pct,
    market_value,
    try_cast(cast(market_value as double) * shock_pct / 100 as {{ amount() }}) as pnl,
    case
        when applies_to is null then 0 * abs(weight_pct) else weight_pct * shock_pct / 100
    end as contribution_pct,
    case
        when try_cast(cast(market_value as double) * shock_pct / 100 as {{ amount() }}) is null then 'beyond_float'
        when weight_pct is null then 'no_capital'
    end as reason
from applied
