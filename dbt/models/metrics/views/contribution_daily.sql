with

days as (
    {{ days_of_accounts() }}
)

select
    pnl.account_id,
    pnl.symbol,
    pnl.value_date,
    pnl.total_pnl as profit,
    cast(days.capital as {{ amount() }}) as capital,
    case when days.capital > 0 then 100 * {{ ratio('pnl.total_pnl', 'days.capital') }} end as contribution_pct,
    case when days.capital <= 0 then 'no_capital' end as reason
from {{ ref('fact_pnl_daily').include(database=false) }} as pnl
inner join days on pnl.account_id = days.account_id and pnl.value_date = days.value_date
