"""Published tables against the expected tables of a fixture folder, row by row.

The expected tables state P&L and cost gross of fees, under FIFO and under AVERAGE side by side; both real histories
have them in one form. Every row of either side must be on the other, and every figure must agree.
"""

from __future__ import annotations

from pathlib import Path

from eventlog.settings import Settings
from flows import warehouse

Difference = tuple[object, ...]

POSITIONS = {
    "expected": """
        select account_id, symbol, date, quantity, close, market_value, fees_cum,
            {open_lots}
            cost_basis_{method} as cost_basis, realized_pnl_{method} as realized_pnl,
            unrealized_pnl_{method} as unrealized_pnl{average_cost}
        from '{fixtures}/expected_positions_daily.parquet'""",
    "actual": """
        select account_id, symbol, value_date as date, cumulative_position as quantity, close_price as close,
            market_value, fees as fees_cum, {actual_open_lots} cost_basis, realized_pnl, unrealized_pnl{actual_average}
        from main_facts.fact_positions_daily""",
}
PORTFOLIO_EXPECTED = """
    select account_id, date, cash_balance, positions_long + positions_short as positions_value, total_value, net_flow,
        daily_return, cumulative_return, drawdown, rolling_vol_30d,
        daily_return_flows_start, cumulative_return_flows_start, daily_return_flows_end, cumulative_return_flows_end,
        realized_pnl_{method} as realized_pnl, unrealized_pnl_{method} as unrealized_pnl, fees_cum, income_cum
    from '{fixtures}/expected_portfolio_daily.parquet'"""
PORTFOLIO_ACTUAL = """
    select account_id, value_date as date, cash_balance, positions_value, total_value, inflow - outflow as net_flow,
        daily_return_pct / 100 as daily_return, cumulative_return_pct / 100 as cumulative_return,
        drawdown_pct / 100 as drawdown, annualized_volatility_pct / 100 as rolling_vol_30d,
        daily_return_flows_start_pct / 100 as daily_return_flows_start,
        cumulative_return_flows_start_pct / 100 as cumulative_return_flows_start,
        daily_return_flows_end_pct / 100 as daily_return_flows_end,
        cumulative_return_flows_end_pct / 100 as cumulative_return_flows_end,
        realized_pnl, unrealized_pnl, fees as fees_cum, income as income_cum
    from main_facts.fact_portfolio_value_daily
    full join main_metrics.daily_returns using (account_id, value_date)
    full join main_metrics.cumulative_returns using (account_id, value_date)
    full join main_metrics.drawdown using (account_id, value_date)
    full join main_metrics.rolling_volatility using (account_id, value_date)
    where not starts_with(account_id, '$BOOK:')"""
RETURNS = (
    "daily_return", "cumulative_return", "drawdown",
    "daily_return_flows_start", "cumulative_return_flows_start",
    "daily_return_flows_end", "cumulative_return_flows_end",
)  # fmt: skip
PORTFOLIO_TOLERANCE = {**dict.fromkeys(RETURNS, 1e-9), "rolling_vol_30d": 1e-8}
# Expected lots have no ids: those that share account, symbol and days are compared in the order of their figures.
CLOSED_LOTS_EXPECTED = """
    select *, row_number() over (
        partition by account_id, symbol, entry_date, exit_date order by quantity, pnl_gross, entry_fee
    ) as place
    from '{fixtures}/expected_closed_lots_fifo.parquet'"""
CLOSED_LOTS_ACTUAL = """
    select *, row_number() over (
        partition by account_id, symbol, entry_date, exit_date order by quantity, pnl_gross, entry_fee
    ) as place
    from (
        select account_id, symbol, case when quantity > 0 then 'LONG' else 'SHORT' end as direction,
            cast(acquired_at as date) as entry_date, closed_on as exit_date, abs(quantity)::double as quantity,
            (cost / quantity)::double as entry_price, (proceeds / quantity)::double as exit_price,
            realized_pnl::double as pnl_gross, entry_fee::double as entry_fee, exit_fee::double as exit_fee
        from main_facts.fact_lots
        where close_reason in ('sold', 'covered')
    )"""
YEAR_END_EXPECTED = """
    select *, row_number() over (partition by account_id, date, symbol, lot_date order by quantity, price) as place
    from '{fixtures}/expected_fifo_lots_year_end.parquet'"""
YEAR_END_ACTUAL = """
    select *, row_number() over (partition by account_id, date, symbol, lot_date order by quantity, price) as place
    from (
        select account_id, year_end.date, symbol, cast(acquired_at as date) as lot_date,
            sum(quantity)::double as quantity, (sum(cost) / sum(quantity))::double as price
        from (select distinct date from '{fixtures}/expected_fifo_lots_year_end.parquet') as year_end
        inner join main_facts.fact_lots
            on opened_on <= year_end.date and coalesce(closed_on, date '9999-12-31') > year_end.date
        group by account_id, year_end.date, symbol, lot_id, acquired_at
    )"""


def differences(
    settings: Settings, expected: str, actual: str, key: tuple[str, ...], tolerance: dict[str, float] | None = None
) -> list[Difference]:
    """Rows of either side that the other lacks or states differently: key, column, expected, actual."""
    with warehouse.reading(settings) as database:
        database.execute(f"create temp table expected as {expected}")
        database.execute(f"create temp table actual as {actual}")
        columns = [row[0] for row in database.execute("describe expected").fetchall() if row[0] not in key]
        types = dict(row[:2] for row in database.execute("describe expected").fetchall())
        on = " and ".join(f"e.{name} = a.{name}" for name in key)
        named = ", ".join(f"coalesce(e.{name}, a.{name}) as {name}" for name in key)
        found: list[Difference] = []
        for column in columns:
            limit = (tolerance or {}).get(column, 1e-6)
            differs = (
                f"e.{column} is distinct from a.{column}"
                if types[column] == "VARCHAR"
                else f"(e.{column} is null) <> (a.{column} is null) or not abs(e.{column} - a.{column}) <= {limit}"
            )
            found += database.execute(
                f"select {named}, '{column}', e.{column}, a.{column} from expected as e full join actual as a on {on} "
                f"where e.{key[0]} is null or a.{key[0]} is null or {differs} order by all limit 5"
            ).fetchall()
        assert database.execute("select count(*) > 0 from expected").fetchone() == (True,)
    return found


def position_differences(settings: Settings, fixtures: Path, method: str) -> list[Difference]:
    """Every position on every day. Open lots are counted under FIFO, average cost is stated under AVERAGE."""
    is_fifo = method == "fifo"
    expected, actual = (
        POSITIONS[side].format(
            fixtures=fixtures,
            method=method,
            open_lots="open_lots," if is_fifo else "",
            actual_open_lots="open_lot_count as open_lots," if is_fifo else "",
            average_cost="" if is_fifo else ", average_cost",
            actual_average="" if is_fifo else ", avg_cost_per_share as average_cost",
        )
        for side in ("expected", "actual")
    )
    return differences(settings, expected, actual, ("account_id", "symbol", "date"), {"average_cost": 1e-8})


def portfolio_differences(settings: Settings, fixtures: Path, method: str) -> list[Difference]:
    """Cash, value, three return rules with their chains, drawdown, volatility, P&L, fees and income of every day."""
    expected = PORTFOLIO_EXPECTED.format(fixtures=fixtures, method=method)
    return differences(settings, expected, PORTFOLIO_ACTUAL, ("account_id", "date"), PORTFOLIO_TOLERANCE)


def closed_lot_differences(settings: Settings, fixtures: Path) -> list[Difference]:
    """What every closing matched, for how much, with which fees."""
    key = ("account_id", "symbol", "entry_date", "exit_date", "place")
    return differences(settings, CLOSED_LOTS_EXPECTED.format(fixtures=fixtures), CLOSED_LOTS_ACTUAL, key)


def year_end_differences(settings: Settings, fixtures: Path) -> list[Difference]:
    """The lots open at the end of each year."""
    expected, actual = (query.format(fixtures=fixtures) for query in (YEAR_END_EXPECTED, YEAR_END_ACTUAL))
    return differences(settings, expected, actual, ("account_id", "date", "symbol", "lot_date", "place"))
