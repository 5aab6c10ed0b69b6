"""Questions in SQL: an analyst may look at the books in many ways, and no question does more than look."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from eventlog.settings import Settings
from flows import lake
from flows.books import ask
from flows.contract import public_tables
from flows.hashes import content_of
from tests.published_home import shared_home

MORE_THAN_QUESTIONS = (
    "copy (select 1) to '{file}'",
    "select 1; copy (select 1) to '{file}'",
    "explain analyze copy (select 1) to '{file}'",
    "export database '{file}'",
    "attach '{file}'",
    "load '{file}'",
    "explain analyze load '{file}'",
    "install ducklake",
    "set autoinstall_known_extensions = true; from 'https://127.0.0.1/rows.parquet'",
    "set custom_extension_repository = '{file}'; select 1",
    "delete from main_facts.fact_trades",
    "insert into main_facts.fact_trades from main_facts.fact_trades",
    "drop table main_facts.fact_trades",
    "create table lake.main_facts.more as select 1",
)


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The books that all tests share."""
    return shared_home(tmp_path_factory)


@pytest.mark.parametrize("sql", MORE_THAN_QUESTIONS)
def test_a_question_changes_no_books_writes_no_file_and_loads_nothing(
    published: Settings, tmp_path: Path, sql: str
) -> None:
    """Given SQL that does more than ask, then it is refused in a sentence, and nothing has happened."""
    file = tmp_path / "file.duckdb_extension"
    before = contents(published)

    with pytest.raises(duckdb.Error, match=r"A question only reads, and this one says [A-Z]+\.|read-only mode"):
        ask(published, sql.format(file=file))

    assert not file.exists()
    assert before == contents(published)


def contents(settings: Settings) -> object:
    """State and rows of the published tables of trades."""
    tables = [table for table in public_tables(settings) if table.name == "fact_trades"]
    with lake.reading(settings) as database:
        return lake.snapshots(settings), content_of(database, tables)


@pytest.mark.parametrize(
    "sql",
    [
        "show all tables",
        "describe main_facts.fact_trades",
        "pragma table_info('main_facts.fact_trades')",
        "summarize main_facts.fact_trades",
        "pivot main_facts.fact_trades on side using sum(quantity) group by account_id",
        "create temp table mine as from main_facts.fact_trades; select count(*) from mine",
    ],
)
def test_an_analyst_may_ask_in_many_ways(published: Settings, sql: str) -> None:
    """Given SQL that looks at the books in another way than by select, then it has an answer."""
    assert ask(published, sql).rows
