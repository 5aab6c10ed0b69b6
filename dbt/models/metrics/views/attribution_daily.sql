with

days as not materialized (
    {{ days_with_benchmark() }}
),

benchmark_sectors as not materialized (
    {{ sector_returns(benchmark_accounts()) }}
),

sides as (
    select
        days.account_id,
        days.value_date,
        own.sector,
        own.weight_pct,
        0 as benchmark_weight_pct,
        own.return_pct,
        null as benchmark_return_pct,
        own.trading_pct,
        0 as benchmark_trading_pct,
        0 as benchmark_holding_profit
    from days
    inner join {{ ref('sector_returns_daily').include(database=false) }} as own
        on days.account_id = own.account_id and days.value_date = own.value_date
    union all
    select
        days.account_id,
        days.value_date,
        market.sector,
        0 as weight_pct,
        market.weight_pct as benchmark_weight_pct,
        null as return_pct,
        market.return_pct as benchmark_return_pct,
        0 as trading_pct,
        market.trading_pct as benchmark_trading_pct,
        market.holding_profit as benchmark_holding_profit
    from days
    inner join benchmark_sectors as market
        on days.benchmark_account_id = market.account_id and days.value_date = market.value_date
),

-- At most one row of each side: nothing is added up here but a number and 0.
sectors as (
    select
        account_id,
        value_date,
        sector,
        sum(weight_pct) as weight_pct,
        sum(benchmark_weight_pct) as benchmark_weight_pct,
        max(return_pct) as return_pct,
        max(benchmark_return_pct) as benchmark_return_pct,
        sum(trading_pct) - sum(benchmark_trading_pct) as trading_pct,
        sum(benchmark_holding_profit) as benchmark_holding_profit
    from sides
    group by account_id, value_date, sector
),

-- A sector that one side does not hold takes the other's return: there was nothing to select.
filled as (
    select
        sectors.*,
        days.benchmark_account_id,
        100 * days.daily_return as account_return_pct,
        100 * days.benchmark_return as benchmark_account_return_pct,
        coalesce(sectors.return_pct, sectors.benchmark_return_pct, 0) as own_pct,
        coalesce(sectors.benchmark_return_pct, sectors.return_pct, 0) as market_pct,
        100 * cast(
            sum(sectors.benchmark_holding_profit) over (partition by sectors.account_id, sectors.value_date) as double
        ) / cast(days.benchmark_capital as double) as benchmark_holding_pct
    from sectors
    inner join days on sectors.account_id = days.account_id and sectors.value_date = days.value_date
)

select
    account_id,
    value_date,
    sector,
    benchmark_account_id,
    weight_pct,
    benchmark_weight_pct,
    return_pct,
    benchmark_return_pct,
    (weight_pct - benchmark_weight_pct) / 100 * (market_pct - benchmark_holding_pct) as allocation_pct,
    benchmark_weight_pct / 100 * (own_pct - market_pct) as selection_pct,
    (weight_pct - benchmark_weight_pct) / 100 * (own_pct - market_pct) as interaction_pct,
    trading_pct,
    account_return_pct,
    benchmark_account_return_pct
from filled
