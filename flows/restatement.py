"""Which published figures changed between two moments, and which events moved each of them.

A figure is restated when a row that existed at the first moment has another value, or is gone, or when a row appears
for a day at or before that moment's last valuation day. Rows for later days are growth: they are counted, not listed.

An event can move the rows of its key from its own day on: the account and symbol of a trade or of cash, everybody who
holds what a price, split or dividend speaks of while it lasts, a whole account when its lot method changes, everybody
when a valuation day begins or ends. It moves no row of a table that is not made of events of its kind, and what holds
at neither moment moves nothing. The comparison knows nothing of this; a changed row that no new event touches is
*unexplained*.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

import duckdb

from eventlog.settings import Settings
from flows import lake
from flows.builds import attach_books, log_of
from flows.compared_tables import NotCompared, compared, not_compared
from flows.contract import public_tables
from flows.evidence import Evidence, evidence_of
from flows.moments import Moment, NoSuchMomentError
from flows.restated_rows import collect_changed_rows
from flows.touching_events import collect_touching_events

VALUES: Final = "main_facts.fact_portfolio_value_daily"

_MOVED: Final = """
    create or replace temp table changed as
    with
    numbered as (
        select *, row_number() over () as row_id from changed_rows
    ),
    moved as (
        select numbered.row_id, list_sort(list(touches.stream || '/' || touches.event_id)) as events
        from numbered
        inner join touches
            on
                numbered.account_id = touches.account_id
                and numbered.touchable_until >= touches.touches_from
                and (numbered.day <= touches.touches_until or numbered.table_name not like 'main_facts.%')
                and (numbered.symbol = touches.symbol or numbered.symbol is null or touches.symbol is null)
        inner join movable on numbered.table_name = movable.table_name and touches.kind = movable.kind
        group by numbered.row_id
    )
    select numbered.*, list_distinct(moved.events) as events
    from numbered
    left join moved on numbered.row_id = moved.row_id
"""

_TABLES: Final = """
    with
    restated as (
        select
            table_name,
            count(*) filter (where change = 'changed') as changed,
            count(*) filter (where change = 'gone') as gone,
            count(*) filter (where change = 'added') as added,
            count(*) filter (where events is null) as unexplained,
            count(distinct account_id) as accounts,
            min(day) as first_day,
            max(day) as last_day
        from changed
        group by table_name
    )
    select
        grown.table_name,
        coalesce(restated.changed, 0),
        coalesce(restated.gone, 0),
        coalesce(restated.added, 0),
        coalesce(restated.unexplained, 0),
        coalesce(restated.accounts, 0),
        restated.first_day,
        restated.last_day,
        grown.rows
    from grown_rows as grown
    left join restated on grown.table_name = restated.table_name
    order by grown.table_name
"""

_MOVERS: Final = """
    with
    moved as (
        select table_name, account_id, day, change, figures, unnest(events) as event from changed
    ),
    total_values as (
        select event, account_id, day, unnest(list_filter(figures, lambda figure: figure.name = 'total_value')) as value
        from moved
        where table_name = $values and change = 'changed'
    ),
    largest as (
        select *
        from total_values
        qualify row_number() over (
            partition by event
            order by abs(cast(value.after as double) - cast(value.before as double)) desc, account_id, day
        ) = 1
    ),
    spans as (
        select event, count(*) as rows, count(distinct account_id) as accounts,
            min(day) as first_day, max(day) as last_day
        from moved
        group by event
    )
    select
        arrived.event_id, arrived.stream, arrived.action, arrived.corrects, arrived.commit_seq,
        spans.rows, spans.accounts, spans.first_day, spans.last_day,
        largest.account_id, largest.day, largest.value.before, largest.value.after
    from arrived
    inner join spans on arrived.stream || '/' || arrived.event_id = spans.event
    left join largest on spans.event = largest.event
    order by arrived.commit_seq, arrived.stream, arrived.event_id
"""

_ROWS: Final = """
    select table_name, row_key, account_id, symbol, day, change, figures, events
    from changed
    qualify
        $rows_per_table is null
        or row_number() over (
            partition by table_name order by day desc, account_id, symbol, cast(row_key as varchar)
        ) <= $rows_per_table
    order by table_name, day desc, account_id, symbol, cast(row_key as varchar)
"""


@dataclass(frozen=True, slots=True)
class Figure:
    """One column of a row at the first moment and at the second; None: no such row, or no value."""

    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class RestatedRow:
    """A row that changed, is gone or was added late: its key, the figures that differ, and the events that moved it.

    An event is named as stream/event_id.
    """

    table: str
    key: dict[str, str]
    account_id: str
    symbol: str | None
    day: date | None
    change: str
    figures: tuple[Figure, ...]
    events: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RestatedTable:
    """What changed in one public table; ``grown`` counts the rows that new days have added."""

    table: str
    changed: int
    gone: int
    added: int
    unexplained: int
    accounts: int
    first_day: date | None
    last_day: date | None
    grown: int

    @property
    def rows(self) -> int:
        """Rows restated, of whatever kind."""
        return self.changed + self.gone + self.added


@dataclass(frozen=True, slots=True)
class Mover:
    """An event that arrived between the moments, where it came from, and what it touches of what changed.

    ``corrects`` is what an AMEND or CANCEL names, as stream/event_id. ``total_value_before`` and ``total_value_after``
    are those of the account and day with the largest change among the account values it touches; None when it touches
    none. A row that only one of the moments has is no change of a value. Several events may have a part in one change.
    """

    event_id: str
    stream: str
    action: str
    corrects: str | None
    evidence: Evidence
    rows: int
    accounts: int
    first_day: date | None
    last_day: date | None
    account_id: str | None
    day: date | None
    total_value_before: str | None
    total_value_after: str | None


@dataclass(frozen=True, slots=True)
class Restatement:
    """What differs between two moments.

    ``tables`` are those that were compared, ``not_compared`` the other public ones; both are empty if the moments are
    one and the same state. ``unexplained`` counts the rows that no event touches; other models may explain them.
    """

    before: Moment
    after: Moment
    last_day_before: date | None
    tables: tuple[RestatedTable, ...]
    not_compared: tuple[NotCompared, ...]
    movers: tuple[Mover, ...]
    rows: tuple[RestatedRow, ...]
    unexplained: int

    @property
    def is_by_other_models(self) -> bool:
        """Whether the two moments were folded by different models, which alone may change figures."""
        return self.before.models_sha256 != self.after.models_sha256


def restatement(settings: Settings, before: Moment, after: Moment, rows_per_table: int | None = None) -> Restatement:
    """Compare the public facts and metrics of accounts and days at two moments; name the events behind each change.

    Args:
        settings: where everything lives.
        before: the earlier moment.
        after: the later one.
        rows_per_table: give only so many changed rows of each table, the latest days first; None: all of them. The
            counts are always those of all rows.

    Raises:
        NoSuchMomentError: the moments are in the wrong order, or the log can't be folded up to one of them.
    """
    if before.seq > after.seq:
        raise NoSuchMomentError(
            f"--from is {before.asked}, which is later than --to, {after.asked}: give the earlier one first."
        )
    if (before.seq, before.models_sha256) == (after.seq, after.models_sha256):
        return Restatement(before, after, None, (), (), (), (), 0)
    log = log_of(settings, after)
    public = public_tables(log)
    tables = compared(public)
    with lake.connected(settings) as database:
        attach_books(database, settings, "before", before)
        attach_books(database, settings, "after", after)
        last_day = _last_valuation_day(database)
        collect_changed_rows(database, tables, last_day)
        collect_touching_events(database, _attach_log(database, log, after), tables, before.seq, after.seq)
        database.execute(_MOVED)
        return Restatement(
            before=before,
            after=after,
            last_day_before=last_day,
            tables=_tables(database),
            not_compared=not_compared(public),
            movers=_movers(database, settings),
            rows=_rows(database, rows_per_table),
            unexplained=database.execute("select count(*) from changed where events is null").fetchall()[0][0],
        )


def _last_valuation_day(database: duckdb.DuckDBPyConnection) -> date | None:
    row: tuple[date | None] | None = database.execute(
        "select max(calendar_date) from before.main_dimensions.dim_date where is_valuation_day"
    ).fetchone()
    return row[0] if row else None


def _attach_log(database: duckdb.DuckDBPyConnection, log: Settings, after: Moment) -> str:
    """The name under which the staging tables are to be found: a folded moment brings its own."""
    if after.snapshot_id is None:
        return "after"
    database.execute(f"attach '{log.warehouse}' as log (read_only)")
    return "log"


def _tables(database: duckdb.DuckDBPyConnection) -> tuple[RestatedTable, ...]:
    rows = database.execute(_TABLES).fetchall()
    return tuple(RestatedTable(*row) for row in rows)


def _movers(database: duckdb.DuckDBPyConnection, settings: Settings) -> tuple[Mover, ...]:
    evidence = evidence_of(settings)
    rows = database.execute(_MOVERS, {"values": VALUES}).fetchall()
    return tuple(
        Mover(event_id, stream, action, corrects, evidence[commit_seq], *rest)
        for event_id, stream, action, corrects, commit_seq, *rest in rows
    )


def _rows(database: duckdb.DuckDBPyConnection, rows_per_table: int | None) -> tuple[RestatedRow, ...]:
    rows = database.execute(_ROWS, {"rows_per_table": rows_per_table}).fetchall()
    return tuple(
        RestatedRow(
            table=table,
            key=key,
            account_id=account_id,
            symbol=symbol,
            day=day,
            change=change,
            figures=tuple(Figure(**figure) for figure in figures),
            events=tuple(events or ()),
        )
        for table, key, account_id, symbol, day, change, figures, events in rows
    )
