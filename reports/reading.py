"""Reads a portfolio out of one published state of the lake: a publish meanwhile changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import Any, Final

import duckdb
import numpy as np
import pyarrow as pa

from eventlog.settings import Settings
from flows import lake
from flows.lake import LAKE, NothingPublishedError, Publication
from measures.measured import Column
from reports.benchmark import benchmark_of, risk_free_of
from reports.portfolio import Amounts, BySymbol, DayColumn, Portfolio, Position
from reports.selection import Account, Selection

_ACCOUNTS: Final = """
    select account.account_id, account.name, account.base_currency, account.benchmark_symbol
    from main_dimensions.dim_account as account
    order by account.account_id
"""

_LARGEST: Final = """
    select account_id
    from main_dimensions.dim_account
    left join main_facts.fact_portfolio_value_daily using (account_id)
    where value_date is null or value_date = (select max(value_date) from main_facts.fact_portfolio_value_daily)
    order by total_value desc nulls last, account_id
"""

# As in the published book: of several accounts only the sum of a day's flows counts, the rest moved within.
_DAYS: Final = """
    with
    summed as (
        select
            value_date,
            sum(total_value) as total_value,
            sum(cash_balance) as cash_balance,
            sum(realized_pnl) as realized_pnl,
            sum(unrealized_pnl) as unrealized_pnl,
            sum(income) as income,
            sum(fees) as fees,
            sum(taxes) as taxes,
            sum(inflow) as paid_in,
            sum(outflow) as taken_out,
            if(len($accounts) > 1, least(sum(inflow), sum(outflow)), 0) as moved_within
        from main_facts.fact_portfolio_value_daily
        where account_id in (select unnest($accounts))
        group by value_date
    )
    select
        value_date, total_value, cash_balance, realized_pnl, unrealized_pnl, income, fees, taxes, moved_within,
        cast(paid_in - moved_within as double) as inflow,
        cast(taken_out - moved_within as double) as outflow,
        sum(paid_in - moved_within) over (order by value_date) as deposits,
        sum(taken_out - moved_within) over (order by value_date) as withdrawals
    from summed
    order by value_date
"""

_HOLDINGS: Final = """
    select value_date, symbol, cast(sum(market_value) as double) as amount
    from main_facts.fact_positions_daily
    where account_id in (select unnest($accounts)) and cumulative_position <> 0
    group by value_date, symbol
"""

_PROFITS: Final = """
    select value_date, symbol, cast(sum(total_pnl) as double) as amount
    from main_facts.fact_pnl_daily
    where account_id in (select unnest($accounts))
    group by value_date, symbol
"""

_STALE: Final = """
    select distinct symbol, value_date
    from main_facts.fact_positions_daily
    where account_id in (select unnest($accounts)) and is_price_stale and cumulative_position <> 0
    order by symbol, value_date
"""

_POSITIONS: Final = """
    select
        position.symbol,
        any_value(symbol.name) as name,
        any_value(symbol.sector) as sector,
        sum(position.cumulative_position) as quantity,
        sum(position.cost_basis) as cost_basis,
        max_by(position.close_price, abs(position.market_value)) as close_price,
        bool_or(position.is_price_stale) as is_price_stale,
        sum(position.market_value) as market_value,
        sum(position.unrealized_pnl) as unrealized_pnl
    from main_facts.fact_positions_daily as position
    left join main_dimensions.dim_symbol as symbol on position.symbol = symbol.symbol
    where position.account_id in (select unnest($accounts))
        and position.value_date = $last_day
        and position.cumulative_position <> 0
    group by position.symbol
    order by abs(sum(position.market_value)) desc, position.symbol
"""

_AMOUNTS: Final = tuple(field.name for field in fields(Amounts))


@dataclass(frozen=True, slots=True)
class Published:
    """One published state, open for reading."""

    publication: Publication
    database: duckdb.DuckDBPyConnection

    def accounts(self) -> list[Account]:
        """Every account of the books."""
        return [Account(*row) for row in self.database.execute(_ACCOUNTS).fetchall()]

    def largest_accounts(self) -> list[str]:
        """Every account, that of the highest value first."""
        return [account_id for (account_id,) in self.database.execute(_LARGEST).fetchall()]

    def portfolio(self, selection: Selection) -> Portfolio:
        """What the books say of some accounts together."""
        table = self._asked(_DAYS, selection)
        days = _days(table)
        return Portfolio(
            selection=selection,
            publication=self.publication,
            days=days,
            amounts=[Amounts(**row) for row in table.select(_AMOUNTS).to_pylist()],
            inflow=_column(table, "inflow"),
            outflow=_column(table, "outflow"),
            moved_within=sum(table["moved_within"].to_pylist(), Decimal(0)),
            holdings=_by_symbol(self._asked(_HOLDINGS, selection), days),
            profits=_by_symbol(self._asked(_PROFITS, selection), days),
            positions=self._positions(selection, days),
            stale_days=_stale_days(self._asked(_STALE, selection)),
            benchmark=benchmark_of(self.database, selection.benchmark, days),
            risk_free=risk_free_of(self.database, selection.currency, days),
        )

    def _positions(self, selection: Selection, days: DayColumn) -> tuple[Position, ...]:
        if not len(days):
            return ()
        table = self._asked(_POSITIONS, selection, last_day=days[-1].item())
        return tuple(Position(**row) for row in table.to_pylist())

    def _asked(self, sql: str, selection: Selection, **parameters: Any) -> pa.Table:  # noqa: ANN401
        return self.database.execute(sql, {"accounts": selection.account_ids, **parameters}).to_arrow_table()


@contextmanager
def published(settings: Settings) -> Iterator[Published]:
    """The newest published state; every question until the block ends is answered from this one.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    held = lake.snapshots(settings)
    if not held:
        raise NothingPublishedError(settings)
    with lake.connected(settings) as database:
        lake.attach_published(database, settings, LAKE, held[-1].snapshot_id)
        database.execute(f"use {LAKE}")
        yield Published(held[-1].publication, database)


def _days(table: pa.Table) -> DayColumn:
    return table["value_date"].to_numpy().astype("datetime64[D]")  # type: ignore[no-any-return]


def _column(table: pa.Table, name: str) -> Column:
    return table[name].to_numpy().astype(np.float64)  # type: ignore[no-any-return]


def _by_symbol(table: pa.Table, days: DayColumn) -> BySymbol:
    symbols, place = np.unique(table["symbol"].to_numpy().astype(str), return_inverse=True)
    amounts = np.zeros((len(days), len(symbols)))
    amounts[np.searchsorted(days, _days(table)), place] = _column(table, "amount")
    return BySymbol(tuple(map(str, symbols)), amounts)


def _stale_days(table: pa.Table) -> dict[str, DayColumn]:
    symbols, days = table["symbol"].to_numpy(), _days(table)
    return {str(symbol): days[symbols == symbol] for symbol in dict.fromkeys(symbols)}
