"""Reads the published books: SQL for people and programs, and the state of a home in figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Final

import duckdb
import pyarrow as pa

from eventlog.landing import Landing
from eventlog.quarantine import Refused, refused
from eventlog.settings import Settings
from flows import moments
from flows.builds import reading_books
from flows.gate import Gate, last_gate
from flows.lake import Publication
from flows.lots import add_lots_by_method
from flows.moments import Moment
from flows.published_log import publication_of_this_log

_ACCOUNTS = """
    select
        account_id,
        name,
        value_date,
        total_value,
        base_currency,
        cumulative_return_pct,
        max_drawdown_pct,
        annualized_volatility_pct
    from main_facts.fact_portfolio_value_daily
    inner join main_metrics.cumulative_returns using (account_id, value_date)
    inner join main_metrics.drawdown using (account_id, value_date)
    inner join main_metrics.rolling_volatility using (account_id, value_date)
    inner join main_dimensions.dim_account using (account_id)
    qualify value_date = max(value_date) over (partition by account_id)
    order by account_id
"""


_MAY_BE_ASKED: Final = (duckdb.StatementType.SELECT, duckdb.StatementType.CREATE)
"""What reads, and what makes a table in memory, as a PIVOT makes the type of its columns. A SET could have code loaded
from elsewhere. The books themselves are attached read-only."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Column names and rows of a query."""

    columns: tuple[str, ...]
    rows: list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class StreamCounts:
    """What became of the rows received in one stream."""

    stream: str
    received: int
    accepted: int
    duplicate: int
    quarantined: int


@dataclass(frozen=True, slots=True)
class State:
    """A home in figures: the log, what of it is published, what was refused, the accounts, and the last verdict."""

    last_seq: int
    recorded_at: str | None
    streams: list[StreamCounts]
    refused: list[Refused]
    publication: Publication | None
    accounts: Answer | None
    gate: Gate | None


def ask(settings: Settings, sql: str, moment: Moment | None = None, slices: pa.Table | None = None) -> Answer:
    """Run SQL on the public tables, read-only.

    Args:
        settings: where everything lives.
        sql: what is asked.
        moment: as of when; None: as they are published now.
        slices: slices under every lot method, to be asked as `lots_by_method`; None: there is no such table.

    Raises:
        NothingPublishedError: no run has published yet.
        NoSuchMomentError: the log can't be folded up to the moment.
        duckdb.Error: the SQL is wrong, asks nothing, or would write.
    """
    *before, question = _statements(sql)
    with reading_books(settings, moment or moments.now(settings)) as database:
        if slices is not None:
            add_lots_by_method(database, slices)
        for statement in before:
            database.execute(statement)
        cursor = database.execute(question)
        return Answer(tuple(column[0] for column in cursor.description or ()), cursor.fetchall())


def _statements(sql: str) -> list[duckdb.Statement]:
    """The statements of a question, at least one; none touches a file, loads code, or would if it were explained."""
    try:
        sql.encode()
    except UnicodeEncodeError as error:
        raise duckdb.ParserException("The question is not valid UTF-8. Write it in a terminal that is.") from error
    with duckdb.connect() as parser:
        statements = parser.extract_statements(sql)
    if not statements:
        raise duckdb.ParserException(
            "There is no question. Ask something like: select * from main_dimensions.dim_account"
        )
    for statement in statements:
        if statement.type not in _MAY_BE_ASKED:
            raise duckdb.PermissionException(
                f"A question only reads, and this one says {statement.type.name}. Ask with select; `navlog query "
                "--json` prints the answer for a file or a program."
            )
    return statements


def state_of(settings: Settings) -> State:
    """Read the log and the lake of a home.

    Raises:
        LandingError: the chain of the log is broken, or its published end is gone or another one.
    """
    publication = publication_of_this_log(settings)
    commits = Landing(settings.landing).commits()
    return State(
        last_seq=len(commits),
        recorded_at=commits[-1].accepted_at if commits else None,
        streams=_counts(settings),
        refused=refused(settings, commits),
        publication=publication,
        accounts=ask(settings, _ACCOUNTS) if publication else None,
        gate=last_gate(settings),
    )


def _counts(settings: Settings) -> list[StreamCounts]:
    totals: dict[str, Counter[str]] = {}
    for commit in Landing(settings.landing).commits():
        totals.setdefault(commit.stream, Counter()).update(
            received=commit.received,
            accepted=commit.accepted,
            duplicate=commit.duplicate,
            quarantined=commit.quarantined,
        )
    return [StreamCounts(stream, **counts) for stream, counts in sorted(totals.items())]
