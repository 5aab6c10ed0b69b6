"""How many rows of a batch Great Expectations gets to see."""

import duckdb

from flows.gate_batches import ROWS_MOST, batch_of


def seen(row_count, least_rows):
    """Rows that the gate would look at, and how many it would say are due."""
    with duckdb.connect() as database:
        rows = f"select range as number from range({row_count})"
        _, chosen, due = batch_of(database, "numbers", rows, "number", least_rows)
        return sorted(chosen.fetchall()), due


def test_every_row_of_an_ordinary_batch_is_seen():
    rows, due = seen(1_000, least_rows=1_000)

    assert (len(rows), due) == (1_000, 1_000)


def test_of_a_long_history_the_same_share_is_seen_each_time():
    rows, due = seen(4 * ROWS_MOST, least_rows=4 * ROWS_MOST)

    assert 0.9 * ROWS_MOST < len(rows) < 1.1 * ROWS_MOST
    assert due == 1
    assert (rows, due) == seen(4 * ROWS_MOST, least_rows=4 * ROWS_MOST)


def test_no_rows_are_due_of_a_long_batch_that_owes_none():
    _, due = seen(4 * ROWS_MOST, least_rows=0)

    assert due == 0
