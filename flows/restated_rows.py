"""Compares the public tables of two attached moments, `before` and `after`, row by row, inside DuckDB."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Final

import duckdb

from flows.contract import PublicTable

_CHANGED_ROWS: Final = """
    create or replace temp table changed_rows (
        table_name varchar, row_key map(varchar, varchar), account_id varchar, symbol varchar, day date,
        touchable_until date, change varchar, figures struct(name varchar, before varchar, after varchar)[]
    )
"""
_GROWN_ROWS: Final = "create or replace temp table grown_rows (table_name varchar, rows bigint)"

_ENDED: Final = " where {end} <= getvariable('last_day')"
"""A month that goes on changes with every day: what it says is compared once it has ended."""

_LOTS: Final = "main_facts.fact_lots"
_SLICE_ENDS: Final = ("closed_at", "closed_on", "closed_by_event_id", "close_reason", "proceeds", "exit_fee",
                      "realized_pnl", "realized_pnl_net", "is_fallback")  # fmt: skip
_SLICE_SUMS: Final = ("quantity", "cost", "entry_fee")
_SLICE_BEGINS: Final = ("account_id", "symbol", "lot_id", "lot_method", "acquired_at", "opened_at", "opened_on",
                        "opened_by_event_id")  # fmt: skip


def collect_changed_rows(
    database: duckdb.DuckDBPyConnection, tables: Iterable[PublicTable], last_day: date | None
) -> None:
    """Fill `changed_rows` and `grown_rows` from every table that both moments have.

    A row's ``day`` is the one that ``replay_date`` gives it; where the two moments date it differently, ``day`` is the
    earlier one and ``touchable_until`` the later.

    Args:
        database: a connection with `before` and `after` attached.
        tables: public tables with a grain and a date.
        last_day: the last valuation day of `before`; None if it has none.
    """
    database.execute(_CHANGED_ROWS)
    database.execute(_GROWN_ROWS)
    database.execute("set variable last_day = cast(? as date)", [last_day])
    for table in tables:
        columns = _common_columns(database, table)
        if columns:
            _compare(database, table, columns)


def _common_columns(database: duckdb.DuckDBPyConnection, table: PublicTable) -> list[str]:
    rows = database.execute(
        """
        select column_name
        from information_schema.columns
        where table_catalog in ('before', 'after') and table_schema = ? and table_name = ?
        group by column_name
        having count(*) = 2
        order by min(ordinal_position)
        """,
        [table.schema, table.name],
    ).fetchall()
    return [name for (name,) in rows]


def _compare(database: duckdb.DuckDBPyConnection, table: PublicTable, columns: list[str]) -> None:
    if table.qualified == _LOTS:
        ends = [column for column in _SLICE_ENDS if column in columns]
        columns = ["slice_id", *_SLICE_BEGINS, *ends, *_SLICE_SUMS]
        before, after = _lots_until("before", ends), _lots_until("after", ends)
    else:
        listed, which = ", ".join(columns), _ENDED.format(end=table.replay_date) if table.is_of_spans else ""
        before, after = (f"select {listed} from {moment}.{table.qualified}{which}" for moment in ("before", "after"))
    for name, relation, other in (("only_before", before, after), ("only_after", after, before)):
        database.execute(f"create or replace temp table {name} as ({relation}) except ({other})")
    database.execute(_paired(table, columns))
    database.execute(f"""
        insert into changed_rows
        select '{table.qualified}', row_key, account_id, symbol, day, touchable_until, change, figures
        from paired_rows
        where change <> 'added' or day <= getvariable('last_day')
    """)
    database.execute(f"""
        insert into grown_rows
        select '{table.qualified}', count(*)
        from paired_rows
        where change = 'added' and coalesce(day > getvariable('last_day'), true)
    """)


def _lots_until(moment: str, slice_ends: list[str]) -> str:
    """The slices as they stood at the end of the last valuation day: what ended later was open, in one piece."""
    is_ended = "coalesce(closed_on <= getvariable('last_day'), false)"
    ended_id = f"case when {is_ended} then closed_by_event_id else 'open' end"
    ends = ", ".join(f"case when {is_ended} then {column} end as {column}" for column in slice_ends)
    sums = ", ".join(f"sum({column}) as {column}" for column in _SLICE_SUMS)
    return f"""
        select concat_ws('|', account_id, symbol, lot_id, opened_by_event_id, {ended_id}) as slice_id,
            {", ".join(_SLICE_BEGINS)}, {ends}, {sums}
        from {moment}.{_LOTS}
        where opened_on <= getvariable('last_day')
        group by all
    """


def _paired(table: PublicTable, columns: list[str]) -> str:
    """Rows of one grain on both sides stand together; a side that lacks the row is NULL."""
    on_grain = " and ".join(f"old.{column} = new.{column}" for column in table.grain)
    figures = ", ".join(
        f"{{'name': '{column}', 'before': cast(old.{column} as varchar), 'after': cast(new.{column} as varchar)}}"
        for column in columns
        if column not in table.grain
    )
    key = ", ".join(f"'{column}': cast(coalesce(old.{column}, new.{column}) as varchar)" for column in table.grain)
    symbol = "coalesce(old.symbol, new.symbol)" if "symbol" in table.replay_on else "cast(null as varchar)"
    return f"""
        create or replace temp table paired_rows as
        with
        old as (select *, {_day(table)} as row_day from only_before),
        new as (select *, {_day(table)} as row_day from only_after)
        select
            map {{{key}}} as row_key,
            coalesce(old.account_id, new.account_id) as account_id,
            {symbol} as symbol,
            least(old.row_day, new.row_day) as day,
            greatest(old.row_day, new.row_day) as touchable_until,
            case when new.account_id is null then 'gone' when old.account_id is null then 'added' else 'changed' end
                as change,
            list_filter([{figures}], lambda figure: figure.before is distinct from figure.after) as figures
        from old
        full join new on {on_grain}
    """


def _day(table: PublicTable) -> str:
    """A slice that is open at the end of the last valuation day may be touched until then."""
    if table.qualified == _LOTS:
        return "coalesce(closed_on, getvariable('last_day'))"
    return f"cast({table.replay_date} as date)"
