select
    weights.account_id,
    weights.value_date,
    weights.sector,
    cast(sum(greatest(weights.market_value, 0)) as {{ amount() }}) as long_exposure,
    cast(sum(least(weights.market_value, 0)) as {{ amount() }}) as short_exposure,
    cast(sum(abs(weights.market_value)) as {{ amount() }}) as gross_exposure,
    cast(sum(weights.market_value) as {{ amount() }}) as net_exposure,
    case
        when portfolio.total_value > 0 then 100 * {{ ratio('sum(weights.market_value)', 'portfolio.total_value') }}
    end as weight_pct,
    case when portfolio.total_value <= 0 then 'no_capital' end as reason
from {{ ref('position_weights_daily').include(database=false) }} as weights
inner join {{ ref('fact_portfolio_value_daily').include(database=false) }} as portfolio
    on weights.account_id = portfolio.account_id and weights.value_date = portfolio.value_date
group by weights.account_id, weights.value_date, weights.sector, portfolio.total_value
