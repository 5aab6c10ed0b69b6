"""Scaled integers become decimals without losing a digit."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from eventlog.events import TRADES, Kind
from generators.columns import decimals, source_schema, source_table

_EDGES = [0, 1, -1, 99, -100, 2**32, -(2**32) - 1, 999_999_999_999, -999_999_999_999]


@pytest.mark.parametrize("kind", [Kind.NUMBER, Kind.AMOUNT])
@pytest.mark.parametrize("decimal_places", [0, 2, 4, 8])
def test_a_scaled_integer_becomes_its_exact_decimal(kind: Kind, decimal_places: int) -> None:
    """Python's own Decimal is the second opinion, at both precisions and on both sides of zero."""
    reach = 10 ** (10 + decimal_places) - 1
    scaled = [value for value in [*_EDGES, reach, -reach] if abs(value) <= reach]

    column = decimals(np.array(scaled, dtype=np.int64), decimal_places, kind)

    assert kind.arrow_type == column.type
    assert [Decimal(value).scaleb(-decimal_places) for value in scaled] == column.to_pylist()
    column.validate(full=True)


def test_a_number_out_of_reach_is_refused_and_not_wrapped_around() -> None:
    """An overflow of int64 would turn a fortune into a debt in silence."""
    with pytest.raises(OverflowError, match="10000000000"):
        decimals(np.array([10**10], dtype=np.int64), 0, Kind.NUMBER)


def test_no_rows_are_a_column_too() -> None:
    """A quiet day has no trades."""
    assert not decimals(np.empty(0, dtype=np.int64), 2, Kind.AMOUNT).to_pylist()


def test_source_columns_are_those_that_the_log_does_not_write_itself() -> None:
    """Identity, moment and body, in the order of the declaration."""
    expected = ["event_id", "occurred_at", *(field.name for field in TRADES.body)]

    assert expected == source_schema(TRADES).names


def test_a_column_that_the_stream_does_not_have_is_refused() -> None:
    """A typing error must not become a table with a NULL column."""
    with pytest.raises(KeyError, match="prize"):
        source_table(TRADES, {"event_id": decimals(np.empty(0, dtype=np.int64), 2, Kind.NUMBER), "prize": None})
