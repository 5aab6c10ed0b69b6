"""Finds which events that arrived between two moments touch which keys, and from which day on.

An event touches the book that an account belongs to, and whoever is measured against a symbol or an account, as it
touches these; such rows have no symbol. A corrected event touches where it was as well as where it is. A price touches
who holds its symbol on its day or later, until the next price; a split too, because it restates the price, and a
dividend who held the symbol before.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import duckdb

from flows.arrived_events import collect_arrived_events
from flows.contract import PublicTable

_KINDS: Final = ("trades", "cash_events", "prices", "splits", "dividends", "accounts")
"""Kinds of events that can move what an account is worth and what follows from it: most tables."""

_KINDS_OF_TABLES: Final = {
    "main_facts.fact_trades": ("trades",),
    "main_facts.fact_lots": ("trades", "splits", "accounts"),
    "main_facts.fact_cash_moves": ("trades", "cash_events", "splits", "dividends", "accounts"),
    "main_facts.fact_positions_daily": ("trades", "prices", "splits", "accounts"),
    "main_metrics.risk_daily": (*_KINDS, "gauges"),
}
"""Tables that fewer kinds can move, and the one that tells accounts from what they are measured against."""

_HOLDERS: Final = """
    create or replace temp table holders as
    with
    slices as (
        select lot.account_id, lot.symbol, lot.opened_on as held_from,
            coalesce(day.value_date, date '9999-12-31') as held_until
        from before.main_facts.fact_lots as lot
        left join before.main_dimensions.dim_date as day on lot.closed_on = day.calendar_date
        union all
        select lot.account_id, lot.symbol, lot.opened_on, coalesce(day.value_date, date '9999-12-31')
        from after.main_facts.fact_lots as lot
        left join after.main_dimensions.dim_date as day on lot.closed_on = day.calendar_date
    )
    select
        account_id,
        symbol,
        held_from,
        max(max(held_until)) over (partition by account_id, symbol order by held_from) as held_until
    from slices
    group by account_id, symbol, held_from
"""
"""A row for each day on which slices began, with the last day of all slices that began then or before."""

_LASTING_PRICES: Final = """
    create or replace temp table lasting_prices as
    select distinct symbol, occurred_on
    from stg_prices
    where
        commit_seq <= getvariable('after_seq')
        and not is_amendment
        and original_event_id not in (select corrects_event_id from stg_corrections where corrects_stream = 'prices')
"""
"""Days with a price that both moments have for certain: one that was known at the first and was never corrected."""

_GAUGES: Final = """
    create or replace temp table gauges as
    with
    measured as (
        select account_id, base_currency, benchmark_symbol from before.main_dimensions.dim_account
        union
        select account_id, base_currency, benchmark_symbol from after.main_dimensions.dim_account
    ),
    indices as (
        select symbol, currency from before.main_dimensions.dim_symbol where asset_class = 'RISK_FREE'
        union
        select symbol, currency from after.main_dimensions.dim_symbol where asset_class = 'RISK_FREE'
    )
    select distinct account_id, benchmark_symbol as gauge from measured where benchmark_symbol is not null
    union
    select measured.account_id, indices.symbol
    from measured
    inner join indices on measured.base_currency = indices.currency
"""
"""What an account is measured against: a symbol, or the id of another account."""

_BOOKS: Final = """
    create or replace temp table books as
    select account_id, '$BOOK:' || base_currency as book_id from before.main_dimensions.dim_account
    union
    select account_id, '$BOOK:' || base_currency from after.main_dimensions.dim_account
"""

_TOUCHES: Final = """
    create or replace temp table touches as
    with
    keys as (
        select distinct arrived.event_id, arrived.stream, versions.kind,
            versions.account_id, versions.symbol, versions.touches_from
        from arrived
        inner join revised
            on arrived.stream_touched = revised.stream and arrived.original_event_id = revised.original_event_id
        inner join versions
            on
                revised.stream = versions.stream
                and revised.original_event_id = versions.original_event_id
                and versions.version in (revised.version_before, revised.version_after)
    ),
    lasting as (
        select keys.*,
            case keys.kind
                when 'dividends' then keys.touches_from else coalesce(next.occurred_on, date '9999-12-31')
            end as lasts_until
        from keys
        asof left join lasting_prices as next on keys.symbol = next.symbol and keys.touches_from < next.occurred_on
        where keys.kind in ('prices', 'splits', 'dividends')
    ),
    of_owners as (
        select lasting.*, owners.account_id as owner_id
        from lasting
        inner join (select distinct account_id, symbol from holders) as owners on lasting.symbol = owners.symbol
    ),
    days_before as (
        select calendar_date from before.main_dimensions.dim_date where is_valuation_day
    ),
    days_after as (
        select calendar_date
        from after.main_dimensions.dim_date
        where is_valuation_day and calendar_date <= getvariable('last_day')
    ),
    begun_or_ended as (
        (from days_before except from days_after)
        union
        (from days_after except from days_before)
    ),
    redefined_accounts as (
        select account_id, lot_method, base_currency, benchmark_symbol from after.main_dimensions.dim_account
        except
        select account_id, lot_method, base_currency, benchmark_symbol from before.main_dimensions.dim_account
    ),
    touched_alone as (
        select event_id, stream, kind, account_id, symbol, touches_from, date '9999-12-31' as touches_until
        from keys
        where kind in ('trades', 'cash_events')
        union all
        select keys.event_id, keys.stream, keys.kind, keys.account_id, null, keys.touches_from, date '9999-12-31'
        from keys
        inner join redefined_accounts on keys.account_id = redefined_accounts.account_id
        where keys.kind = 'accounts'
        union all
        select owned.event_id, owned.stream, owned.kind, owned.owner_id, owned.symbol, owned.touches_from,
            case owned.kind
                when 'prices' then least(owned.lasts_until, holders.held_until) else date '9999-12-31'
            end
        from of_owners as owned
        asof join holders
            on
                owned.owner_id = holders.account_id
                and owned.symbol = holders.symbol
                and owned.lasts_until > holders.held_from
        where owned.touches_from <= holders.held_until
        union all
        select keys.event_id, keys.stream, keys.kind, account.account_id, null, keys.touches_from, date '9999-12-31'
        from keys
        inner join begun_or_ended on keys.touches_from = begun_or_ended.calendar_date
        cross join after.main_dimensions.dim_account as account
        where keys.kind = 'prices'
    ),
    touched_against as (
        select keys.event_id, keys.stream, 'gauges' as kind, gauges.account_id, '$BENCHMARK' as symbol,
            keys.touches_from, date '9999-12-31' as touches_until
        from keys
        inner join gauges on keys.symbol = gauges.gauge
        where keys.kind in ('symbols', 'prices', 'splits', 'dividends')
        union all
        select touched_alone.event_id, touched_alone.stream, 'gauges', gauges.account_id, '$BENCHMARK',
            touched_alone.touches_from, date '9999-12-31'
        from touched_alone
        inner join gauges on touched_alone.account_id = gauges.gauge
    ),
    touched_together as (
        select touched.event_id, touched.stream, touched.kind, books.book_id as account_id, '$BOOK' as symbol,
            touched.touches_from, touched.touches_until
        from (from touched_alone union all from touched_against) as touched
        inner join books on touched.account_id = books.account_id
    ),
    touched as (
        from touched_alone
        union all
        from touched_against
        union all
        from touched_together
    )
    select event_id, stream, kind, account_id, symbol,
        min(touches_from) as touches_from, max(touches_until) as touches_until
    from touched
    group by event_id, stream, kind, account_id, symbol
"""


def collect_touching_events(
    database: duckdb.DuckDBPyConnection, log: str, tables: Iterable[PublicTable], after_seq: int, until_seq: int
) -> None:
    """Fill `arrived` (events and corrections), `touches` (which keys each of them touches) and `movable`.

    `touches` names an account, a symbol (NULL: all) and days. What is measured carries a change on to later days, so
    ``touches_until`` ends it for facts alone: with the next price, whose day has the rest of the profit, or before it
    with the position. `movable` says which kinds move a table.

    Args:
        database: a connection with `before`, `after` and a build database attached, and the variable `last_day` set to
            the last valuation day of `before`.
        log: the name under which the build database is attached; it may hold later events too.
        tables: those whose rows are asked for.
        after_seq: events of later commits are those that arrived,
        until_seq: up to this commit.
    """
    collect_arrived_events(database, log, after_seq, until_seq)
    database.execute(_HOLDERS)
    database.execute(_LASTING_PRICES)
    database.execute(_GAUGES)
    database.execute(_BOOKS)
    database.execute(_TOUCHES)
    database.execute("create or replace temp table movable (table_name varchar, kind varchar)")
    pairs = [(table.qualified, kind) for table in tables for kind in _KINDS_OF_TABLES.get(table.qualified, _KINDS)]
    database.executemany("insert into movable values (?, ?)", pairs)
