-- A close for every symbol and valuation day, with the one before it: the history has a price for each.
create temp table closes as
select
    symbol,
    occurred_at::date as value_date,
    price as close_price,
    lag(price, 1, 0) over (partition by symbol order by occurred_at) as close_before
from prices;

-- One row per key and day on which the position changed, with running totals, those of the row before, and its last day.
create temp table spans as
with
lots as (
    select
        account_id, symbol, min(opened_on) as opened_on,
        case when count(closed_on) = count(*) then max(closed_on) end as closed_on
    from main_facts.fact_lots
    group by account_id, symbol, lot_id, opened_by_event_id
),
changes as (
    select
        account_id, symbol, opened_on as event_date, quantity, cost, entry_fee, 0 as realized, 0 as realized_net,
        0 as fee, 0 as lot_count, null as price, null as traded
    from main_facts.fact_lots
    union all
    select
        account_id, symbol, closed_on, -quantity, -cost, -entry_fee, coalesce(realized_pnl, 0),
        coalesce(realized_pnl_net, 0), 0, 0, null, null
    from main_facts.fact_lots where closed_on is not null
    union all
    select account_id, symbol, opened_on, 0, 0, 0, 0, 0, 0, 1, null, null from lots
    union all
    select account_id, symbol, closed_on, 0, 0, 0, 0, 0, 0, -1, null, null from lots where closed_on is not null
    union all
    select account_id, symbol, trade_date, 0, 0, 0, 0, 0, fee, 0, price, (traded_at, trade_id)
    from main_facts.fact_trades
),
by_day as (
    select
        account_id, symbol, valuation_day_number as first_day,
        sum(quantity) as quantity, sum(cost) as cost, sum(entry_fee) as entry_fee, sum(realized) as realized,
        sum(realized_net) as realized_net, sum(fee) as fee, sum(lot_count) as lot_count, max_by(price, traded) as price
    from changes join main_dimensions.dim_date on event_date = calendar_date
    group by all
),
running as (
    select
        account_id, symbol, first_day,
        (sum(quantity) over so_far)::decimal(20, 8) as cumulative_position,
        (sum(cost) over so_far)::decimal(28, 8) as cost_basis,
        (sum(cost) over so_far + sum(entry_fee) over so_far)::decimal(28, 8) as cost_basis_incl_fees,
        (sum(realized) over so_far)::decimal(28, 8) as realized_pnl,
        (sum(realized_net) over so_far)::decimal(28, 8) as realized_pnl_net,
        (sum(fee) over so_far)::decimal(28, 8) as fees,
        (sum(lot_count) over so_far)::bigint as open_lot_count,
        last_value(price ignore nulls) over so_far as last_trade_price,
        lead(first_day) over so_far as next_day
    from by_day
    window so_far as (partition by account_id, symbol order by first_day)
)
select
    *,
    lag(cumulative_position, 1, 0) over by_key as position_before,
    lag(cost_basis, 1, 0) over by_key as cost_before,
    lag(realized_pnl, 1, 0) over by_key as realized_before,
    lag(fees, 1, 0) over by_key as fees_before,
    case
        when cumulative_position = 0 then 0
        else (
            sign(cost_basis) * sign(cumulative_position) * (
                (2 * abs((cost_basis * 100000000)::hugeint) * 100000000 + abs((cumulative_position::decimal(28, 8) * 100000000)::hugeint))
                // (2 * abs((cumulative_position::decimal(28, 8) * 100000000)::hugeint))
            )
        )::decimal(28, 0) * 0.00000001::decimal(8, 8)
    end::decimal(28, 8) as avg_cost_per_share,
    case
        when cumulative_position = 0 then first_day
        else coalesce(next_day - 1, (select max(valuation_day_number) from main_dimensions.dim_date))
    end as last_day
from running
window by_key as (partition by account_id, symbol order by first_day);

create temp view days as
select spans.*, unnest(range(first_day, last_day + 1)) as day_number
from spans;

create table main_facts.fact_positions_daily as
select
    account_id, symbol, value_date, cumulative_position, avg_cost_per_share, cost_basis, cost_basis_incl_fees,
    close_price, value_date as price_date, 0::bigint as price_age_days, false as is_price_stale,
    false as is_price_from_trade,
    (cumulative_position * close_price)::decimal(28, 8) as market_value,
    realized_pnl, realized_pnl_net,
    (market_value - cost_basis)::decimal(28, 8) as unrealized_pnl,
    (market_value - cost_basis_incl_fees)::decimal(28, 8) as unrealized_pnl_net,
    fees, open_lot_count, last_trade_price
from days
join main_dimensions.dim_date on day_number = valuation_day_number and is_valuation_day
join closes using (symbol, value_date);

-- The row before is known without a window: inside a span it is the same state at the close before.
create table main_facts.fact_pnl_daily as
with
changes as (
    select
        account_id, symbol, value_date,
        case when day_number = first_day then realized_pnl - realized_before else 0 end::decimal(28, 8) as realized_pnl,
        (
            (cumulative_position * close_price)::decimal(28, 8) - cost_basis
            - case
                when day_number = first_day then (position_before * close_before)::decimal(28, 8) - cost_before
                else (cumulative_position * close_before)::decimal(28, 8) - cost_basis
            end
        )::decimal(28, 8) as unrealized_pnl_change,
        0::decimal(28, 8) as income,
        case when day_number = first_day then fees - fees_before else 0 end::decimal(28, 8) as fees,
        0::decimal(28, 8) as taxes
    from days
    join main_dimensions.dim_date on day_number = valuation_day_number and is_valuation_day
    join closes using (symbol, value_date)
)
select *, (realized_pnl + unrealized_pnl_change + income - fees - taxes)::decimal(28, 8) as total_pnl
from changes
union all
select account_id, symbol, value_date, 0, 0, 0, 0, 0, 0
from main_facts.fact_cash_moves join main_dimensions.dim_date on occurred_on = calendar_date;

drop view days;

create table main_facts.fact_portfolio_value_daily as
with
legs as (
    select
        account_id, booked.value_date, booked.settlement_date as settled_on,
        case when side = 'BUY' then -consideration else consideration end - fee as amount, 0 as inflow
    from main_facts.fact_trades join main_dimensions.dim_date as booked on trade_date = booked.calendar_date
    union all
    select account_id, booked.value_date, booked.value_date, signed_amount, signed_amount
    from main_facts.fact_cash_moves join main_dimensions.dim_date as booked on occurred_on = booked.calendar_date
),
movements as (
    select
        account_id, value_date, amount as cash, 0 as settled, greatest(amount, 0) as receivable,
        greatest(-amount, 0) as payable, inflow
    from legs
    union all
    select account_id, settled_on, 0, amount, -greatest(amount, 0), -greatest(-amount, 0), 0 from legs
    where settled_on is not null
),
moved as (
    select
        account_id, value_date, sum(cash) as cash, sum(settled) as settled, sum(receivable) as receivable,
        sum(payable) as payable, sum(inflow) as inflow
    from movements group by all
),
earned as (
    select
        account_id, value_date, sum(realized_pnl) as realized_pnl, sum(fees) as fees, sum(total_pnl) as total_pnl
    from main_facts.fact_pnl_daily group by all
),
held as (
    select account_id, value_date, sum(market_value) as positions_value, sum(unrealized_pnl) as unrealized_pnl
    from main_facts.fact_positions_daily group by all
),
account_days as (
    select account_id, day.value_date
    from (select account_id, min(value_date) as first_date from moved group by all)
    join main_dimensions.dim_date as day on day.is_valuation_day and day.value_date >= first_date
),
running as (
    select
        account_id, value_date,
        coalesce(inflow, 0) as inflow, coalesce(total_pnl, 0) as total_pnl,
        coalesce(positions_value, 0) as positions_value, coalesce(unrealized_pnl, 0) as unrealized_pnl,
        sum(cash) over so_far as cash_balance, sum(settled) over so_far as cash_settled,
        sum(receivable) over so_far as receivables, sum(payable) over so_far as payables,
        sum(inflow) over so_far as net_deposits, coalesce(sum(realized_pnl) over so_far, 0) as realized_pnl,
        coalesce(sum(fees) over so_far, 0) as fees
    from account_days
    left join moved using (account_id, value_date)
    left join earned using (account_id, value_date)
    left join held using (account_id, value_date)
    window so_far as (partition by account_id order by value_date)
)
select
    account_id, value_date,
    (cash_balance + positions_value)::decimal(28, 8) as total_value,
    cash_balance::decimal(28, 8) as cash_balance, cash_settled::decimal(28, 8) as cash_settled,
    receivables::decimal(28, 8) as receivables, payables::decimal(28, 8) as payables,
    positions_value::decimal(28, 8) as positions_value, inflow::decimal(28, 8) as inflow,
    0::decimal(28, 8) as outflow, total_pnl::decimal(28, 8) as total_pnl,
    net_deposits::decimal(28, 8) as net_deposits, realized_pnl::decimal(28, 8) as realized_pnl,
    unrealized_pnl::decimal(28, 8) as unrealized_pnl, 0::decimal(28, 8) as income, fees::decimal(28, 8) as fees,
    0::decimal(28, 8) as taxes, cash_balance < 0 as is_cash_negative, cash_settled < 0 as is_cash_settled_negative
from running;

create table main_metrics.daily_returns as
with
owned as (
    select account_id, value_date, total_value, inflow, outflow from main_facts.fact_portfolio_value_daily
    union all
    select
        '$BOOK:' || account.base_currency, portfolio.value_date, sum(portfolio.total_value),
        greatest(sum(portfolio.inflow - portfolio.outflow), 0), greatest(-sum(portfolio.inflow - portfolio.outflow), 0)
    from main_facts.fact_portfolio_value_daily as portfolio
    join main_dimensions.dim_account as account using (account_id)
    group by account.base_currency, portfolio.value_date
),
valued as (
    select
        *,
        lag(total_value, 1, 0) over (partition by account_id order by value_date) as value_before
    from owned
)
select
    account_id, value_date,
    case when value_before + inflow > 0 then 100 * ((total_value + outflow)::double / (value_before + inflow)::double - 1) end as daily_return_pct,
    value_before + inflow > 0 as is_meaningful,
    case when value_before + inflow - outflow > 0 then 100 * (total_value::double / (value_before + inflow - outflow)::double - 1) end as daily_return_flows_start_pct,
    case when value_before > 0 then 100 * ((total_value - inflow + outflow)::double / value_before::double - 1) end as daily_return_flows_end_pct
from valued;

-- The same exact sums of decimal logarithms as navlog's: without them equal figures would differ in their last bits.
create temp table wealth as
with
growth as (
    select
        account_id, value_date,
        1 + daily_return_pct / 100 as factor, 1 + daily_return_flows_start_pct / 100 as factor_start,
        1 + daily_return_flows_end_pct / 100 as factor_end
    from main_metrics.daily_returns
),
chained as (
    select
        account_id, value_date,
        product(coalesce(sign(factor), 1)) over so_far as wealth_sign,
        sum(coalesce(ln(nullif(abs(factor), 0)), 0)::decimal(28, 18)) over so_far as log_wealth,
        product(coalesce(sign(factor_start), 1)) over so_far
        * exp((sum(coalesce(ln(nullif(abs(factor_start), 0)), 0)::decimal(28, 18)) over so_far)::double) as wealth_start,
        product(coalesce(sign(factor_end), 1)) over so_far
        * exp((sum(coalesce(ln(nullif(abs(factor_end), 0)), 0)::decimal(28, 18)) over so_far)::double) as wealth_end
    from growth
    window so_far as (partition by account_id order by value_date)
),
peaked as (
    select
        *,
        greatest(0, max(log_wealth) filter (where wealth_sign > 0) over (partition by account_id order by value_date)) as log_peak
    from chained
),
fallen as (
    select
        *,
        wealth_sign * exp(log_wealth::double) as wealth,
        wealth_sign * exp((log_wealth - log_peak)::double) - 1 as drawdown
    from peaked
)
select
    *,
    max(case when drawdown = 0 then value_date end) over (partition by account_id order by value_date) as peak_date
from fallen;

create table main_metrics.cumulative_returns as
select
    account_id, value_date, 100 * (wealth - 1) as cumulative_return_pct,
    100 * (wealth_start - 1) as cumulative_return_flows_start_pct, 100 * (wealth_end - 1) as cumulative_return_flows_end_pct
from wealth;

create table main_metrics.drawdown as
with
series as (
    select
        account_id, value_date, 100 * drawdown as drawdown_pct, peak_date,
        min(case when drawdown = 0 then value_date end) over (
            partition by account_id order by value_date rows between 1 following and unbounded following
        ) as next_peak_date
    from wealth
),
with_deepest as (
    select
        *,
        min({'drawdown_pct': drawdown_pct, 'trough_date': value_date, 'peak_date': peak_date, 'recovery_date': next_peak_date})
            over (partition by account_id order by value_date) as deepest
    from series
)
select
    account_id, value_date, drawdown_pct, deepest.drawdown_pct as max_drawdown_pct,
    case when deepest.drawdown_pct < 0 then deepest.peak_date end as peak_date,
    case when deepest.drawdown_pct < 0 then deepest.trough_date end as trough_date,
    case when deepest.drawdown_pct < 0 and deepest.recovery_date <= value_date then deepest.recovery_date end as recovery_date
from with_deepest;

create table main_metrics.rolling_volatility as
with
windows as (
    select
        account_id, value_date,
        list(daily_return_pct) over (partition by account_id order by value_date rows between 29 preceding and current row) as last_returns
    from main_metrics.daily_returns
    where daily_return_pct is not null
)
select
    returns.account_id, returns.value_date,
    last_value(case when len(last_returns) = 30 then list_stddev_samp(last_returns) * sqrt(252) end ignore nulls) over so_far as annualized_volatility_pct,
    coalesce(max(len(last_returns)) over so_far, 0) as return_count
from main_metrics.daily_returns as returns
left join windows using (account_id, value_date)
window so_far as (partition by returns.account_id order by returns.value_date);
