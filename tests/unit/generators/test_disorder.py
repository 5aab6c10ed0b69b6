"""Disorder loses nothing and invents nothing, and happens the same way twice."""

from __future__ import annotations

import csv
import io
from datetime import timedelta
from decimal import Decimal

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from eventlog.events import CASH_EVENTS, CORRECTIONS, PRICES, TRADES
from generators.columns import source_schema
from generators.disorder import amendments, cancellations, contradicted, delayed, doubled, shuffled
from generators.malformed import DEFECTS, csv_text, malformed_rows, truncated_parquet

_DAY = timedelta(days=1)


def _by_id(table: pa.Table) -> pa.Table:
    return table.sort_by("event_id")


def test_shuffled_rows_are_the_same_rows_in_another_order(trades: pa.Table) -> None:
    """A permutation, and the same one for the same seed."""
    disorderly = shuffled(trades, seed=1)

    assert not disorderly.equals(trades)
    assert _by_id(disorderly).equals(_by_id(trades))
    assert disorderly.equals(shuffled(trades, seed=1))
    assert not disorderly.equals(shuffled(trades, seed=2))


def test_doubled_rows_come_twice_and_are_equal(trades: pa.Table) -> None:
    """About a fifth of them; without the copies the table is the old one."""
    disorderly = doubled(trades, share=0.2, seed=1)
    copies = disorderly.slice(trades.num_rows)

    assert disorderly.slice(0, trades.num_rows).equals(trades)
    assert 0.1 < copies.num_rows / trades.num_rows < 0.3
    assert copies.equals(trades.filter(pc.is_in(trades["event_id"], copies["event_id"])))
    assert disorderly.equals(doubled(trades, share=0.2, seed=1))


def test_delayed_rows_are_missing_at_first_and_then_all_there(trades: pa.Table) -> None:
    """Together the two parts are the whole."""
    on_time, late = delayed(trades, share=0.3, seed=1)

    assert 0.2 < late.num_rows / trades.num_rows < 0.4
    assert _by_id(pa.concat_tables([on_time, late])).equals(_by_id(trades))


@pytest.mark.parametrize(("share", "late_count"), [(0.0, 0), (1.0, 10)])
def test_nothing_or_everything_may_be_late(trades: pa.Table, share: float, late_count: int) -> None:
    """The bounds of a share."""
    assert late_count == delayed(trades.slice(0, 10), share, seed=1)[1].num_rows


def test_a_contradiction_keeps_the_identity_and_moves_the_price_by_a_cent(trades: pa.Table) -> None:
    """Same id, other payload."""
    conflicts = contradicted(trades)

    assert trades.schema.equals(conflicts.schema)
    assert trades.drop_columns("price").equals(conflicts.drop_columns("price"))
    assert {Decimal("0.01")} == set(pc.subtract(conflicts["price"], trades["price"]).to_pylist())


@pytest.mark.parametrize("event_type", [TRADES, PRICES, CASH_EVENTS])
def test_a_cancellation_names_stream_and_event(event_type, year: dict[str, pa.Table]) -> None:
    """One day after what it cancels."""
    events = year[event_type.stream].slice(0, 3)
    target = events.to_pylist()[0]

    cancelled = cancellations(event_type, events, after=_DAY)

    assert source_schema(CORRECTIONS).equals(cancelled.schema)
    stated = {name: value for name, value in cancelled.to_pylist()[0].items() if value is not None}
    assert {
        "event_id": f"{target['event_id']}-CANCEL",
        "occurred_at": target["occurred_at"] + _DAY,
        "action": "CANCEL",
        "corrects_stream": event_type.stream,
        "corrects_event_id": target["event_id"],
        "revision": 1,
    } == stated


@pytest.mark.parametrize("event_type", [TRADES, PRICES])
def test_an_amendment_restates_the_body_with_the_new_price(event_type, year: dict[str, pa.Table]) -> None:
    """Everything else is as it was."""
    events = year[event_type.stream].slice(0, 2)
    prices = [Decimal("12.34"), Decimal("0.00000001")]

    amended = amendments(event_type, events, prices, after=_DAY)

    names = [field.name for field in event_type.body]
    assert source_schema(CORRECTIONS).equals(amended.schema)
    assert {"AMEND"} == set(amended["action"].to_pylist())
    assert [
        event | {"price": price} for event, price in zip(events.select(names).to_pylist(), prices, strict=True)
    ] == amended.select(names).to_pylist()


def test_an_amendment_needs_a_stream_with_prices(year: dict[str, pa.Table]) -> None:
    """Cash has none."""
    with pytest.raises(ValueError, match="one price for each of 1"):
        amendments(CASH_EVENTS, year["cash_events"].slice(0, 1), [Decimal(1)], after=_DAY)


def test_an_identifier_too_long_to_correct_is_refused(trades: pa.Table) -> None:
    """The intake would quarantine the correction."""
    long_id = trades.slice(0, 1).set_column(0, trades.schema.field(0), [["X" * 60]])

    with pytest.raises(ValueError, match="no room for -CANCEL"):
        cancellations(TRADES, long_id, after=_DAY)


def test_a_malformed_row_has_exactly_the_defect_of_its_name(trades: pa.Table) -> None:
    """All other columns are those of a valid trade."""
    valid = trades.slice(0, 1).to_pylist()[0]

    for malformed in malformed_rows(trades.slice(0, 1)):
        column, value = DEFECTS[malformed.defect]
        differing = [name for name in valid if malformed.row[name] != valid[name]]
        assert [column] == differing
        assert repr(value) == repr(malformed.row[column])


def test_malformed_rows_can_be_written_as_csv(trades: pa.Table) -> None:
    """As many rows as defects, and a missing value is an empty cell."""
    rows = list(csv.DictReader(io.StringIO(csv_text([malformed.row for malformed in malformed_rows(trades)]))))

    assert len(DEFECTS) == len(rows)
    expected_cells = ["", "nan"]
    assert expected_cells == [rows[0]["account_id"], rows[2]["price"]]


@pytest.mark.parametrize("share_kept", [0.0, 0.5, 0.999])
def test_a_truncated_file_cannot_be_read(trades: pa.Table, share_kept: float) -> None:
    """Not even when only the last bytes are gone."""
    with pytest.raises(pa.ArrowInvalid):
        pq.read_table(pa.BufferReader(truncated_parquet(trades, share_kept)))


def test_no_trade_no_defect(trades: pa.Table) -> None:
    """And a file that keeps all its bytes is not truncated."""
    with pytest.raises(ValueError, match="at least one trade"):
        malformed_rows(trades.slice(0, 0))
    with pytest.raises(ValueError, match="fraction"):
        truncated_parquet(trades, 1.0)
