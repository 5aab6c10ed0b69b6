"""The compiled fold and the plain one tell the same story to the last digit, row for row, in the same order."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import LotMethod, Slice, Split, Trade, replay
from ledger.columns import COMPILED_FROM_ROWS, replay_stream
from ledger.kernel import fold_keys, multiply_divide
from ledger.matrix import replay_compiled
from ledger.row_by_row import OutOfReachError, replay_row_by_row
from ledger.schema import ROWS
from tests.property.strategies import trade_lists

FEW = settings(max_examples=100, deadline=None, derandomize=True)
MANY = settings(max_examples=5_000, deadline=None)
SAME = settings(max_examples=1_000, deadline=None, derandomize=True)

WORDS = st.one_of(
    st.integers(0, 2**64 - 1),
    st.integers(0, 64).flatmap(lambda bits: st.integers(max(0, 2**bits - 2), min(2**64 - 1, 2**bits + 2))),
)


def decimal(scaled: int | None) -> Decimal | None:
    """What the house holds as a scaled integer."""
    return None if scaled is None else Decimal(scaled).scaleb(-8)


def row_of(event: Trade | Split | Slice) -> dict:
    """An event or a carried slice as the columns have it."""
    if isinstance(event, Split):
        return {"kind": "SPLIT", "occurred_at": event.occurred_at, "event_id": event.event_id,
                "numerator": decimal(event.numerator), "denominator": decimal(event.denominator)}  # fmt: skip
    if isinstance(event, Trade):
        return {"kind": "TRADE", "occurred_at": event.occurred_at, "event_id": event.trade_id,
                "quantity": decimal(event.quantity), "amount": decimal(event.consideration),
                "fee": decimal(event.fee), "named_lot_id": event.named_lot_id}  # fmt: skip
    return {"kind": "CARRIED", "occurred_at": event.acquired_at, "event_id": event.lot_id,
            "opened_at": event.opened_at, "opened_by_event_id": event.opened_by, "quantity": decimal(event.quantity),
            "amount": decimal(event.cost), "fee": decimal(event.entry_fee)}  # fmt: skip


def rows_of(histories: list[tuple[LotMethod, list[Slice], list[Trade | Split]]]) -> pa.Table:
    """One key per history: its carried slices, then its events."""
    rows = [
        {"account_id": f"ACC-{number:02}", "symbol": "KO", "lot_method": method.value, **row_of(event)}
        for number, (method, carried, events) in enumerate(histories)
        for event in [*sorted(carried, key=lambda part: (part.acquired_at, part.lot_id, part.opened_by)), *events]
    ]
    return pa.Table.from_pylist(rows, schema=ROWS)


@st.composite
def histories(draw: st.DrawFn) -> tuple[LotMethod, list[Slice], list[Trade | Split]]:
    """A method, the slices that were open before a day (cut up by what happened later), and the events from then on."""
    method, events = draw(st.sampled_from(LotMethod)), draw(trade_lists())
    moment = datetime(2024, 1, draw(st.integers(1, 11)))
    nothing = {"closed_at": None, "closed_by": None, "close_reason": None, "proceeds": None, "exit_fee": None}
    carried = [
        replace(part, **nothing, is_fallback=False)
        for part in replay(events, [], method)
        if part.opened_at < moment and (part.closed_at is None or part.closed_at >= moment)
    ]
    return method, carried, [event for event in events if event.occurred_at >= moment]


@st.composite
def large_histories(draw: st.DrawFn) -> tuple[LotMethod, list[Slice], list[Trade | Split]]:
    """Numbers of any size that a column holds, also such as a machine word does not."""
    bits = draw(st.sampled_from([40, 56, 60, 63]))  # ratios of splits add up to ten more
    sizes = st.integers(2 ** (bits - 2), 2**bits - 1)
    numbers = st.tuples(st.booleans(), sizes, sizes, sizes, st.booleans())
    events: list[Trade | Split] = []
    for day, (is_buy, quantity, amount, fee, is_split) in enumerate(draw(st.lists(numbers, min_size=1, max_size=8))):
        moment = datetime(2024, 1, 1) + timedelta(days=day)
        if is_split:
            events.append(Split(moment, f"s{day}", draw(st.integers(1, 10**10)), draw(st.integers(10**7, 10**9))))
        else:
            events.append(Trade(moment, f"t{day}", quantity if is_buy else -quantity, amount, fee))
    return draw(st.sampled_from(LotMethod)), [], events


def told(rows: pa.Table) -> tuple[pa.Table | None, pa.Table | None]:
    """What both folds say; None for a number that no column of the result can hold."""
    outcomes: list[pa.Table | None] = []
    for fold in (replay_row_by_row, replay_compiled):
        try:
            outcomes.append(fold(rows))
        except OutOfReachError:
            outcomes.append(None)
    return outcomes[0], outcomes[1]


@SAME
@given(left=WORDS, right=WORDS, divisor=WORDS.filter(bool))
def test_products_of_two_words_divide_exactly(left, right, divisor):
    """Over the whole range of a word, half rounded up."""
    high, low = multiply_divide(np.uint64(left), np.uint64(right), np.uint64(divisor))

    assert (2 * left * right + divisor) // (2 * divisor) == (int(high) << 64) + int(low)


@pytest.mark.parametrize("divisor", [1, 2, 2**32 - 1, 2**32, 2**63, 2**64 - 1])
def test_the_largest_product_divides_exactly(divisor):
    """Where a carry would be lost, it is lost here."""
    largest = 2**64 - 1
    high, low = multiply_divide(np.uint64(largest), np.uint64(largest), np.uint64(divisor))

    assert (2 * largest**2 + divisor) // (2 * divisor) == (int(high) << 64) + int(low)


@FEW
@given(of_keys=st.lists(histories(), min_size=1, max_size=12))
def test_both_folds_agree(of_keys):
    """All methods side by side, with slices carried in parts."""
    rows = rows_of(of_keys)

    assert replay_row_by_row(rows) == replay_compiled(rows)


@pytest.mark.proof
@MANY
@given(of_keys=st.lists(histories(), min_size=1, max_size=12))
def test_both_folds_agree_at_length(of_keys):
    """The same law over many more histories."""
    rows = rows_of(of_keys)

    assert replay_row_by_row(rows) == replay_compiled(rows)


@SAME
@given(history=large_histories())
def test_no_number_wraps(history):
    """A key whose numbers or sums might not fit into a word is folded by the plain function."""
    plain, compiled = told(rows_of([history]))

    assert plain == compiled


@pytest.mark.parametrize(
    ("case", "row"),
    [
        ("a quantity", {"quantity": 2**62}),
        ("an amount", {"amount": 2**62}),
        ("a fee", {"fee": 2**62}),
        ("a rebate", {"fee": -1}),
        ("an unsorted time", {"occurred_at": datetime(2023, 1, 1)}),
        ("a name that comes before", {"occurred_at": datetime(2024, 1, 1), "event_id": "a"}),
        ("a sum", {"quantity": 2**61 - 1}),
    ],
)
def test_what_the_loop_can_not_bear_stays_out_of_it(monkeypatch, case, row):
    """Only that key: its neighbours are folded by the loop, and the order of the keys stays."""
    bought = [Trade(datetime(2024, 1, day), f"t{day}", 10**8, 10**10, 5) for day in (1, 2)]
    rows = rows_of([(LotMethod.FIFO, [], bought)] * 3).to_pylist()
    rows[3] |= {name: decimal(value) if isinstance(value, int) else value for name, value in row.items()}
    table = pa.Table.from_pylist(rows, schema=ROWS)
    methods: list[int] = []
    monkeypatch.setattr("ledger.kernel.fold_keys", lambda *inputs: methods.extend(inputs[2]) or fold_keys(*inputs))

    assert replay_row_by_row(table) == replay_compiled(table), case
    assert [0, -1, 0] == methods


@pytest.mark.parametrize("announced", [0, COMPILED_FROM_ROWS])
@FEW
@given(of_keys=st.lists(histories(), min_size=1, max_size=8), sizes=st.lists(st.integers(1, 40), min_size=1))
def test_a_stream_may_be_cut_anywhere(announced, of_keys, sizes):
    """Batches end where they end; keys are folded whole, by the loop if many rows are announced."""
    rows = rows_of(of_keys)
    batches, start = [], 0
    for size in [*sizes, rows.num_rows]:
        batches.extend(rows.slice(start, size).combine_chunks().to_batches())
        start += size
    stream = replay_stream(pa.RecordBatchReader.from_batches(ROWS, batches), announced)

    assert replay_row_by_row(rows) == stream.read_all()


def test_both_folds_agree_on_many_trades():
    """Long positions, short ones and flips of a hundred keys, large enough for room to be made again and again."""
    chance = np.random.default_rng(5)
    of_keys = []
    for number in range(60):
        sides = chance.choice([-1, 1], 500, p=[0.4, 0.6])
        numbers = zip(sides, chance.integers(1, 10**10, 500), chance.integers(1, 10**13, 500), strict=True)
        events: list[Trade | Split] = [
            Trade(datetime(2024, 1, 1) + timedelta(minutes=minute), f"t{minute:03}", int(side * quantity), int(amount),
                  int(chance.integers(0, 10**9)), f"t{int(chance.integers(0, 500)):03}")
            for minute, (side, quantity, amount) in enumerate(numbers)
        ]  # fmt: skip
        for minute in (100, 200, 300, 400):
            moment = datetime(2024, 1, 1) + timedelta(minutes=minute)
            events.insert(minute, Split(moment, f"s{minute}", int(chance.integers(1, 5)), int(chance.integers(1, 5))))
        of_keys.append((list(LotMethod)[number % 6], [], events))
    rows = rows_of(of_keys)

    assert replay_row_by_row(rows) == replay_compiled(rows)


@pytest.mark.parametrize(
    ("method", "costs"),
    [(LotMethod.HIFO, "descending"), (LotMethod.LOFO, "ascending")],
    ids=str,
)
def test_a_hundred_thousand_open_lots_are_sold_in_order(method, costs):
    """More lots than the plain fold can sort at every trade: the order of the unit costs is the law."""
    count = 100_000
    chance = np.random.default_rng(6)
    start = datetime(2024, 1, 1)
    amounts = chance.integers(1, 10**11, count).tolist()
    bought = [Trade(start + timedelta(seconds=n), f"b{n:06}", 10**8, amount, 0) for n, amount in enumerate(amounts)]
    sold = [Trade(start + timedelta(days=9, seconds=n), f"s{n:06}", -(10**8), 1, 0) for n in range(count)]
    slices = replay_compiled(rows_of([(method, [], [*bought, *sold])]))

    assert slices == slices.sort_by([("unit_cost", costs), ("acquired_at", "ascending")])
    assert slices["closed_by_event_id"].to_pylist() == [trade.trade_id for trade in sold]
