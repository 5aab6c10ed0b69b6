{#- What each sector of an account weighed at the start of a day, what that returned, and what the sector added. `accounts`
    names a relation of the account_ids to look at; without it all are. A filter on a view reaches the tables behind it,
    a join does not: whoever needs the days of a few benchmarks says so here. -#}
{% macro sector_returns(accounts=none) %}
with

days as not materialized (
    {{ days_of_accounts(accounts) }}
),

-- What was held at the end of the valuation day before.
starts as (
    select position.account_id, position.symbol, day.settlement_date as value_date, position.market_value
    from {{ ref('fact_positions_daily').include(database=false) }} as position
    inner join {{ ref('dim_date').include(database=false) }} as day on position.value_date = day.calendar_date
    where position.market_value <> 0 and day.settlement_date is not null and {{ is_one_of(accounts, 'position') }}
),

-- From the price of the trade to the close of its day.
trades as (
    select
        trade.account_id,
        trade.symbol,
        day.value_date,
        {{ value_of('trade.signed_quantity', 'position.close_price') }} + {{ cash_of_trade('trade') }} + trade.fee
            as profit
    from {{ ref('fact_trades').include(database=false) }} as trade
    inner join {{ ref('dim_date').include(database=false) }} as day on trade.trade_date = day.calendar_date
    inner join {{ ref('fact_positions_daily').include(database=false) }} as position
        on
            trade.account_id = position.account_id
            and trade.symbol = position.symbol
            and day.value_date = position.value_date
    where {{ is_one_of(accounts, 'trade') }} and {{ is_one_of(accounts, 'position') }}
),

parts as (
    select account_id, symbol, value_date, market_value as start_value, 0 as profit, 0 as other_profit
    from starts
    union all
    select account_id, '$CASH' as symbol, value_date, start_cash as start_value, 0 as profit, 0 as other_profit
    from days
    union all
    select account_id, symbol, value_date, 0 as start_value, total_pnl as profit, -fees - taxes as other_profit
    from {{ ref('fact_pnl_daily').include(database=false) }} as pnl
    where {{ is_one_of(accounts, 'pnl') }}
    union all
    select account_id, symbol, value_date, 0 as start_value, 0 as profit, profit as other_profit
    from trades
),

sectors as (
    select
        parts.account_id,
        parts.value_date,
        case when parts.symbol = '$CASH' then 'Cash' else coalesce(symbol.sector, 'Unclassified') end as sector,
        sum(parts.start_value) as start_value,
        sum(parts.profit) as profit,
        sum(parts.other_profit) as other_profit
    from parts
    left join {{ ref('dim_symbol').include(database=false) }} as symbol on parts.symbol = symbol.symbol
    group by all
),

explained as (
    select *, case when start_value = 0 then 0 else profit - other_profit end as holding_profit
    from sectors
    where start_value <> 0 or profit <> 0 or other_profit <> 0
)

select
    explained.account_id,
    explained.value_date,
    explained.sector,
    cast(explained.start_value as {{ amount() }}) as start_value,
    cast(explained.profit as {{ amount() }}) as profit,
    cast(explained.holding_profit as {{ amount() }}) as holding_profit,
    case when days.capital > 0 then 100 * {{ ratio('explained.start_value', 'days.capital') }} end as weight_pct,
    100 * {{ ratio('explained.holding_profit', 'explained.start_value') }} as return_pct,
    case when days.capital > 0 then 100 * {{ ratio('explained.profit', 'days.capital') }} end as contribution_pct,
    case
        when days.capital > 0
            then 100 * {{ ratio("(explained.profit - explained.holding_profit)", "days.capital") }}
    end as trading_pct,
    case when days.capital <= 0 then 'no_capital' end as reason
from explained
inner join days on explained.account_id = days.account_id and explained.value_date = days.value_date
{% endmacro %}

{% macro is_one_of(accounts, relation) -%}
    {% if accounts %}{{ relation }}.account_id in (select account_id from {{ accounts }}){% else %}true{% endif %}
{%- endmacro %}
