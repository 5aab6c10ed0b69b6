"""Laws of the whole pipeline: random batches, shuffled and doubled, one full rebuild and the slow ledger all agree."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings

from eventlog.clock import fixed_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse
from flows.contract import declared_laws, public_tables
from flows.hashes import Content, content_of
from flows.laws import broken_laws
from flows.steps.replay import replay_beside
from tests.oracle.books import Books, Oracle
from tests.oracle.ledger import Event
from tests.property.strategies import History, histories, history

HISTORIES_IN_ONE = 1_000
"""A history of its own per account, many accounts in one log: so one build proves many."""
HISTORIES_DAILY = 1_000
HISTORIES_AT_LENGTH = 10_000
KEPT: list[dict[str, int]] = []
"""Arguments of ``strategies.history`` that once failed."""
# An example builds the warehouse many times: shrinking it would take hours, and the accounts that differ are named.
UNSHRUNK = settings(deadline=None, database=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
FIRST_INTAKE = datetime(2025, 1, 1)

EXACT_POSITION = (
    "cumulative_position", "cost_basis", "cost_basis_incl_fees", "avg_cost_per_share", "close_price", "market_value",
    "unrealized_pnl", "unrealized_pnl_net", "realized_pnl", "realized_pnl_net", "fees", "open_lot_count",
)  # fmt: skip
EXACT_PORTFOLIO = (
    "total_value", "cash_balance", "positions_value", "inflow", "outflow", "total_pnl", "net_deposits", "realized_pnl",
    "unrealized_pnl", "income", "fees", "taxes", "cash_settled", "receivables", "payables",
)  # fmt: skip
EXACT_DIVIDEND = ("entitled_quantity", "amount")
CLOSE_PORTFOLIO = (
    "daily_return_pct", "daily_return_flows_start_pct", "daily_return_flows_end_pct", "cumulative_return_pct",
    "cumulative_return_flows_start_pct", "cumulative_return_flows_end_pct", "drawdown_pct", "max_drawdown_pct",
    "annualized_volatility_pct",
)  # fmt: skip
DIVIDENDS = "(from main_facts.fact_cash_moves where stream = 'corporate_actions')"
PORTFOLIO = """main_facts.fact_portfolio_value_daily
    full join main_metrics.daily_returns using (account_id, value_date)
    full join main_metrics.cumulative_returns using (account_id, value_date)
    full join main_metrics.drawdown using (account_id, value_date)
    full join main_metrics.rolling_volatility using (account_id, value_date)
    where not starts_with(account_id, '$BOOK:')"""


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder in which every example finds its own empty place."""
    monkeypatch.setenv("NAVLOG_HOME", "")
    return tmp_path


def ingest(home: Settings, batch: list[Event], number: int) -> None:
    """Bring one batch in, a JSON Lines file per stream."""
    for stream in sorted({event.stream for event in batch}):
        file = home.home.parent / f"{stream}-{number}.jsonl"
        lines = [
            json.dumps({"event_id": event.event_id, "occurred_at": event.occurred_at, **event.body}, default=str)
            for event in batch
            if event.stream == stream
        ]
        file.write_text("\n".join(lines) + "\n")
        (receipt,) = ingest_files(home, stream, [file], fixed_clock(FIRST_INTAKE + timedelta(days=number)))
        assert (receipt.quarantined, receipt.refusal) == (0, None), receipt


def contents(home: Settings) -> dict[str, Content]:
    """Content hash of every public table."""
    with warehouse.reading(home) as database:
        return content_of(database, public_tables(home))


def laws_broken(home: Settings) -> tuple[str, ...]:
    """What the laws of the books say of the rows that the last build has touched."""
    with warehouse.reading(home) as database:
        return broken_laws(database, declared_laws(home))


def rows(database: duckdb.DuckDBPyConnection, table: str, key: tuple[str, ...], columns: tuple[str, ...]) -> Books:
    """Rows of a table by key."""
    found = database.execute(f"select {', '.join((*key, *columns))} from {table}").fetchall()
    by_key = {row[: len(key)]: dict(zip(columns, row[len(key) :], strict=True)) for row in found}
    assert len(found) == len(by_key)
    return by_key


def lots_of(database: duckdb.DuckDBPyConnection) -> list[tuple[Any, ...]]:
    """Every slice of the warehouse."""
    return database.execute(
        """
        select account_id, symbol, lot_id, acquired_at, opened_by_event_id, quantity, cost, entry_fee,
            closed_by_event_id, close_reason, proceeds, exit_fee, is_fallback
        from main_facts.fact_lots order by all
        """
    ).fetchall()


def lots_told(oracle: Oracle) -> list[tuple[Any, ...]]:
    """Every slice of the slow ledger."""
    return [
        (*key, lot.lot_id, lot.acquired_at, lot.opened_by, lot.quantity, lot.cost, lot.entry_fee, lot.closed_by,
         lot.why, lot.proceeds, lot.exit_fee, lot.is_fallback)
        for key, lots in oracle.lots.items()
        for lot in lots
    ]  # fmt: skip


def slice_name(lot: tuple[Any, ...]) -> tuple[str, ...]:
    """Account, symbol, lot, opening and ending event: no two slices share them all."""
    account_id, symbol, lot_id, _acquired_at, opened_by, _quantity, _cost, _entry_fee, closed_by, *_ending = lot
    return (account_id, symbol, lot_id, opened_by, closed_by or "")


def unlike(
    expected: Books, actual: Books, exact: tuple[str, ...], close: tuple[str, ...] = ()
) -> list[tuple[Any, ...]]:
    """Keys and columns in which two books differ: expected, actual."""
    missing = [(key, "no such row") for key in expected.keys() - actual.keys()]
    extra = [(key, "a row too many") for key in actual.keys() - expected.keys()]
    return [*missing, *extra] + [
        (key, column, expected[key][column], actual[key][column])
        for key in expected.keys() & actual.keys()
        for column in (*exact, *close)
        if not same(expected[key][column], actual[key][column], is_exact=column in exact)
    ]


def same(expected: Any, actual: Any, *, is_exact: bool) -> bool:
    """Money to the last decimal; returns to 1e-9, also of themselves where they are large."""
    if is_exact or expected is None or actual is None:
        return expected == actual
    return math.isclose(expected, actual, rel_tol=1e-9, abs_tol=1e-9)


def assert_agrees_with_the_slow_ledger(home: Settings, oracle: Oracle) -> None:
    """Lots, positions, portfolios and metrics: every row and every figure."""
    position_key, portfolio_key = ("account_id", "symbol", "value_date"), ("account_id", "value_date")
    with warehouse.reading(home) as database:
        lots = lots_of(database)
        positions = rows(database, "main_facts.fact_positions_daily", position_key, EXACT_POSITION)
        dividends = rows(database, DIVIDENDS, ("event_id", "account_id"), EXACT_DIVIDEND)
        portfolio = rows(database, PORTFOLIO, portfolio_key, EXACT_PORTFOLIO + CLOSE_PORTFOLIO)
    assert sorted(lots_told(oracle), key=slice_name) == sorted(lots, key=slice_name)
    assert unlike(oracle.dividends, dividends, EXACT_DIVIDEND)[:5] == []
    assert unlike(oracle.positions, positions, EXACT_POSITION)[:5] == []
    assert unlike(oracle.portfolio, portfolio, EXACT_PORTFOLIO, CLOSE_PORTFOLIO)[:5] == []


def methods_known(events: list[Event]) -> dict[str, str]:
    """The lot method of every account as far as its events have come."""
    stated = sorted((event for event in events if event.stream == "accounts"), key=lambda event: event.occurred_at)
    return {event.body["account_id"]: event.body["lot_method"] for event in stated}


def live_through(history: History, folder: Path) -> None:
    """Batch by batch: what has grown, what is built anew and what the slow ledger says of the events so far agree."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    home = settings_for(folder / "home")
    come: list[Event] = []
    for number, batch in enumerate(history.batches):
        ingest(home, batch, number)
        warehouse.build(home)
        assert laws_broken(home) == ()
        come += batch
        assert_agrees_with_the_slow_ledger(home, Oracle(come, methods_known(come)))
        beside = replay_beside(home)
        warehouse.rebuild(beside)
        assert contents(beside) == contents(home)


def prove(histories_wanted: int, folder: Path, *, is_repeatable: bool) -> None:
    """Live through so many histories."""
    examples = -(-histories_wanted // HISTORIES_IN_ONE)
    accounts = min(histories_wanted, HISTORIES_IN_ONE)

    @settings(UNSHRUNK, max_examples=examples, derandomize=is_repeatable)
    @given(history=histories(accounts=accounts, batches=4))
    def law(history: History) -> None:
        live_through(history, folder / "example")

    law()


@pytest.mark.timeout(1_800)
def test_batches_equal_rebuild_equal_slow_ledger(folders, pytestconfig):
    """Lateness, order, duplicates and corrections change nothing of what the events amount to."""
    for kept in KEPT:
        live_through(history(**kept), folders / "kept")
    prove(pytestconfig.getoption("histories") or HISTORIES_DAILY, folders, is_repeatable=True)


@pytest.mark.proof
def test_batches_equal_rebuild_equal_slow_ledger_at_length(folders, pytestconfig):
    """The same law over as many histories as `make prove N=...` asks for, others every time."""
    prove(pytestconfig.getoption("histories") or HISTORIES_AT_LENGTH, folders, is_repeatable=False)
