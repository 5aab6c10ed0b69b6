"""Worked examples of other projects, through the whole pipeline: files -> log -> build -> public tables -> SQL.

All cases live in one home, each in accounts and with symbols of its own, accepted in the order in which their events
became known. The home is built again for every earlier time that a check asks for. A figure that departs from its
source's follows another convention, which docs/decisions/0010 names; there is no third way.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import duckdb
import pytest

from eventlog.landing import Landing
from eventlog.settings import Settings, settings_for
from flows import warehouse
from tests.e2e.worked_examples.cases import Case, Check, all_cases, listed_cases
from tests.e2e.worked_examples.comparison import agrees, told_apart
from tests.e2e.worked_examples.departures import departure_of, departures
from tests.e2e.worked_examples.events import deliver
from tests.e2e.worked_examples.figures import figure

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
REFERENCE_TOLERANCE = 1e-9
REAL = ("real_history", "real_splits")


@dataclass
class Books:
    """The books of one home, as known now or at an earlier time; each state is built when it is first asked for."""

    settings: Settings
    opened: ExitStack
    built: dict[int, duckdb.DuckDBPyConnection] = field(default_factory=dict)

    def as_known(self, moment: str | None) -> duckdb.DuckDBPyConnection:
        """The build of the commits that were in the log at a moment; of all of them where none is stated."""
        commits = Landing(self.settings.landing).commits()
        until = datetime.fromisoformat(moment.removesuffix("Z")) if moment else commits[-1].recorded_at
        last_seq = max(commit.seq for commit in commits if commit.recorded_at <= until)
        if last_seq not in self.built:
            apart = replace(self.settings, warehouse_folder=self.settings.home / f"known-{last_seq}")
            warehouse.rebuild(apart, last_seq)
            self.built[last_seq] = self.opened.enter_context(warehouse.reading(apart))
        return self.built[last_seq]


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    """One home with the events of all cases."""
    folder = tmp_path_factory.mktemp("worked_examples")
    with pytest.MonkeyPatch.context() as environment, ExitStack() as opened:
        environment.setenv("NAVLOG_HOME", "")
        environment.setenv("NAVLOG_WAREHOUSE", "")
        settings = settings_for(folder / "home")
        deliver(settings, all_cases(), folder)
        books = Books(settings, opened)
        # Built here, a build that fails is told once and not by every case.
        books.as_known(None)
        yield books


@pytest.mark.parametrize("case", all_cases(), ids=lambda case: case.id)
def test_books_agree_with_worked_example(case: Case, books: Books):
    """Every figure of the case is the source's, or the one that the decision record states beside it."""
    wrong = [sentence for check in case.checks for sentence in objections(books, case, check)]

    assert case.checks
    assert wrong == []


def objections(books: Books, case: Case, check: Check) -> Iterator[str]:
    """What is wrong with the tables' answer to one check."""
    ours = figure(books.as_known(check.at.get("known_at")), case, check)
    theirs_told, ours_told = told_apart(check.value, ours, check.tolerance)
    where = f"{check.metric} {check.at}"
    row = departure_of(case, check)
    if row is None and not agrees(check.value, ours, check.tolerance):
        yield f"{where}: expected {theirs_told}, got {ours_told}"
    if row is not None and agrees(check.value, ours, check.tolerance):
        yield f"{where}: the decision record says that we depart, but we agree on {ours_told}"
    if row is not None and (row.theirs, row.ours) != (theirs_told, ours_told):
        yield f"{where}: the decision record says {row.theirs} and {row.ours}, it is {theirs_told} and {ours_told}"
    if check.reference is not None and not agrees(in_days_of_ours(check.reference), ours, REFERENCE_TOLERANCE):
        yield f"{where}: under the definitions it should be {check.reference}, got {ours_told}"


def in_days_of_ours(reference: object) -> object:
    """A reference without entry days: what came before a split in the middle of a day is booked a day earlier here."""
    if isinstance(reference, list) and isinstance(reference[0], dict):
        return [{key: value for key, value in row.items() if key != "entry_date"} for row in reference]
    return reference


def test_every_listed_case_is_examined():
    """The collection's list of cases for these features is complete here, to the number of their checks."""
    listed = {case["id"]: case["checks"] for case in listed_cases() if case["kind"] not in REAL}

    assert {case.id: len(case.checks) for case in all_cases()} == listed


def test_every_listed_table_of_a_real_history_is_compared():
    """The row-by-row cases are those of test_real_history and test_real_splits: their accounts and tables are there."""
    listed = {tuple(case["id"].split(".")) for case in listed_cases() if case["kind"] in REAL}
    accounts = {
        history: duckdb.sql(
            f"select distinct account_id from '{FIXTURES / history}/expected_portfolio_daily.parquet'"
        ).fetchall()
        for history in REAL
    }
    there = {
        (history, account, file.stem.removeprefix("expected_"))
        for history in REAL
        for (account,) in accounts[history]
        for file in (FIXTURES / history).glob("expected_*.parquet")
    }

    assert there == listed


def test_every_departure_speaks_of_a_check():
    """No row of the decision record is left over; each names its convention."""
    for row in departures():
        assert any(row.covers(case, check) for case in all_cases() for check in case.checks), row
        assert row.convention

    assert departures()
