"""Finds which events that arrived between two moments touch which keys, and from which day on.

An event touches the book that an account belongs to, and whoever is measured against a symbol or an account, as it
touches these; such rows have no symbol. Reads the staging tables, which hold every version of every event: a corrected
event touches where it was as well as where it is.
"""

from __future__ import annotations

from typing import Final

import duckdb

STREAMS: Final = ("trades", "cash_events", "accounts", "symbols", "prices", "corporate_actions", "corrections")

_VERSIONS: Final = """
    create or replace temp view versions as
    select 'trades' as stream, original_event_id, account_id, symbol, occurred_on as touches_from
    from stg_trades
    where occurred_at is not null
    union all
    select 'cash_events', original_event_id, account_id, coalesce(symbol, '$CASH'), occurred_on
    from stg_cash_events
    where occurred_at is not null
    union all
    select 'accounts', original_event_id, account_id, null, date '0001-01-01'
    from stg_accounts
    union all
    select 'symbols', original_event_id, null, symbol, date '0001-01-01'
    from stg_symbols
    union all
    select 'prices', original_event_id, null, symbol, occurred_on
    from stg_prices
    where occurred_at is not null
    union all
    select 'corporate_actions', original_event_id, null, symbol, coalesce(effective_date, ex_date)
    from stg_corporate_actions
"""

_STATED: Final = """
    select event_id, '{stream}' as stream, 'NEW' as action, '{stream}' as stream_touched,
        event_id as original_event_id, commit_seq
    from stg_{stream}
    where commit_seq > getvariable('after_seq') and not is_amendment
"""

_CORRECTING: Final = """
    select event_id, 'corrections' as stream, action, corrects_stream as stream_touched,
        corrects_event_id as original_event_id, commit_seq
    from stg_corrections
    where commit_seq > getvariable('after_seq') and corrects_stream <> 'corrections'
    union all
    select withdrawal.event_id, 'corrections', withdrawal.action, amendment.corrects_stream,
        amendment.corrects_event_id, withdrawal.commit_seq
    from stg_corrections as withdrawal
    inner join stg_corrections as amendment on withdrawal.corrects_event_id = amendment.event_id
    where withdrawal.commit_seq > getvariable('after_seq') and withdrawal.corrects_stream = 'corrections'
"""

_HOLDERS: Final = """
    create or replace temp table holders as
    with
    slices as (
        select lot.account_id, lot.symbol, coalesce(day.value_date, date '9999-12-31') as held_until
        from before.main_facts.fact_lots as lot
        left join before.main_dimensions.dim_date as day on lot.closed_on = day.calendar_date
        union all
        select lot.account_id, lot.symbol, coalesce(day.value_date, date '9999-12-31')
        from after.main_facts.fact_lots as lot
        left join after.main_dimensions.dim_date as day on lot.closed_on = day.calendar_date
    )
    select account_id, symbol, max(held_until) as held_until
    from slices
    group by account_id, symbol
"""

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
        select distinct arrived.event_id, arrived.stream, versions.stream as stream_touched,
            versions.account_id, versions.symbol, versions.touches_from
        from arrived
        inner join versions
            on arrived.stream_touched = versions.stream and arrived.original_event_id = versions.original_event_id
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
        select event_id, stream, account_id, symbol, touches_from
        from keys
        where stream_touched in ('trades', 'cash_events')
        union all
        select keys.event_id, keys.stream, keys.account_id, null, keys.touches_from
        from keys
        inner join redefined_accounts on keys.account_id = redefined_accounts.account_id
        where keys.stream_touched = 'accounts'
        union all
        select keys.event_id, keys.stream, holders.account_id, holders.symbol, keys.touches_from
        from keys
        inner join holders on keys.symbol = holders.symbol and keys.touches_from <= holders.held_until
        where keys.stream_touched in ('prices', 'corporate_actions')
        union all
        select keys.event_id, keys.stream, account.account_id, null, keys.touches_from
        from keys
        inner join begun_or_ended on keys.touches_from = begun_or_ended.calendar_date
        cross join after.main_dimensions.dim_account as account
        where keys.stream_touched = 'prices'
    ),
    touched_against as (
        select keys.event_id, keys.stream, gauges.account_id, '$BENCHMARK' as symbol, keys.touches_from
        from keys
        inner join gauges on keys.symbol = gauges.gauge
        where keys.stream_touched in ('symbols', 'prices', 'corporate_actions')
        union all
        select touched_alone.event_id, touched_alone.stream, gauges.account_id, '$BENCHMARK',
            touched_alone.touches_from
        from touched_alone
        inner join gauges on touched_alone.account_id = gauges.gauge
    ),
    touched_together as (
        select touched.event_id, touched.stream, books.book_id as account_id, '$BOOK' as symbol, touched.touches_from
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
    select event_id, stream, account_id, symbol, min(touches_from) as touches_from
    from touched
    group by event_id, stream, account_id, symbol
"""


def collect_touching_events(database: duckdb.DuckDBPyConnection, log: str, after_seq: int, until_seq: int) -> None:
    """Fill `arrived` (events and corrections) and `touches` (event, account, symbol or NULL for all, from which day).

    Args:
        database: a connection with `before`, `after` and a build database attached, and the variable `last_day` set to
            the last valuation day of `before`.
        log: the name under which the build database is attached; it may hold later events too.
        after_seq: events of later commits are those that arrived,
        until_seq: up to this commit.
    """
    database.execute("set variable after_seq = ?", [after_seq])
    database.execute("set variable until_seq = ?", [until_seq])
    for stream in STREAMS:
        database.execute(f"""
            create or replace temp view stg_{stream} as
            from {log}.main_staging.stg_{stream} where commit_seq <= getvariable('until_seq')
        """)
    database.execute(_VERSIONS)
    arrived = [_STATED.format(stream=stream) for stream in STREAMS if stream != "corrections"]
    database.execute(f"create or replace temp table arrived as {' union all '.join([*arrived, _CORRECTING])}")
    database.execute(_HOLDERS)
    database.execute(_GAUGES)
    database.execute(_BOOKS)
    database.execute(_TOUCHES)
