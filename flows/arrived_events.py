"""Finds the events that arrived between two moments and changed what holds.

Of an event one version holds at a moment: the original, or the AMEND that decides; after a CANCEL none, but for the fee
that a broker keeps (dbt/macros/staging.sql). Where both moments say the same of an event, nothing that arrived for it
has moved a figure: a correction that a higher revision overrules, a second CANCEL, an AMEND that was withdrawn at once.
"""

from __future__ import annotations

from typing import Final

import duckdb

STREAMS: Final = ("trades", "cash_events", "accounts", "symbols", "prices", "corporate_actions", "corrections")

_STATED: Final = """
    select event_id, '{stream}' as stream, 'NEW' as action, cast(null as varchar) as corrects,
        cast(null as varchar) as withdraws, '{stream}' as stream_touched, event_id as original_event_id, commit_seq
    from stg_{stream}
    where commit_seq > getvariable('after_seq') and not is_amendment
"""

_CORRECTING: Final = """
    select event_id, 'corrections' as stream, action, corrects_stream || '/' || corrects_event_id as corrects,
        null as withdraws, corrects_stream as stream_touched, corrects_event_id as original_event_id, commit_seq
    from stg_corrections
    where commit_seq > getvariable('after_seq') and corrects_stream <> 'corrections'
    union all
    select withdrawal.event_id, 'corrections', withdrawal.action, 'corrections/' || amendment.event_id,
        amendment.event_id, amendment.corrects_stream, amendment.corrects_event_id, withdrawal.commit_seq
    from stg_corrections as withdrawal
    inner join stg_corrections as amendment on withdrawal.corrects_event_id = amendment.event_id
    where
        withdrawal.commit_seq > getvariable('after_seq')
        and withdrawal.corrects_stream = 'corrections'
        and amendment.action = 'AMEND'
"""

_VERSIONS: Final = """
    create or replace temp table versions as
    with
    stated as (
        select 'trades' as stream, 'trades' as kind, original_event_id, event_id, is_amendment, commit_seq,
            account_id, symbol, occurred_on as touches_from
        from stg_trades
        union all
        select 'cash_events', 'cash_events', original_event_id, event_id, is_amendment, commit_seq,
            account_id, coalesce(symbol, '$CASH'), occurred_on
        from stg_cash_events
        union all
        select 'accounts', 'accounts', original_event_id, event_id, is_amendment, commit_seq,
            account_id, null, date '0001-01-01'
        from stg_accounts
        union all
        select 'symbols', 'symbols', original_event_id, event_id, is_amendment, commit_seq,
            null, symbol, date '0001-01-01'
        from stg_symbols
        union all
        select 'prices', 'prices', original_event_id, event_id, is_amendment, commit_seq,
            null, symbol, occurred_on
        from stg_prices
        union all
        select 'corporate_actions', case type when 'SPLIT' then 'splits' else 'dividends' end,
            original_event_id, event_id, is_amendment, commit_seq,
            null, symbol, coalesce(effective_date, ex_date)
        from stg_corporate_actions
    )
    select stated.*, {'event_id': stated.event_id, 'is_amendment': stated.is_amendment} as version
    from stated
    semi join candidates
        on stated.stream = candidates.stream_touched and stated.original_event_id = candidates.original_event_id
"""

_STANDING: Final = """
    create or replace temp table standing_{moment} as
    with
    known as (
        from stg_corrections where commit_seq <= getvariable('{last_seq}')
    ),
    deciding as (
        select *
        from known
        where
            corrects_stream <> 'corrections'
            and not (
                action = 'AMEND'
                and event_id in (
                    select corrects_event_id from known where corrects_stream = 'corrections' and action = 'CANCEL'
                )
            )
        qualify row_number() over (
            partition by corrects_stream, corrects_event_id
            order by revision desc nulls last, recorded_at desc, event_id desc
        ) = 1
    )
    select
        original.stream,
        original.original_event_id,
        deciding.event_id as decided_by,
        case when deciding.action = 'CANCEL' and deciding.fee_retained > 0 then deciding.fee_retained end as fee_kept,
        case
            when deciding.action is null or fee_kept is not null then original.version
            when deciding.action = 'AMEND' then {{'event_id': deciding.event_id, 'is_amendment': true}}
        end as version
    from versions as original
    left join deciding
        on original.stream = deciding.corrects_stream and original.original_event_id = deciding.corrects_event_id
    where not original.is_amendment and original.commit_seq <= getvariable('{last_seq}')
"""

_REVISED: Final = """
    create or replace temp table revised as
    select
        after.stream,
        after.original_event_id,
        after.decided_by,
        before.version as version_before,
        after.version as version_after
    from standing_after as after
    left join standing_before as before
        on after.stream = before.stream and after.original_event_id = before.original_event_id
    where
        before.version is distinct from after.version
        or before.fee_kept is distinct from after.fee_kept
"""

_ARRIVED: Final = """
    create or replace temp table arrived as
    select candidates.*
    from candidates
    inner join revised
        on
            candidates.stream_touched = revised.stream
            and candidates.original_event_id = revised.original_event_id
    where
        candidates.action = 'NEW'
        or candidates.event_id = revised.decided_by
        or (revised.version_before.is_amendment and candidates.withdraws = revised.version_before.event_id)
"""


def collect_arrived_events(database: duckdb.DuckDBPyConnection, log: str, after_seq: int, until_seq: int) -> None:
    """Fill `arrived` (events and corrections), `revised` (what holds now and did before) and `versions` (of these).

    Args:
        database: a connection with a build database attached; views of its staging tables are made.
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
    stated = [_STATED.format(stream=stream) for stream in STREAMS if stream != "corrections"]
    database.execute(f"create or replace temp table candidates as {' union all '.join([*stated, _CORRECTING])}")
    database.execute(_VERSIONS)
    database.execute(_STANDING.format(moment="before", last_seq="after_seq"))
    database.execute(_STANDING.format(moment="after", last_seq="until_seq"))
    database.execute(_REVISED)
    database.execute(_ARRIVED)
