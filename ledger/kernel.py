"""``fold_keys``: the fold of ``ledger.fold`` as a compiled loop over integers, for histories that are long.

Texts stay outside: a lot is named by the number of the row that opened it. Quantities and costs of lots are kept
without their sign; all open lots of a key are on one side. Products need 128 bits and are held in two words.

Everything compiled is in this one file, because numba looks at no other file to see that kept machine code is stale.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TypeVar, cast

import numba
import numpy as np
from numpy.typing import NDArray

Integers = NDArray[np.int64]
Word = np.uint64
Number = int | np.int64
Code = TypeVar("Code", bound=Callable[..., object])

CARRIED: Final = 0
PART: Final = 1
SPLIT: Final = 2
TRADE: Final = 3
"""Kinds of rows. PART is a further part of the carried slice in the row above."""

FIFO: Final = 0
LIFO: Final = 1
HIFO: Final = 2
LOFO: Final = 3
AVERAGE: Final = 4
SPECID: Final = 5
LEFT_OUT: Final = -1
"""Lot methods of keys; a key that is LEFT_OUT is not folded."""

KIND: Final = 0
UNITS: Final = 1
AMOUNT: Final = 2
CHARGE: Final = 3
NAMED: Final = 4
ROW_FIELDS: Final = 5
"""Fields of a row: kind; quantity (of a split: numerator); cost or consideration (of a split: denominator); fee; and
the row that opened the lot which a sale names, -1 for none."""

LOT: Final = 0
OPENED_BY: Final = 1
QUANTITY: Final = 2
COST: Final = 3
ENTRY_FEE: Final = 4
UNIT_COST_HIGH: Final = 5
UNIT_COST_LOW: Final = 6
CLOSED_BY: Final = 7
REASON: Final = 8
PROCEEDS: Final = 9
EXIT_FEE: Final = 10
IS_FALLBACK: Final = 11
SLICE_FIELDS: Final = 12
_LOT_FIELDS: Final = 7
"""Fields of a slice; LOT, OPENED_BY and CLOSED_BY are rows. The first seven are also those of an open lot."""

OPEN: Final = -1
SOLD: Final = 0
COVERED: Final = 1
SPLIT_UP: Final = 2
POOLED: Final = 3
"""Why a slice ended; OPEN also stands for the row that closed it."""

_FIRST: Final = 0
_PAST: Final = 1
_HEAPED: Final = 2
_SIDE: Final = 3
_WRITTEN: Final = 4
_STATE_FIELDS: Final = 5
"""State: open lots are in slots from FIRST to before PAST (ended ones between them have no quantity); how many of them
the heap holds; +1 long or -1 short; slices written."""
_NO_HEAP: Final = -1

_SCALE: Final = 10**8
_HALF_WORD: Final = np.uint64(32)
_LOW_HALF: Final = np.uint64(0xFFFFFFFF)
_ONE: Final = np.uint64(1)
_NONE: Final = np.uint64(0)
_WORD_BITS: Final = np.uint64(64)


def _compiled(function: Code) -> Code:
    """Compile a function when it is first called."""
    return cast("Code", numba.njit(error_model="numpy")(function))


def _compiled_once(function: Code) -> Code:
    """Compile a function when it is first called, and keep the machine code where numba finds a writable folder."""
    try:
        return cast("Code", numba.njit(error_model="numpy", cache=True)(function))
    except RuntimeError:  # no folder is writable: every process compiles for itself
        return _compiled(function)


# -- two words -------------------------------------------------------------------------------------------------------


@_compiled
def _product(left: Word, right: Word) -> tuple[Word, Word]:
    """High and low word of left x right."""
    low = (left & _LOW_HALF) * (right & _LOW_HALF)
    middle = (left >> _HALF_WORD) * (right & _LOW_HALF) + (low >> _HALF_WORD)
    crossed = (left & _LOW_HALF) * (right >> _HALF_WORD) + (middle & _LOW_HALF)
    high = (left >> _HALF_WORD) * (right >> _HALF_WORD) + (middle >> _HALF_WORD) + (crossed >> _HALF_WORD)
    return high, (crossed << _HALF_WORD) | (low & _LOW_HALF)


@_compiled
def _leading_zeros(word: Word) -> Word:
    """Zero bits above the highest one of a word that is not 0."""
    zeros = _NONE
    step = _HALF_WORD
    while step > _NONE:
        if word >> (_WORD_BITS - step) == _NONE:
            zeros += step
            word <<= step
        step >>= _ONE
    return zeros


@_compiled
def _half_word_quotient(remainder: Word, next_half: Word, divisor: Word) -> tuple[Word, Word]:
    """One step of long division by half words (Knuth, The Art of Computer Programming 2, 4.3.1, algorithm D).

    The divisor's highest bit is set, so that the first estimate is at most two too high.
    """
    divisor_high = divisor >> _HALF_WORD
    divisor_low = divisor & _LOW_HALF
    estimate = remainder // divisor_high
    rest = remainder - estimate * divisor_high
    while estimate > _LOW_HALF or estimate * divisor_low > ((rest << _HALF_WORD) | next_half):
        estimate -= _ONE
        rest += divisor_high
        if rest > _LOW_HALF:
            break
    return estimate, ((remainder << _HALF_WORD) | next_half) - estimate * divisor


@_compiled
def _word_quotient(high: Word, low: Word, divisor: Word) -> tuple[Word, Word]:
    """Quotient and remainder of two words by one; ``high`` is less than the divisor."""
    if high == _NONE:
        return low // divisor, low % divisor
    shift = _leading_zeros(divisor)
    if shift > _NONE:
        divisor <<= shift
        high = (high << shift) | (low >> (_WORD_BITS - shift))
        low <<= shift
    first, remainder = _half_word_quotient(high, low >> _HALF_WORD, divisor)
    second, remainder = _half_word_quotient(remainder, low & _LOW_HALF, divisor)
    return (first << _HALF_WORD) | second, remainder >> shift


@_compiled
def multiply_divide(left: Word, right: Word, divisor: Word) -> tuple[Word, Word]:
    """High and low word of left x right / divisor, a half rounded up; the divisor is not 0."""
    high, low = _product(left, right)
    quotient_high = high // divisor
    quotient_low, remainder = _word_quotient(high % divisor, low, divisor)
    if remainder >= divisor - remainder:
        quotient_low += _ONE
        if quotient_low == _NONE:
            quotient_high += _ONE
    return quotient_high, quotient_low


@_compiled
def _share(amount: Number, quantity: Number, whole_quantity: Number) -> Number:
    """``ledger.rounding.part_of`` for numbers without a sign."""
    if quantity == whole_quantity:
        return amount
    return np.int64(multiply_divide(np.uint64(amount), np.uint64(quantity), np.uint64(whole_quantity))[1])


@_compiled
def _set_unit_cost(lot: Integers) -> None:
    """Cost per unit of a lot or slice whose signs are not yet set."""
    high, low = multiply_divide(np.uint64(lot[COST]), np.uint64(_SCALE), np.uint64(lot[QUANTITY]))
    lot[UNIT_COST_HIGH] = np.int64(high)
    lot[UNIT_COST_LOW] = np.int64(low)


# -- the heap of slots: the lot to be consumed next is on top ----------------------------------------------------------


@_compiled
def _goes_before(lots: Integers, slot: Number, other: Number, method: Number) -> bool:
    """HIFO: the higher unit cost first; LOFO: the lower; of equal ones the older."""
    high, other_high = lots[slot, UNIT_COST_HIGH], lots[other, UNIT_COST_HIGH]
    low, other_low = np.uint64(lots[slot, UNIT_COST_LOW]), np.uint64(lots[other, UNIT_COST_LOW])
    if high == other_high and low == other_low:
        return bool(slot < other)
    is_lower = high < other_high or (high == other_high and low < other_low)
    return bool(is_lower == (method == LOFO))


@_compiled
def _sift_down(heap: Integers, count: Number, place: Number, lots: Integers, method: Number) -> None:
    while True:
        child = 2 * place + 1
        if child >= count:
            return
        if child + 1 < count and _goes_before(lots, heap[child + 1], heap[child], method):
            child += 1
        if not _goes_before(lots, heap[child], heap[place], method):
            return
        heap[place], heap[child] = heap[child], heap[place]
        place = child


@_compiled
def _push(heap: Integers, state: Integers, slot: Number, lots: Integers, method: Number) -> None:
    place = state[_HEAPED]
    heap[place] = slot
    state[_HEAPED] += 1
    while place > 0:
        parent = (place - 1) // 2
        if not _goes_before(lots, heap[place], heap[parent], method):
            return
        heap[place], heap[parent] = heap[parent], heap[place]
        place = parent


@_compiled
def _pop(heap: Integers, state: Integers, lots: Integers, method: Number) -> None:
    state[_HEAPED] -= 1
    heap[0] = heap[state[_HEAPED]]
    _sift_down(heap, state[_HEAPED], 0, lots, method)


@_compiled
def _build_heap(heap: Integers, state: Integers, lots: Integers, method: Number) -> None:
    count = 0
    for slot in range(state[_FIRST], state[_PAST]):
        if lots[slot, QUANTITY] > 0:
            heap[count] = slot
            count += 1
    state[_HEAPED] = count
    for place in range(count // 2 - 1, -1, -1):
        _sift_down(heap, count, place, lots, method)


# -- lots and slices ---------------------------------------------------------------------------------------------------


@_compiled
def _trim(lots: Integers, state: Integers) -> None:
    """Leave ended lots out at both ends."""
    while state[_FIRST] < state[_PAST] and lots[state[_FIRST], QUANTITY] == 0:
        state[_FIRST] += 1
    while state[_FIRST] < state[_PAST] and lots[state[_PAST] - 1, QUANTITY] == 0:
        state[_PAST] -= 1


@_compiled
def _open(lots: Integers, state: Integers, row: Number, quantity: Number, cost: Number, entry_fee: Number) -> None:
    """Put a lot behind the others."""
    lot = lots[state[_PAST]]
    lot[LOT] = row
    lot[OPENED_BY] = row
    lot[QUANTITY] = quantity
    lot[COST] = cost
    lot[ENTRY_FEE] = entry_fee
    _set_unit_cost(lot)
    state[_PAST] += 1


@_compiled
def _write(slices: Integers, state: Integers, lot: Integers, row: Number, reason: Number) -> Integers:
    """Write a lot as a slice that ``row`` ended; return the slice, still without signs."""
    written: Integers = slices[state[_WRITTEN]]
    written[:_LOT_FIELDS] = lot
    written[CLOSED_BY] = row
    written[REASON] = reason
    written[PROCEEDS] = 0
    written[EXIT_FEE] = 0
    written[IS_FALLBACK] = 0
    state[_WRITTEN] += 1
    return written


@_compiled
def _sign(written: Integers, side: Number) -> None:
    written[QUANTITY] *= side
    written[COST] *= side
    written[PROCEEDS] *= side


@_compiled
def _carry(rows: Integers, row: Number, lots: Integers, state: Integers) -> None:
    state[_SIDE] = 1 if rows[UNITS, row] > 0 else -1
    _open(lots, state, row, abs(rows[UNITS, row]), abs(rows[AMOUNT, row]), rows[CHARGE, row])


@_compiled
def _join(rows: Integers, row: Number, lots: Integers, state: Integers) -> None:
    """Join a part to the carried slice above it: the event that had cut it is about to be replayed."""
    lot = lots[state[_PAST] - 1]
    lot[QUANTITY] += abs(rows[UNITS, row])
    lot[COST] += abs(rows[AMOUNT, row])
    lot[ENTRY_FEE] += rows[CHARGE, row]
    _set_unit_cost(lot)


@_compiled
def _split(rows: Integers, row: Number, lots: Integers, state: Integers, slices: Integers) -> None:
    """End every slice and begin it again; one that gets no new unit of the last decimal ends for nothing.

    The running total is rounded, so that the lots sum to the position's own quotient.
    """
    side = state[_SIDE]
    numerator, denominator = np.uint64(rows[UNITS, row]), np.uint64(rows[AMOUNT, row])
    old_total = new_total = np.int64(0)
    for slot in range(state[_FIRST], state[_PAST]):
        lot = lots[slot]
        if lot[QUANTITY] == 0:
            continue
        old_total += lot[QUANTITY]
        quantity = np.int64(multiply_divide(np.uint64(old_total), numerator, denominator)[1]) - new_total
        new_total += quantity
        reason = SPLIT_UP
        if quantity == 0:
            reason = SOLD if side > 0 else COVERED
        _sign(_write(slices, state, lot, row, reason), side)
        lot[QUANTITY] = quantity
        lot[OPENED_BY] = row
        if quantity > 0:
            _set_unit_cost(lot)
    _trim(lots, state)
    state[_HEAPED] = _NO_HEAP


@_compiled
def _named_slot(
    rows: Integers, row: Number, first_row: Number, slot_of: Integers, lots: Integers, state: Integers
) -> Number:
    """Slot of the lot that a sale names, -1 if it names none or one that is not there."""
    named = rows[NAMED, row]
    if named < first_row or named >= row:
        return -1
    slot = slot_of[named - first_row]
    if slot < state[_FIRST] or slot >= state[_PAST] or lots[slot, LOT] != named or lots[slot, QUANTITY] == 0:
        return -1
    return np.int64(slot)


@_compiled
def _chosen(method: Number, named: Number, lots: Integers, heap: Integers, state: Integers) -> Number:
    """Slot of the lot that is consumed next."""
    if method == SPECID and named >= 0 and lots[named, QUANTITY] > 0:
        return named
    if method == LIFO:
        return np.int64(state[_PAST] - 1)
    if method in (HIFO, LOFO):
        if state[_HEAPED] == _NO_HEAP:
            _build_heap(heap, state, lots, method)
        return np.int64(heap[0])
    return np.int64(state[_FIRST])


@_compiled
def _take(
    method: Number, slot: Number, quantity: Number, lots: Integers, heap: Integers, state: Integers,
    written: Integers,
) -> None:  # fmt: skip
    """Take ``quantity`` off a lot; ``written`` becomes the slice of it."""
    lot = lots[slot]
    if quantity == lot[QUANTITY]:
        lot[QUANTITY] = 0
        if method in (HIFO, LOFO):
            _pop(heap, state, lots, method)
        _trim(lots, state)
        return
    written[COST] = _share(lot[COST], quantity, lot[QUANTITY])
    written[ENTRY_FEE] = _share(lot[ENTRY_FEE], quantity, lot[QUANTITY])
    written[QUANTITY] = quantity
    _set_unit_cost(written)
    lot[QUANTITY] -= quantity
    lot[COST] -= written[COST]
    lot[ENTRY_FEE] -= written[ENTRY_FEE]
    _set_unit_cost(lot)
    if method in (HIFO, LOFO):
        _sift_down(heap, state[_HEAPED], 0, lots, method)


@_compiled
def _pool(
    row: Number, quantity: Number, cost: Number, fee: Number, lots: Integers, state: Integers, slices: Integers
) -> None:
    """Re-price the pool: what was open ends, one lot with the sum of all begins in the first one's place."""
    first = state[_FIRST]
    for slot in range(first, state[_PAST]):
        lot = lots[slot]
        if lot[QUANTITY] == 0:
            continue
        quantity += lot[QUANTITY]
        cost += lot[COST]
        fee += lot[ENTRY_FEE]
        _sign(_write(slices, state, lot, row, POOLED), state[_SIDE])
    pool = lots[first]
    pool[OPENED_BY] = row
    pool[QUANTITY] = quantity
    pool[COST] = cost
    pool[ENTRY_FEE] = fee
    _set_unit_cost(pool)
    state[_PAST] = first + 1


@_compiled
def _trade(
    rows: Integers, row: Number, method: Number, named: Number, lots: Integers, heap: Integers, state: Integers,
    slices: Integers,
) -> bool:  # fmt: skip
    """Close lots of the other side, then open a lot with what is left; say whether a new lot stands at the end."""
    side = 1 if rows[UNITS, row] > 0 else -1
    quantity, consideration, fee = abs(rows[UNITS, row]), rows[AMOUNT, row], rows[CHARGE, row]
    while quantity > 0 and state[_FIRST] < state[_PAST] and state[_SIDE] != side:
        slot = _chosen(method, named, lots, heap, state)
        closed = min(lots[slot, QUANTITY], quantity)
        written = _write(slices, state, lots[slot], row, SOLD if state[_SIDE] > 0 else COVERED)
        written[IS_FALLBACK] = np.int64(method == SPECID and slot != named)
        _take(method, slot, closed, lots, heap, state, written)
        written[PROCEEDS] = _share(consideration, closed, quantity)
        written[EXIT_FEE] = _share(fee, closed, quantity)
        consideration -= written[PROCEEDS]
        fee -= written[EXIT_FEE]
        quantity -= closed
        _sign(written, state[_SIDE])
    if quantity == 0:
        return False
    if method == AVERAGE and state[_FIRST] < state[_PAST]:
        _pool(row, quantity, consideration, fee, lots, state, slices)
        return False
    state[_SIDE] = side
    _open(lots, state, row, quantity, consideration, fee)
    if state[_HEAPED] != _NO_HEAP:
        _push(heap, state, state[_PAST] - 1, lots, method)
    return True


@_compiled
def _write_open(lots: Integers, state: Integers, slices: Integers) -> None:
    for slot in range(state[_FIRST], state[_PAST]):
        if lots[slot, QUANTITY] > 0:
            _sign(_write(slices, state, lots[slot], OPEN, OPEN), state[_SIDE])


@_compiled
def _with_room(slices: Integers, state: Integers) -> Integers:
    """Room for all that one event can end: every open lot, and one more."""
    needed = state[_WRITTEN] + state[_PAST] - state[_FIRST] + 1
    if needed <= len(slices):
        return slices
    larger = np.empty((2 * needed, SLICE_FIELDS), np.int64)
    larger[: state[_WRITTEN]] = slices[: state[_WRITTEN]]
    return larger


@_compiled_once
def fold_keys(rows: Integers, starts: Integers, methods: Integers) -> Integers:
    """Fold many keys.

    Args:
        rows: ROW_FIELDS x rows, key by key; carried slices first, then events in total order.
        starts: first row of every key, and the count of rows at the end.
        methods: lot method of every key; LEFT_OUT: not folded.

    Returns:
        Slices x SLICE_FIELDS, key by key, in the order of ``ledger.fold.replay``.
    """
    most = np.max(np.diff(starts))
    lots = np.empty((most, _LOT_FIELDS), np.int64)
    heap = np.empty(most, np.int64)
    slot_of = np.empty(most, np.int64)
    state = np.zeros(_STATE_FIELDS, np.int64)
    slices = np.empty((rows.shape[1] + rows.shape[1] // 2 + 1, SLICE_FIELDS), np.int64)
    for key in range(len(methods)):
        method, first_row = methods[key], starts[key]
        if method == LEFT_OUT:
            continue
        state[:_WRITTEN] = 0
        state[_HEAPED] = _NO_HEAP
        for row in range(first_row, starts[key + 1]):
            slices = _with_room(slices, state)
            kind = rows[KIND, row]
            slot_of[row - first_row] = -1
            if kind == TRADE:
                named = _named_slot(rows, row, first_row, slot_of, lots, state)
                if _trade(rows, row, method, named, lots, heap, state, slices):
                    slot_of[row - first_row] = state[_PAST] - 1
            elif kind == SPLIT:
                _split(rows, row, lots, state, slices)
            elif kind == CARRIED:
                _carry(rows, row, lots, state)
                slot_of[row - first_row] = state[_PAST] - 1
            else:
                _join(rows, row, lots, state)
        slices = _with_room(slices, state)
        _write_open(lots, state, slices)
    return slices[: state[_WRITTEN]].copy()
