with

positions as not materialized (
    select account_id, value_date, market_value
    from {{ ref('fact_positions_daily').include(database=false) }}
    where market_value <> 0
),

sums as not materialized (
    select
        account_id,
        value_date,
        sum(greatest(market_value, 0)) as long_exposure,
        sum(least(market_value, 0)) as short_exposure,
        sum(abs(market_value)) as gross_exposure,
        max(abs(market_value)) as top_value
    from positions
    group by account_id, value_date
),

-- Summed as decimals: the same bits whatever the order of rows.
concentrations as (
    select
        positions.account_id,
        positions.value_date,
        cast(
            sum(cast(power({{ ratio('positions.market_value', 'sums.gross_exposure') }}, 2) as {{ exact() }})) as double
        ) as hhi
    from positions
    inner join sums on positions.account_id = sums.account_id and positions.value_date = sums.value_date
    group by positions.account_id, positions.value_date
)

select
    portfolio.account_id,
    portfolio.value_date,
    cast(coalesce(sums.long_exposure, 0) as {{ amount() }}) as long_exposure,
    cast(coalesce(sums.short_exposure, 0) as {{ amount() }}) as short_exposure,
    cast(coalesce(sums.gross_exposure, 0) as {{ amount() }}) as gross_exposure,
    portfolio.positions_value as net_exposure,
    portfolio.total_value,
    case
        when portfolio.total_value > 0
            then coalesce({{ ratio('sums.gross_exposure', 'portfolio.total_value') }}, 0)
    end as leverage,
    case
        when portfolio.total_value > 0
            then coalesce(100 * {{ ratio('sums.top_value', 'portfolio.total_value') }}, 0)
    end as top_weight_pct,
    case when portfolio.total_value <= 0 then 'no_capital' end as reason,
    concentrations.hhi,
    case when concentrations.hhi is null then 'no_positions' end as hhi_reason
from {{ ref('fact_portfolio_value_daily').include(database=false) }} as portfolio
left join sums on portfolio.account_id = sums.account_id and portfolio.value_date = sums.value_date
left join concentrations
    on portfolio.account_id = concentrations.account_id and portfolio.value_date = concentrations.value_date
