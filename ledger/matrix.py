"""The compiled way through the columns: Arrow to integers, ``ledger.kernel.fold_keys``, integers to Arrow.

Texts and times never leave Arrow: slices name rows, and the rows' texts are taken from where they are. A key whose
numbers might not fit, or that is not in the order that the compiled loop relies on, is folded row by row.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from ledger import kernel
from ledger.kernel import Integers
from ledger.lots import LotMethod
from ledger.row_by_row import replay_row_by_row
from ledger.schema import AMOUNT, CARRIED, NUMBER, SCALE, SLICES, SPLIT, TRADE, key_changes

Flags = NDArray[np.bool_]

_KINDS: Final = pa.array([CARRIED, SPLIT, TRADE])
_KIND_CODES: Final = np.array([kernel.CARRIED, kernel.SPLIT, kernel.TRADE, -1])
_METHODS: Final = pa.array([method.value for method in LotMethod])
_METHOD_CODES: Final = np.array([*(getattr(kernel, method.value) for method in LotMethod), kernel.LEFT_OUT])
_REASONS: Final = pa.array(["sold", "covered", "split", "pooled"])
_WIDE: Final = pa.decimal128(38, SCALE)
_BITS_MOST: Final = 61
"""Sums of a key stay below 2**61: half of what the kernel bears, so that rounding in the estimate does no harm."""


@dataclass(frozen=True, slots=True, eq=False)
class _Chunk:
    """Rows of whole keys. ``starts``: first row of every key, and the count of rows; ``key_of``: key of every row."""

    rows: pa.Table
    starts: Integers
    key_of: Integers
    kinds: Integers

    @property
    def key_count(self) -> int:
        return len(self.starts) - 1


def replay_compiled(rows: pa.Table) -> pa.Table:
    """Fold every key of ``rows`` (schema ``ROWS``, key by key, carried slices first) into slices (``SLICES``)."""
    if rows.num_rows == 0:
        return SLICES.empty_table()
    chunk = _chunk(rows.combine_chunks())
    kinds = np.where(_is_part(chunk), kernel.PART, chunk.kinds)
    numbers, is_exact = _numbers(chunk)
    methods = _method_codes(chunk)
    left_out = _touched(chunk, ~is_exact) | _overflowing(chunk, numbers) | _disordered(chunk, kinds)
    named, is_ambiguous = _named_rows(chunk, kinds, methods)
    methods[left_out | is_ambiguous] = kernel.LEFT_OUT
    slices = kernel.fold_keys(np.vstack([kinds, numbers, named]), chunk.starts, methods)
    return _with_left_out(_slices(chunk, slices), slices, chunk, np.flatnonzero(methods == kernel.LEFT_OUT))


def _chunk(rows: pa.Table) -> _Chunk:
    changes = np.flatnonzero(key_changes(rows).to_numpy()) + 1
    starts = np.concatenate([[0], changes, [rows.num_rows]])
    kinds = _KIND_CODES[_codes(rows["kind"], _KINDS)]
    return _Chunk(rows, starts, np.repeat(np.arange(len(starts) - 1), np.diff(starts)), kinds)


def _codes(texts: pa.ChunkedArray, known: pa.Array) -> Integers:
    """Place of every text in ``known``; -1 if it is not there."""
    return _integers(pc.index_in(texts, known).fill_null(-1))


def _integers(column: pa.ChunkedArray | pa.Array) -> Integers:
    integers: Integers = column.to_numpy().astype(np.int64, copy=False)
    return integers


def _method_codes(chunk: _Chunk) -> Integers:
    return _METHOD_CODES[_codes(chunk.rows["lot_method"].take(pa.array(chunk.starts[1:] - 1)), _METHODS)]


def _is_part(chunk: _Chunk) -> Flags:
    """Whether a carried row is a further part of the slice in the row above."""
    is_part = np.zeros(len(chunk.kinds), np.bool_)
    below = np.flatnonzero((chunk.kinds[1:] == kernel.CARRIED) & (chunk.key_of[1:] == chunk.key_of[:-1])) + 1
    below = below[chunk.kinds[below - 1] == kernel.CARRIED]
    is_part[below] = _same(chunk, "event_id", below) & _same(chunk, "opened_by_event_id", below)
    return is_part


def _same(chunk: _Chunk, column: str, below: Integers) -> Flags:
    texts = chunk.rows[column]
    same: Flags = pc.equal(texts.take(pa.array(below)), texts.take(pa.array(below - 1))).fill_null(False).to_numpy()
    return same


def _numbers(chunk: _Chunk) -> tuple[Integers, Flags]:
    """The number fields of the rows, and whether each row's are there, fit, and have the signs that belong to it."""
    quantity, has_quantity = _scaled(chunk.rows["quantity"])
    amount, has_amount = _scaled(chunk.rows["amount"])
    fee, has_fee = _scaled(chunk.rows["fee"])
    numerator, has_numerator = _scaled(chunk.rows["numerator"])
    denominator, has_denominator = _scaled(chunk.rows["denominator"])
    is_split, is_carried = chunk.kinds == kernel.SPLIT, chunk.kinds == kernel.CARRIED
    unsigned_amount = np.where(is_carried & (quantity < 0), -amount, amount)
    is_lot = has_quantity & has_amount & has_fee & (unsigned_amount >= 0) & (fee >= 0) & ~(is_carried & (quantity == 0))
    is_ratio = has_numerator & has_denominator & (numerator > 0) & (denominator > 0)
    numbers = [np.where(is_split, numerator, quantity), np.where(is_split, denominator, amount), fee]
    return np.vstack(numbers), np.where(is_split, is_ratio, is_lot)


def _scaled(column: pa.ChunkedArray) -> tuple[Integers, Flags]:
    """Decimals as integers scaled by 10**SCALE, and which are there and below 2**_BITS_MOST; others become 0."""
    decimals = column.cast(_WIDE).combine_chunks()
    words = np.frombuffer(decimals.buffers()[1], np.int64).reshape(-1, 2)
    words = words[decimals.offset : decimals.offset + len(decimals)]
    low, high = words[:, 0], words[:, 1]
    fits = (high == low >> 63) & (low < 2**_BITS_MOST) & (low > -(2**_BITS_MOST))
    fits &= decimals.is_valid().to_numpy(zero_copy_only=False)
    return np.where(fits, low, 0), fits


def _overflowing(chunk: _Chunk, numbers: Integers) -> Flags:
    """Keys in which a sum could pass 2**_BITS_MOST: every quantity on one side, grown by every split.

    A split rounds the position by at most half a unit; that is counted as a unit more before all growth.
    """
    is_split = chunk.kinds == kernel.SPLIT
    sizes = np.abs(numbers).astype(np.float64)
    growth_bits = np.zeros(len(is_split))
    growth_bits[is_split] = np.maximum(0.0, np.log2(sizes[0, is_split]) - np.log2(sizes[1, is_split]))
    sizes[:, is_split] = 0.0
    quantity, amount, fee = np.add.reduceat(sizes, chunk.starts[:-1], axis=1)
    splits = np.add.reduceat(is_split.astype(np.float64), chunk.starts[:-1])
    bits = np.log2(quantity + splits + 1.0) + np.add.reduceat(growth_bits, chunk.starts[:-1])
    most = 2.0**_BITS_MOST
    overflowing: Flags = (bits >= _BITS_MOST) | (amount >= most) | (fee >= most)
    return overflowing


def _disordered(chunk: _Chunk, kinds: Integers) -> Flags:
    """Keys whose carried slices are not above their events and of one side, or whose lots do not open in total order.

    Rows of a kind that nobody knows count as disorder: the plain way says what is wrong.
    """
    in_key = chunk.key_of[1:] == chunk.key_of[:-1]
    is_carried = chunk.kinds == kernel.CARRIED
    is_late = np.concatenate([[False], in_key & is_carried[1:] & ~is_carried[:-1]])
    is_long = pc.greater(chunk.rows["quantity"], 0).fill_null(False).to_numpy()
    turns = np.concatenate([[False], in_key & is_carried[1:] & is_carried[:-1] & (is_long[1:] != is_long[:-1])])
    return _touched(chunk, is_late | turns | (chunk.kinds < 0) | ~_opens_later(chunk, kinds))


def _opens_later(chunk: _Chunk, kinds: Integers) -> Flags:
    """Whether a row that may open a lot comes after the one before it in (time, id)."""
    opening = np.flatnonzero((kinds == kernel.CARRIED) | (kinds == kernel.TRADE))
    before, after = opening[:-1], opening[1:]
    in_key = chunk.key_of[before] == chunk.key_of[after]
    before, after = before[in_key], after[in_key]
    time_us = _integers(chunk.rows["occurred_at"].cast(pa.int64()))
    is_later = time_us[before] < time_us[after]
    ties = np.flatnonzero(time_us[before] == time_us[after])
    names = chunk.rows["event_id"]
    later_name = pc.less(names.take(pa.array(before[ties])), names.take(pa.array(after[ties])))
    is_later[ties] = later_name.fill_null(False).to_numpy()
    opens_later = np.ones(len(kinds), np.bool_)
    opens_later[after] = is_later
    return opens_later


def _touched(chunk: _Chunk, rows: Flags | Integers) -> Flags:
    """Keys that have one of the rows, given as flags or as row numbers."""
    touched = np.zeros(chunk.key_count, np.bool_)
    touched[chunk.key_of[rows]] = True
    return touched


def _named_rows(chunk: _Chunk, kinds: Integers, methods: Integers) -> tuple[Integers, Flags]:
    """Row of the lot that each SPECID trade names, -1 for none; and keys in which a name could mean two lots."""
    named = np.full(len(kinds), -1, np.int64)
    by_name = methods[chunk.key_of] == kernel.SPECID
    trades = by_name & (kinds == kernel.TRADE)
    naming = np.flatnonzero(trades & chunk.rows["named_lot_id"].is_valid().to_numpy())
    lots = np.flatnonzero(trades | (by_name & (kinds == kernel.CARRIED)))
    if len(naming) == 0:
        return named, np.zeros(chunk.key_count, np.bool_)
    lot_names = _names_in_key(chunk, "event_id", lots)
    found = _codes(_names_in_key(chunk, "named_lot_id", naming), lot_names)
    named[naming[found >= 0]] = lots[found[found >= 0]]
    is_repeated = _codes(lot_names, lot_names) != np.arange(len(lots))
    return named, _touched(chunk, lots[is_repeated])


def _names_in_key(chunk: _Chunk, column: str, rows: Integers) -> pa.Array:
    """Names that differ between keys, whatever the sources call their events."""
    keys = pa.array(chunk.key_of[rows]).cast(pa.string())
    return pc.binary_join_element_wise(keys, chunk.rows[column].take(pa.array(rows)).combine_chunks(), "/")


def _slices(chunk: _Chunk, slices: Integers) -> pa.Table:
    """Integers of the kernel as a table of ``SLICES``."""
    rows = chunk.rows
    lot, opened_by, closed_by = (slices[:, field] for field in (kernel.LOT, kernel.OPENED_BY, kernel.CLOSED_BY))
    realizing = (slices[:, kernel.REASON] == kernel.SOLD) | (slices[:, kernel.REASON] == kernel.COVERED)
    columns = {
        "account_id": _at(rows["account_id"], lot),
        "symbol": _at(rows["symbol"], lot),
        "lot_method": _at(rows["lot_method"], lot),
        "lot_id": _at(rows["event_id"], lot),
        "acquired_at": _at(rows["occurred_at"], lot),
        "opened_at": _at(pc.coalesce(rows["opened_at"], rows["occurred_at"]), opened_by),
        "opened_by_event_id": _at(pc.coalesce(rows["opened_by_event_id"], rows["event_id"]), opened_by),
        "closed_at": _at(rows["occurred_at"], closed_by),
        "closed_by_event_id": _at(rows["event_id"], closed_by),
        "close_reason": _REASONS.take(_places(slices[:, kernel.REASON])),
        "quantity": _decimals(slices[:, kernel.QUANTITY], NUMBER),
        "unit_cost": _words(slices[:, kernel.UNIT_COST_LOW], slices[:, kernel.UNIT_COST_HIGH], AMOUNT, None),
        "cost": _decimals(slices[:, kernel.COST], AMOUNT),
        "entry_fee": _decimals(slices[:, kernel.ENTRY_FEE], AMOUNT),
        "proceeds": _decimals(slices[:, kernel.PROCEEDS], AMOUNT, realizing),
        "exit_fee": _decimals(slices[:, kernel.EXIT_FEE], AMOUNT, realizing),
        "is_fallback": pa.array(slices[:, kernel.IS_FALLBACK] == 1),
    }
    return pa.table(columns, schema=SLICES)


def _places(rows: Integers) -> pa.Array:
    return pa.array(rows, mask=rows < 0)


def _at(column: pa.ChunkedArray, rows: Integers) -> pa.ChunkedArray:
    """The column's values at the rows; null where there is no row."""
    return column.take(_places(rows))


def _decimals(scaled: Integers, kind: pa.DataType, is_valid: Flags | None = None) -> pa.Array:
    return _words(scaled, scaled >> 63, kind, is_valid)


def _words(low: Integers, high: Integers, kind: pa.DataType, is_valid: Flags | None) -> pa.Array:
    """Decimals from their two words, as Arrow lays them out."""
    words = np.column_stack([low, high])
    bitmap = None if is_valid is None else pa.py_buffer(np.packbits(is_valid, bitorder="little"))
    return pa.Array.from_buffers(kind, len(words), [bitmap, pa.py_buffer(words)])


def _with_left_out(folded: pa.Table, slices: Integers, chunk: _Chunk, left_out: Integers) -> pa.Table:
    """Fold the keys that were left out row by row, and put their slices where they belong."""
    if len(left_out) == 0:
        return folded
    tables, keys = [folded], [chunk.key_of[slices[:, kernel.LOT]]]
    for key in left_out:
        start, end = chunk.starts[key], chunk.starts[key + 1]
        table = replay_row_by_row(chunk.rows.slice(start, end - start))
        tables.append(table)
        keys.append(np.full(table.num_rows, key))
    return pa.concat_tables(tables).take(pa.array(np.argsort(np.concatenate(keys), kind="stable")))
