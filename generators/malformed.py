"""Rows and files that no log should accept, each with the name of what is wrong with it."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

DEFECTS: Final[Mapping[str, tuple[str, object]]] = {
    "missing_account": ("account_id", None),
    "empty_symbol": ("symbol", ""),
    "price_is_nan": ("price", float("nan")),
    "price_is_infinite": ("price", float("inf")),
    "quantity_is_negative": ("quantity", -5),
    "quantity_is_zero": ("quantity", 0),
    "quantity_is_text": ("quantity", "a few"),
    "price_has_too_many_decimals": ("price", "10.123456789"),
    "price_out_of_reach": ("price", "10000000000"),
    "fee_is_negative": ("fee", "-1.00"),
    "unknown_side": ("side", "HOLD"),
    "moment_does_not_exist": ("occurred_at", "2024-02-30T15:00:00"),
    "identifier_with_markup": ("event_id", "<b>T001</b>"),
}
"""Name of a defect of a trade -> the column that is wrong and what it holds."""


@dataclass(frozen=True, slots=True)
class MalformedRow:
    """A row from outside, column name -> raw value, and the name of its only defect."""

    defect: str
    row: Mapping[str, object]


def malformed_rows(trades: pa.Table) -> list[MalformedRow]:
    """Return one row per defect of ``DEFECTS``, made of the valid trades in turn.

    Raises:
        ValueError: there is no trade to spoil.
    """
    if trades.num_rows == 0:
        raise ValueError("give at least one trade")
    valid = trades.slice(0, len(DEFECTS)).to_pylist()
    return [
        MalformedRow(defect, valid[position % len(valid)] | {column: value})
        for position, (defect, (column, value)) in enumerate(DEFECTS.items())
    ]


def csv_text(rows: Sequence[Mapping[str, object]]) -> str:
    """Return ``rows`` as a CSV file with a header; None becomes an empty cell."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def truncated_parquet(table: pa.Table, share_kept: float) -> bytes:
    """Return the first ``share_kept`` (a fraction below 1) of the bytes of ``table`` as a Parquet file.

    Raises:
        ValueError: nothing would be cut off.
    """
    if not 0 <= share_kept < 1:
        raise ValueError("share_kept is a fraction in [0, 1)")
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    whole: bytes = sink.getvalue().to_pybytes()
    return whole[: int(len(whole) * share_kept)]
