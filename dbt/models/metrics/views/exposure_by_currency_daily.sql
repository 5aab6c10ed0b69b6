with

weights as (
    select *, symbol = '$CASH' as is_cash
    from {{ ref('position_weights_daily').include(database=false) }}
)

select
    weights.account_id,
    weights.value_date,
    weights.currency,
    cast(coalesce(sum(greatest(weights.market_value, 0)) filter (where not weights.is_cash), 0) as {{ amount() }})
        as long_exposure,
    cast(coalesce(sum(least(weights.market_value, 0)) filter (where not weights.is_cash), 0) as {{ amount() }})
        as short_exposure,
    cast(coalesce(sum(abs(weights.market_value)) filter (where not weights.is_cash), 0) as {{ amount() }})
        as gross_exposure,
    cast(coalesce(sum(weights.market_value) filter (where weights.is_cash), 0) as {{ amount() }}) as cash_balance,
    cast(sum(weights.market_value) as {{ amount() }}) as net_exposure,
    case
        when portfolio.total_value > 0 then 100 * {{ ratio('sum(weights.market_value)', 'portfolio.total_value') }}
    end as weight_pct,
    case when portfolio.total_value <= 0 then 'no_capital' end as reason
from weights
inner join {{ ref('fact_portfolio_value_daily').include(database=false) }} as portfolio
    on weights.account_id = portfolio.account_id and weights.value_date = portfolio.value_date
group by weights.account_id, weights.value_date, weights.currency, portfolio.total_value
