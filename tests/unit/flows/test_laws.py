"""Laws asked of the tables as they are: what is counted, and what it means that a law could not be asked."""

import duckdb
import pytest

from flows.laws import broken_laws, collect_breaks

BROKEN = """
    create view laws.{name} as
    select 'A' as account_id, date '2024-01-04' + n::integer as value_date from range({count}) as days (n)
"""
NOT_THERE = "laws.not_there"


def books(**break_counts):
    database = duckdb.connect()
    database.execute("create schema laws")
    for name, count in break_counts.items():
        database.execute(BROKEN.format(name=name, count=count))
    return database


def breaks(database, law):
    collect_breaks(database, [law])
    return database.sql("from law_breaks").fetchall()


def test_a_law_that_holds_has_a_row_that_says_so():
    database = books(kept=0)

    assert breaks(database, "laws.kept") == [("kept", 0, None, None, None, None)]


def test_a_broken_law_tells_its_first_breaks_and_counts_all():
    rows = breaks(books(broken=7), "laws.broken")

    assert len(rows) == 5
    assert {(row[0], row[1], row[2], row[3]) for row in rows} == {("broken", 7, "A", None)}
    assert [str(row[4]) for row in rows] == [f"2024-01-0{day}" for day in range(4, 9)]


def test_a_law_that_can_not_be_asked_has_no_count():
    assert breaks(books(), NOT_THERE) == [("not_there", None, None, None, None, None)]


def test_a_question_that_fails_says_why():
    """Given a law whose question fails while it runs, as on a full disk, then that is told and not that of the law."""
    database = books()
    database.execute("create view laws.failing as select error('no space left') as account_id")

    with pytest.raises(duckdb.Error, match="no space left"):
        broken_laws(database, ["laws.failing"])


def test_a_rebuild_is_told_of_broken_laws_and_of_those_that_can_not_be_asked():
    told = broken_laws(books(kept=0, broken=7), ["laws.kept", "laws.broken", NOT_THERE])

    assert told == (
        "broken: broken by 7 rows, one of them A, 2024-01-04.",
        "not_there: can't be asked of these tables.",
    )
