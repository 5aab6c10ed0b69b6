"""Laws asked of the tables as they are: what is counted, and what it means that a law could not be asked."""

import duckdb
import pytest

from flows.dbt_run import Test as Law
from flows.laws import collect_breaks

BROKEN = "select 'A' as account_id, date '2024-01-04' + n::integer as value_date from range({count}) as days (n)"


def breaks(*laws):
    with duckdb.connect() as database:
        collect_breaks(database, laws)
        return database.sql("from law_breaks").fetchall()


def test_a_law_that_holds_has_a_row_that_says_so():
    assert breaks(Law("kept", BROKEN.format(count=0))) == [("kept", 0, None, None, None, None)]


def test_a_broken_law_tells_its_first_breaks_and_counts_all():
    rows = breaks(Law("broken", BROKEN.format(count=7)))

    assert len(rows) == 5
    assert {(row[0], row[1], row[2], row[3]) for row in rows} == {("broken", 7, "A", None)}
    assert [str(row[4]) for row in rows] == [f"2024-01-0{day}" for day in range(4, 9)]


@pytest.mark.parametrize("sql", [None, "select * from no_such_table"])
def test_a_law_that_can_not_be_asked_has_no_count(sql):
    assert breaks(Law("silent", sql)) == [("silent", None, None, None, None, None)]
