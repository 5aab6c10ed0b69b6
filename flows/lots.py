"""All six lot methods side by side, from one log: what each account's slices would be under every one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import duckdb
import pyarrow as pa

from eventlog.settings import Settings
from flows.builds import reading_books, reading_build
from flows.moments import Moment, NoSuchMomentError
from flows.plain import named
from ledger.columns import replay_columns
from ledger.lots import LotMethod
from ledger.schema import SLICES

RELATION: Final = "lots_by_method"

_EVENTS: Final = """
    with
    trades as (
        select account_id, symbol, 'TRADE' as kind, traded_at as occurred_at, trade_id as event_id, signed_quantity,
            consideration, fee, named_lot_id, cast(null as decimal(18, 8)) as numerator,
            cast(null as decimal(18, 8)) as denominator
        from main_facts.fact_trades
        where list_contains($accounts, account_id)
    ),
    splits as (
        select held.account_id, held.symbol, 'SPLIT' as kind, cast(split.effective_date as timestamp) as occurred_at,
            split.original_event_id as event_id, null as signed_quantity, null as consideration, null as fee,
            null as named_lot_id, split.numerator, split.denominator
        from (select distinct account_id, symbol from trades) as held
        inner join main_staging.stg_corporate_actions as split on held.symbol = split.symbol
        where split.is_effective and split.type = 'SPLIT'
    )
    select *, $lot_method as lot_method from (from trades union all from splits) as events
    order by account_id, symbol, occurred_at, kind, event_id
"""

_AS_FACT_LOTS: Final = f"""
    create or replace temp table {RELATION} as
    select
        concat_ws('|', account_id, symbol, lot_id, opened_by_event_id, coalesce(closed_by_event_id, 'open'))
            as slice_id,
        slices.*,
        cast(opened_at as date) as opened_on,
        cast(closed_at as date) as closed_on,
        cast(proceeds - cost as decimal(28, 8)) as realized_pnl,
        cast(proceeds - cost - entry_fee - exit_fee as decimal(28, 8)) as realized_pnl_net
    from slices
"""

_SUMMARY: Final = f"""
    with
    last_day as (
        select max(calendar_date) as value_date from main_dimensions.dim_date where is_valuation_day
    ),
    slices as (
        select lot.*, coalesce(lot.closed_on <= last_day.value_date, false) as is_ended
        from {RELATION} as lot
        inner join last_day on lot.opened_on <= last_day.value_date
    ),
    summed as (
        select
            account_id,
            symbol,
            lot_method,
            coalesce(sum(quantity) filter (where not is_ended), 0) as open_quantity,
            coalesce(sum(cost) filter (where not is_ended), 0) as cost_basis,
            coalesce(sum(realized_pnl) filter (where is_ended), 0) as realized_pnl
        from slices
        group by account_id, symbol, lot_method
    ),
    valued as (
        select account_id, symbol, max_by(close_price, value_date) as close_price,
            max_by(market_value, value_date) as market_value
        from main_facts.fact_positions_daily
        group by account_id, symbol
    )
    select
        summed.account_id,
        summed.symbol,
        summed.lot_method,
        account.lot_method = summed.lot_method as is_published,
        summed.open_quantity,
        summed.cost_basis,
        valued.close_price,
        summed.realized_pnl,
        cast(valued.market_value - summed.cost_basis as decimal(28, 8)) as unrealized_pnl
    from summed
    inner join valued on summed.account_id = valued.account_id and summed.symbol = valued.symbol
    inner join main_dimensions.dim_account as account on summed.account_id = account.account_id
    order by summed.account_id, summed.symbol, summed.lot_method
"""


@dataclass(frozen=True, slots=True)
class MethodResult:
    """One symbol of one account under one lot method, on the last valuation day.

    ``is_published`` marks the account's own method. Realized plus unrealized is the same under every method.
    """

    account_id: str
    symbol: str
    lot_method: str
    is_published: bool
    open_quantity: Decimal
    cost_basis: Decimal
    close_price: Decimal
    realized_pnl: Decimal
    unrealized_pnl: Decimal


def slices_by_method(settings: Settings, moment: Moment, accounts: Sequence[str]) -> pa.Table:
    """The slices of these accounts under every lot method, schema ``ledger.schema.SLICES``.

    Raises:
        NoSuchMomentError: there is no such account at the moment, or the log can't be folded up to it.
    """
    with reading_build(settings, moment) as database:
        _refuse_unknown_accounts(database, accounts)
        events = [
            database.execute(_EVENTS, {"accounts": list(accounts), "lot_method": method.value}).to_arrow_table()
            for method in LotMethod
        ]
    return pa.concat_tables([replay_columns(table, SLICES.empty_table()) for table in events])


def add_lots_by_method(database: duckdb.DuckDBPyConnection, slices: pa.Table) -> None:
    """Make the temporary table `lots_by_method`, with the columns of fact_lots, in a connection."""
    database.register("slices", slices)
    database.execute(_AS_FACT_LOTS)
    database.unregister("slices")


def compare_methods(settings: Settings, moment: Moment, accounts: Sequence[str]) -> list[MethodResult]:
    """What every lot method makes of these accounts.

    Raises:
        NoSuchMomentError: there is no such account at the moment, or the log can't be folded up to it.
    """
    slices = slices_by_method(settings, moment, accounts)
    with reading_books(settings, moment) as database:
        add_lots_by_method(database, slices)
        return [MethodResult(*row) for row in database.execute(_SUMMARY).fetchall()]


def _refuse_unknown_accounts(database: duckdb.DuckDBPyConnection, accounts: Sequence[str]) -> None:
    known = {name for (name,) in database.execute("select account_id from main_dimensions.dim_account").fetchall()}
    unknown = sorted(set(accounts) - known)
    if unknown:
        raise NoSuchMomentError(f"There is no account {named(unknown)}. There are: {named(sorted(known))}.")
