"""What a reader asks the published tables for, one query per figure of the worked examples.

The queries read public tables only. Their parameters: $accounts (a list), $symbol, $day (the last day that counts),
$since, $event_id, $rate_days and $rates (units of the reader's currency for one of the account's). An account that is
not there has no row, hence no figure; an account without movements has zero.
"""

from __future__ import annotations

# The last row at or before the day, summed over the accounts.
POSITION = """
    select sum(coalesce({figure}, 0))
    from main_dimensions.dim_account
    left join (
        from main_facts.fact_positions_daily
        where (symbol = $symbol or $symbol is null) and value_date <= $day
        qualify row_number() over (partition by account_id, symbol order by value_date desc) = 1
    ) as position using (account_id)
    where list_contains($accounts, account_id)
    having count(*) > 0"""
PORTFOLIO = """
    select sum(coalesce({figure}, 0))
    from main_dimensions.dim_account
    left join (
        from main_facts.fact_portfolio_value_daily where value_date <= $day
        qualify row_number() over (partition by account_id order by value_date desc) = 1
    ) as portfolio using (account_id)
    where list_contains($accounts, account_id)
    having count(*) > 0"""
# Sums of the days up to one.
PNL_TO_DATE = """
    select coalesce(sum({figure}), 0) from main_facts.fact_pnl_daily
    where list_contains($accounts, account_id) and symbol = $symbol and value_date <= $day"""
PNL_CHANGE = PNL_TO_DATE + " and value_date > $since"
CUMULATIVE_RETURN = """
    select cumulative_return_pct / 100 from main_metrics.cumulative_returns
    where list_contains($accounts, account_id) and value_date <= $day
    order by value_date desc limit 1"""
# Of one sale: the slices that it closed.
SOLD_BY = """
    select sum({figure}) from main_facts.fact_lots
    where list_contains($accounts, account_id) and split_part(closed_by_event_id, ':', 2) = $event_id"""
# The same in the reader's currency, at rates that the reader brings along: of a lot the rate of the day on which it was
# acquired; of a pool that nothing was sold from before, the mean rate of what was bought into it.
SOLD_BY_IN_BASE = """
    with rates as (select unnest($rate_days)::date as day, unnest($rates)::decimal(18, 8) as rate),
    pools as (
        select account_id, symbol, sum(consideration * rate)::double / sum(consideration) as pool_rate
        from main_facts.fact_trades inner join rates on day = trade_date
        where side = 'BUY'
        group by account_id, symbol
    ),
    sold as (
        select cost, proceeds, realized_pnl, exit.rate as exit_rate,
            if(lot_method = 'AVERAGE', pool_rate, entry.rate) as entry_rate
        from main_facts.fact_lots
        inner join rates as entry on entry.day = cast(acquired_at as date)
        inner join rates as exit on exit.day = closed_on
        inner join pools using (account_id, symbol)
        where list_contains($accounts, account_id) and split_part(closed_by_event_id, ':', 2) = $event_id
    )
    select {figure} from sold"""
REALIZED_RETURN = """
    select sum(realized_pnl) / abs(sum(cost)) from main_facts.fact_lots
    where list_contains($accounts, account_id) and symbol = $symbol
        and close_reason in ('sold', 'covered') and closed_on <= $day"""
MISMATCHED_AMOUNTS = """
    select split_part(trade_id, ':', 2) as trade from main_facts.fact_trades
    where list_contains($accounts, account_id) and abs(consideration_difference) > 0.01"""
OPEN_LOTS = """
    select split_part(account_id, '.', 3) as account, regexp_replace(symbol, '[.][0-9]+$', '') as symbol,
        split_part(lot_id, ':', 2) as lot_id, cast(acquired_at as date)::varchar as date,
        sum(quantity) as quantity, unit_cost as price, sum(cost) as cost
    from main_facts.fact_lots
    where list_contains($accounts, account_id) and (symbol = $symbol or $symbol is null)
        and opened_on <= $day and coalesce(closed_on, date '9999-12-31') > $day
    group by account_id, symbol, lot_id, acquired_at, unit_cost"""
CONSUMED_LOTS = """
    select -quantity as quantity, unit_cost as price, cast(acquired_at as date)::varchar as date
    from main_facts.fact_lots
    where list_contains($accounts, account_id) and close_reason in ('sold', 'covered')"""
# The average over calendar days of the cost of what was held.
TIME_WEIGHTED_INVESTMENT = """
    with held as (
        select cost, greatest(0, least(coalesce(closed_on, $day), $day) - opened_on) as days, opened_on
        from main_facts.fact_lots
        where list_contains($accounts, account_id) and symbol = $symbol
    )
    select sum(cost * days) / cast($day - min(opened_on) as double) from held"""
PNL_ON_INVESTMENT = "select ({pnl}) / ({investment})"

# Closed trades. An order's number is its place among the account's executions; a cycle runs from flat to flat.
CLOSED_TRADES = """
    with orders as (
        select trade_id, row_number() over (partition by account_id order by traded_at, trade_id) as place
        from main_facts.fact_trades
    ),
    slices as (
        select lot.*, opening.place as entry_order, closing.place as exit_order,
            max(coalesce(closed_at, timestamp '9999-12-31')) over (
                partition by account_id, symbol order by acquired_at, entry_order, closed_at
                rows between unbounded preceding and 1 preceding
            ) as closed_before
        from main_facts.fact_lots as lot
        inner join orders as opening on lot.lot_id = opening.trade_id
        left join orders as closing on lot.closed_by_event_id = closing.trade_id
        where list_contains($accounts, account_id) and symbol = $symbol
            and (close_reason is null or close_reason in ('sold', 'covered'))
    ),
    closed_slices as (
        select *,
            count(*) filter (closed_before is null or acquired_at >= closed_before) over (
                partition by account_id, symbol order by acquired_at, entry_order, closed_at
                rows unbounded preceding
            ) as cycle
        from slices
        qualify closed_at is not null
    )
    select
        case when sum(quantity) > 0 then 'LONG' else 'SHORT' end as direction,
        abs(sum(quantity)) as quantity,
        datediff('minute', time '15:30', min(acquired_at)::time) as entry_minute,
        datediff('minute', time '15:30', max(closed_at)::time) as exit_minute,
        cast(min(acquired_at) as date)::varchar as entry_date,
        cast(max(closed_at) as date)::varchar as exit_date,
        sum(cost)::double / sum(quantity) as entry_price,
        sum(proceeds)::double / sum(quantity) as exit_price,
        abs(sum(cost)) + sign(sum(quantity)) * sum(entry_fee) as entry_value,
        abs(sum(proceeds)) - sign(sum(quantity)) * sum(exit_fee) as exit_value,
        sum(realized_pnl) as pnl_gross,
        sum(realized_pnl_net) as pnl_net,
        sum(entry_fee + exit_fee) as fees,
        sum(realized_pnl_net)::double / entry_value as return,
        power(exit_value / entry_value, 365.0 / (max(closed_on) - min(cast(acquired_at as date)))) - 1 as irr,
        list_sort(list_distinct(list(entry_order) || list(exit_order))) as orders
    from closed_slices
    group by {grouping}"""
GROUPING = {
    "fill_to_fill": "lot_id, closed_by_event_id",
    "flat_to_reduced": "cycle, closed_by_event_id",
    "per_exit": "cycle, closed_by_event_id",
    "flat_to_flat": "cycle",
}
TRADE_STATISTICS = """
    with trades as (
        select realized_pnl as pnl, entry_fee + exit_fee as fees,
            row_number() over (order by closed_at, closed_by_event_id, lot_id) as place
        from main_facts.fact_lots
        where list_contains($accounts, account_id) and close_reason in ('sold', 'covered')
    ),
    in_runs as (
        select *, place - row_number() over (partition by sign(pnl) order by place) as run,
            sum(pnl) over (order by place rows unbounded preceding) as total
        from trades
    ),
    in_drawdown as (
        select *, total - greatest(0, max(total) over (order by place rows unbounded preceding)) as drawdown,
            count(*) over (partition by sign(pnl), run) as run_length
        from in_runs
    )
    select
        count(*) as count,
        count(*) filter (pnl > 0) as winning,
        count(*) filter (pnl < 0) as losing,
        sum(pnl) as total_pnl,
        coalesce(sum(pnl) filter (pnl > 0), 0) as total_profit,
        coalesce(sum(pnl) filter (pnl < 0), 0) as total_loss,
        greatest(max(pnl), 0) as largest_profit,
        least(min(pnl), 0) as largest_loss,
        avg(pnl) as average_pnl,
        coalesce(avg(pnl) filter (pnl > 0), 0) as average_profit,
        coalesce(avg(pnl) filter (pnl < 0), 0) as average_loss,
        coalesce(max(run_length) filter (pnl > 0), 0) as max_consecutive_wins,
        coalesce(max(run_length) filter (pnl < 0), 0) as max_consecutive_losses,
        average_profit / abs(nullif(average_loss, 0)) as profit_loss_ratio,
        total_profit / abs(nullif(total_loss, 0)) as profit_factor,
        winning / count as win_rate,
        losing / count as loss_rate,
        min(drawdown) as max_closed_trade_drawdown,
        stddev_samp(pnl) as pnl_std,
        sum(fees) as total_fees
    from in_drawdown"""

LISTS = {"lots": OPEN_LOTS, "lots_consumed": CONSUMED_LOTS}
TOTAL_PNL_GROSS = "realized_pnl + unrealized_pnl"
TOTAL_PNL_NET = "realized_pnl + unrealized_pnl - fees"
SCALARS = {
    "quantity": POSITION.format(figure="cumulative_position"),
    "rejected": POSITION.format(figure="cumulative_position"),
    "average_cost": POSITION.format(figure="avg_cost_per_share"),
    "cost_basis": POSITION.format(figure="cost_basis"),
    "cost_basis_incl_fees": POSITION.format(figure="cost_basis_incl_fees"),
    "market_value": POSITION.format(figure="market_value"),
    "realized_pnl": POSITION.format(figure="realized_pnl"),
    "realized_pnl_net": POSITION.format(figure="realized_pnl_net"),
    "realized_pnl_cash": POSITION.format(figure="realized_pnl - fees"),
    "unrealized_pnl": POSITION.format(figure="unrealized_pnl"),
    "unrealized_pnl_net": POSITION.format(figure="unrealized_pnl_net"),
    "total_pnl_gross": POSITION.format(figure=TOTAL_PNL_GROSS),
    "total_pnl_net": POSITION.format(figure=TOTAL_PNL_NET),
    "pnl_net_change": PNL_CHANGE.format(figure="total_pnl"),
    "fees_total": PNL_TO_DATE.format(figure="fees"),
    "dividends_total": PNL_TO_DATE.format(figure="income"),
    "realized_return": REALIZED_RETURN,
    "fees_total.account": PORTFOLIO.format(figure="fees"),
    "positions_value": PORTFOLIO.format(figure="positions_value"),
    "portfolio_value": PORTFOLIO.format(figure="total_value"),
    "cash_balance": PORTFOLIO.format(figure="cash_balance"),
    "cash_settled": PORTFOLIO.format(figure="cash_settled"),
    "cumulative_return": CUMULATIVE_RETURN,
    "gf.time_weighted_investment": TIME_WEIGHTED_INVESTMENT,
    "gf.gross_performance_pct": PNL_ON_INVESTMENT.format(
        pnl=POSITION.format(figure=TOTAL_PNL_GROSS), investment=TIME_WEIGHTED_INVESTMENT
    ),
    "gf.net_performance_pct": PNL_ON_INVESTMENT.format(
        pnl=POSITION.format(figure=TOTAL_PNL_NET), investment=TIME_WEIGHTED_INVESTMENT
    ),
}
OF_A_SALE = {
    "cost_of_sold": SOLD_BY.format(figure="cost"),
    "realized_pnl": SOLD_BY.format(figure="realized_pnl"),
    "base.cost_of_sold": SOLD_BY_IN_BASE.format(figure="sum(cost * entry_rate)"),
    "base.realized_pnl": SOLD_BY_IN_BASE.format(figure="sum(proceeds * exit_rate - cost * entry_rate)"),
    "base.realized_pnl_market": SOLD_BY_IN_BASE.format(figure="sum(realized_pnl * exit_rate)"),
    "base.realized_pnl_currency": SOLD_BY_IN_BASE.format(figure="sum(cost * (exit_rate - entry_rate))"),
}
# A period is (start, end]: what the account held at its start is its opening value.
PERIOD = {
    "initial_value": ("begin", "total_value"),
    "final_value": ("end", "total_value"),
    "earnings": ("change", "income"),
    "taxes": ("change", "taxes"),
    "capital_gains": ("change", "realized_pnl + unrealized_pnl"),
}
