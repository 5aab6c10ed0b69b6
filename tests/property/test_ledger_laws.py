"""Laws of the fold alone: it agrees with the slow ledger, may be cut anywhere, and neither loses nor invents."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger import LotMethod, Slice, Split, Trade, replay
from tests.oracle.ledger import Event, Lot, Position
from tests.property.strategies import trade_lists

FEW = settings(max_examples=100, deadline=None, derandomize=True)
MANY = settings(max_examples=5_000, deadline=None)

Row = tuple[object, ...]
every_method = pytest.mark.parametrize("method", list(LotMethod), ids=lambda method: method.value)


def decimal(scaled: int | None) -> Decimal | None:
    """What the house holds as a scaled integer."""
    return None if scaled is None else Decimal(scaled).scaleb(-8)


def house(events: list[Trade | Split], method: LotMethod) -> list[Row]:
    """Slices of the house, in no order."""
    return sorted(
        (
            (part.lot_id, part.acquired_at, part.opened_by, decimal(part.quantity), decimal(part.cost),
             decimal(part.entry_fee), part.closed_by, part.close_reason, decimal(part.proceeds), decimal(part.exit_fee),
             part.is_fallback)
            for part in replay(events, [], method)
        ),
        key=str,
    )  # fmt: skip


def row_of(lot: Lot) -> Row:
    """A lot of the slow ledger as the same row."""
    return (lot.lot_id, lot.acquired_at, lot.opened_by, lot.quantity, lot.cost, lot.entry_fee, lot.closed_by, lot.why,
            lot.proceeds, lot.exit_fee, lot.is_fallback)  # fmt: skip


def oracle(events: list[Trade | Split], method: LotMethod) -> list[Row]:
    """Slices of the slow ledger, in no order."""
    position = Position(method.value)
    for event in events:
        if isinstance(event, Split):
            position.split(event.event_id, Decimal(event.numerator), Decimal(event.denominator))
        else:
            position.trade(as_event(event))
    return sorted(map(row_of, [*position.ended, *position.lots]), key=str)


def as_event(trade: Trade) -> Event:
    """A trade of the house as its source stated it."""
    body = {
        "side": "BUY" if trade.quantity > 0 else "SELL",
        "quantity": decimal(abs(trade.quantity)),
        "price": 1,
        "consideration": decimal(trade.consideration),
        "fee": decimal(trade.fee),
        "lot_id": trade.named_lot_id,
    }
    return Event("trades", trade.trade_id, trade.occurred_at, body)


def trades_of(events: list[Trade | Split]) -> list[Trade]:
    """Without the splits."""
    return [event for event in events if isinstance(event, Trade)]


def comparable(slices: list[Slice]) -> list[Slice]:
    """In one order."""
    return sorted(slices, key=str)


@every_method
@FEW
@given(events=trade_lists())
def test_fold_agrees_with_the_slow_ledger(events, method):
    """Two programs that share no line tell the same story of every lot."""
    assert oracle(events, method) == house(events, method)


@pytest.mark.proof
@every_method
@MANY
@given(events=trade_lists())
def test_fold_agrees_with_the_slow_ledger_at_length(events, method):
    """The same law over many more lists."""
    assert oracle(events, method) == house(events, method)


@every_method
@FEW
@given(events=trade_lists(), place=st.integers(0, 18))
def test_a_history_may_be_cut_anywhere(events, place, method):
    """Folding the rest onto the carried open slices gives what one pass gives: the ground of every incremental run."""
    before = replay(events[:place], [], method)
    carried = [part for part in before if part.closed_by is None]
    ended = [part for part in before if part.closed_by is not None]
    in_two_passes = ended + replay(events[place:], carried, method)

    assert comparable(replay(events, [], method)) == comparable(in_two_passes)


@every_method
@FEW
@given(events=trade_lists(), day=st.integers(1, 11))
def test_a_late_event_needs_only_the_slices_of_its_day(events, day, method):
    """fact_lots keeps every slice; what was open before a day is found among them, cut up by later events or not."""
    moment = datetime(2024, 1, day)
    whole = replay(events, [], method)
    opened_before = [part for part in whole if part.opened_at < moment]
    kept = [part for part in opened_before if part.closed_at is not None and part.closed_at < moment]
    nothing = {"closed_at": None, "closed_by": None, "close_reason": None, "proceeds": None, "exit_fee": None,
               "is_fallback": False}  # fmt: skip
    carried = [replace(part, **nothing) for part in opened_before if part not in kept]
    later = [event for event in events if event.occurred_at >= moment]

    assert comparable(whole) == comparable(kept + replay(later, carried, method))


@every_method
@FEW
@given(events=trade_lists())
def test_open_slices_sum_to_the_position(events, method):
    """Without splits nothing but trades moves a quantity."""
    trades = trades_of(events)
    open_quantity = sum(part.quantity for part in replay(trades, [], method) if part.closed_by is None)

    assert sum(trade.quantity for trade in trades) == open_quantity


@every_method
@FEW
@given(events=trade_lists())
def test_a_split_takes_the_position_to_its_quotient_rounded_once(events, method):
    """The position follows from trades and splits alone, as if it were one number: whatever the lots and the method."""
    held = 0
    for event in events:
        held = exchanged(held, event) if isinstance(event, Split) else held + event.quantity

    assert held == sum(part.quantity for part in replay(events, [], method) if part.closed_by is None)


def exchanged(held: int, split: Split) -> int:
    """A number of units after a split, half away from zero."""
    exact = Fraction(abs(held) * split.numerator, split.denominator)
    return int(exact + Fraction(1, 2)) * (1 if held > 0 else -1)


@every_method
@FEW
@given(events=trade_lists())
def test_open_slices_have_one_sign(events, method):
    """An account is never long and short in one symbol."""
    quantities = [part.quantity for part in replay(events, [], method) if part.closed_by is None]

    assert len({quantity > 0 for quantity in quantities}) <= 1
    assert 0 not in quantities


@every_method
@FEW
@given(events=trade_lists())
def test_parts_sum_to_the_whole(events, method):
    """Per event: what it opened and closed together is its quantity, its consideration and its fee, exactly."""
    trades = trades_of(events)
    quantity: dict[str, int] = defaultdict(int)
    amount: dict[str, int] = defaultdict(int)
    fee: dict[str, int] = defaultdict(int)
    slices = replay(trades, [], method)
    for part in slices:
        if part.close_reason in ("sold", "covered"):
            quantity[part.closed_by] += abs(part.quantity)
            amount[part.closed_by] += abs(part.proceeds)
            fee[part.closed_by] += part.exit_fee
    if method is not LotMethod.AVERAGE:
        for part in slices:
            quantity[part.lot_id] += abs(part.quantity)
            amount[part.lot_id] += abs(part.cost)
            fee[part.lot_id] += part.entry_fee
        expected = {trade.trade_id: (abs(trade.quantity), trade.consideration, trade.fee) for trade in trades}
        assert expected == {name: (quantity[name], amount[name], fee[name]) for name in expected}
    else:
        closing = {trade.trade_id: trade for trade in trades if trade.trade_id in quantity}
        assert all(amount[name] <= trade.consideration for name, trade in closing.items())
        assert all(fee[name] <= trade.fee for name, trade in closing.items())


@every_method
@FEW
@given(events=trade_lists(), proceeds=st.integers(1, 10**12))
def test_a_flat_position_costs_exactly_nothing(events, proceeds, method):
    """After the last unit is sold no hundred-millionth of cost or fee is left behind."""
    held = sum(part.quantity for part in replay(events, [], method) if part.closed_by is None)
    closing = [Trade(datetime(2024, 2, 1), "close", -held, proceeds, 0)] if held else []
    slices = replay([*events, *closing], [], method)
    money_in = sum(part.cost for part in slices if part.closed_by is None)

    assert (0, []) == (money_in, [part for part in slices if part.closed_by is None])


@every_method
@FEW
@given(events=trade_lists(), proceeds=st.integers(1, 10**12))
def test_what_was_paid_was_earned_or_lost(events, proceeds, method):
    """Flat at the end, realized P&L net of fees is what came in less what went out, whatever the method."""
    trades = trades_of(events)
    held = sum(trade.quantity for trade in trades)
    trades += [Trade(datetime(2024, 2, 1), "close", -held, proceeds, 7)] if held else []
    ended = [part for part in replay(trades, [], method) if part.close_reason in ("sold", "covered")]
    realized = sum(part.proceeds - part.cost - part.entry_fee - part.exit_fee for part in ended)
    cash = sum(-trade.fee + (trade.consideration if trade.quantity < 0 else -trade.consideration) for trade in trades)

    assert cash == realized
