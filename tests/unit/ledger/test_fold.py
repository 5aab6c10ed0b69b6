"""Lots as small ledgers that a person can check: what was traded, and the slices that follow.

A trade reads ``<day> <id> <signed quantity> @ <price> [fee <fee>] [lot <id>]``, a split ``<day> <id> split <n> for
<d>``. A slice reads ``<lot> <quantity> cost <cost> fee <entry fee>``, and when it has ended ``-> <by> <why> [<proceeds>
fee <exit fee>] [by fallback]``.
"""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal

import pytest

from ledger import LotMethod, Slice, Split, Trade, replay

TRADE = re.compile(r"(\d+) (\w+) ([+-][\d.]+) @ ([\d.]+)(?: fee ([\d.]+))?(?: lot (\w+))?")
SPLIT = re.compile(r"(\d+) (\w+) split ([\d.]+) for ([\d.]+)")


def scaled(text: str | None) -> int:
    """A decimal as the integer that the ledger holds."""
    return int(Decimal(text or "0").scaleb(8))


def event(line: str) -> Trade | Split:
    """One line of the ledger."""
    if split := SPLIT.fullmatch(line):
        day, name, new, old = split.groups()
        return Split(datetime(2024, 1, int(day)), name, scaled(new), scaled(old))
    day, name, quantity, price, fee, lot = TRADE.fullmatch(line).groups()
    consideration = abs(Decimal(quantity)) * Decimal(price)
    return Trade(
        datetime(2024, 1, int(day), 12), name, scaled(quantity), scaled(f"{consideration:f}"), scaled(fee), lot
    )


def plain(amount: int) -> str:
    """Without zeros at the end."""
    return f"{Decimal(amount).scaleb(-8).normalize():f}"


def told(part: Slice) -> str:
    """A slice in words."""
    text = f"{part.lot_id} {plain(part.quantity)} cost {plain(part.cost)} fee {plain(part.entry_fee)}"
    if part.closed_by is None:
        return text
    ending = f" {plain(part.proceeds)} fee {plain(part.exit_fee)}" if part.proceeds is not None else ""
    fallback = " by fallback" if part.is_fallback else ""
    return f"{text} -> {part.closed_by} {part.close_reason}{ending}{fallback}"


def lines(text: str) -> list[str]:
    """Lines of a ledger."""
    return [line.strip() for line in text.strip().splitlines()]


def slices(happened: str, method: str = "FIFO") -> list[str]:
    """What follows from a ledger, in the order of the fold."""
    return [told(part) for part in replay(map(event, lines(happened)), [], LotMethod(method))]


CASES = {
    "long: oldest lots go first, in parts": ("FIFO", """
        1 a +10 @ 20 fee 1
        2 b +10 @ 30 fee 2
        3 s -15 @ 40 fee 3
    """, """
        a 10 cost 200 fee 1 -> s sold 400 fee 2
        b 5 cost 150 fee 1 -> s sold 200 fee 1
        b 5 cost 150 fee 1
    """),
    "last in, first out": ("LIFO", """
        1 a +10 @ 20
        2 b +10 @ 30
        3 s -15 @ 40
    """, """
        b 10 cost 300 fee 0 -> s sold 400 fee 0
        a 5 cost 100 fee 0 -> s sold 200 fee 0
        a 5 cost 100 fee 0
    """),
    "highest cost first, of equal ones the oldest": ("HIFO", """
        1 a +10 @ 20
        2 b +10 @ 30
        3 c +10 @ 30
        4 s -15 @ 40
    """, """
        b 10 cost 300 fee 0 -> s sold 400 fee 0
        c 5 cost 150 fee 0 -> s sold 200 fee 0
        a 10 cost 200 fee 0
        c 5 cost 150 fee 0
    """),
    "lowest cost first": ("LOFO", """
        1 a +10 @ 30
        2 b +10 @ 20
        3 s -5 @ 40
    """, """
        b 5 cost 100 fee 0 -> s sold 200 fee 0
        a 10 cost 300 fee 0
        b 5 cost 100 fee 0
    """),
    "short: cost is what was received, proceeds what it takes to cover": ("FIFO", """
        1 a -10 @ 20 fee 1
        2 c +4 @ 15 fee 0.5
    """, """
        a -4 cost -80 fee 0.4 -> c covered -60 fee 0.5
        a -6 cost -120 fee 0.6
    """),
    "flip: one trade closes and opens, its fee split by quantity": ("FIFO", """
        1 a +10 @ 20
        2 f -25 @ 30 fee 5
    """, """
        a 10 cost 200 fee 0 -> f sold 300 fee 2
        f -15 cost -450 fee 3
    """),
    "flip back: from short to long": ("FIFO", """
        1 a -10 @ 20
        2 f +30 @ 10 fee 3
    """, """
        a -10 cost -200 fee 0 -> f covered -100 fee 1
        f 20 cost 200 fee 2
    """),
    "flat: nothing is left": ("FIFO", """
        1 a +10 @ 20
        2 s -10 @ 25
    """, """
        a 10 cost 200 fee 0 -> s sold 250 fee 0
    """),
    "average: a buy re-prices the pool, a sale does not": ("AVERAGE", """
        1 a +10 @ 20 fee 1
        2 b +10 @ 30 fee 1
        3 s -5 @ 40
        4 c +5 @ 45
    """, """
        a 10 cost 200 fee 1 -> b pooled
        a 5 cost 125 fee 0.5 -> s sold 200 fee 0
        a 15 cost 375 fee 1.5 -> c pooled
        a 20 cost 600 fee 1.5
    """),
    "average: a pool that was flat begins anew": ("AVERAGE", """
        1 a +10 @ 20
        2 s -10 @ 30
        3 b +10 @ 50
    """, """
        a 10 cost 200 fee 0 -> s sold 300 fee 0
        b 10 cost 500 fee 0
    """),
    "average: a flip opens a pool of its own": ("AVERAGE", """
        1 a +10 @ 20
        2 b +10 @ 40
        3 f -30 @ 50 fee 3
    """, """
        a 10 cost 200 fee 0 -> b pooled
        a 20 cost 600 fee 0 -> f sold 1000 fee 2
        f -10 cost -500 fee 1
    """),
    "residue: thirds of a hundred, the last one takes the cent that is left": ("FIFO", """
        1 a +3 @ 33.33333333 fee 1
        2 s -1 @ 50
        3 t -1 @ 50
        4 u -1 @ 50
    """, """
        a 1 cost 33.33333333 fee 0.33333333 -> s sold 50 fee 0
        a 1 cost 33.33333333 fee 0.33333334 -> t sold 50 fee 0
        a 1 cost 33.33333333 fee 0.33333333 -> u sold 50 fee 0
    """),
    "residue: a fee over three lots": ("FIFO", """
        1 a +1 @ 10
        2 b +1 @ 10
        3 c +1 @ 10
        4 s -3 @ 20 fee 0.00000002
    """, """
        a 1 cost 10 fee 0 -> s sold 20 fee 0.00000001
        b 1 cost 10 fee 0 -> s sold 20 fee 0.00000001
        c 1 cost 10 fee 0 -> s sold 20 fee 0
    """),
    "split three for two: more units, the same cost and age": ("FIFO", """
        1 a +10 @ 30
        2 x split 3 for 2
        3 s -5 @ 25
    """, """
        a 10 cost 300 fee 0 -> x split
        a 5 cost 100 fee 0 -> s sold 125 fee 0
        a 10 cost 200 fee 0
    """),
    "split one for four, of a short": ("FIFO", """
        1 a -10 @ 30
        2 x split 1 for 4
        3 c +2.5 @ 100
    """, """
        a -10 cost -300 fee 0 -> x split
        a -2.5 cost -300 fee 0 -> c covered -250 fee 0
    """),
    "split of a lot of which no unit is left: it ends for nothing, its cost is lost": ("FIFO", """
        1 a +0.00000001 @ 3000
        2 b +10 @ 30 fee 1
        3 x split 1 for 4
    """, """
        a 0.00000001 cost 0.00003 fee 0 -> x sold 0 fee 0
        b 10 cost 300 fee 1 -> x split
        b 2.5 cost 300 fee 1
    """),
    "split one for three of three lots: together they are the third of the position": ("FIFO", """
        1 a +100 @ 30
        1 b +100 @ 31
        1 c +100 @ 32
        2 x split 1 for 3
        3 s -100 @ 90
    """, """
        a 100 cost 3000 fee 0 -> x split
        b 100 cost 3100 fee 0 -> x split
        c 100 cost 3200 fee 0 -> x split
        a 33.33333333 cost 3000 fee 0 -> s sold 2999.9999997 fee 0
        b 33.33333334 cost 3100 fee 0 -> s sold 3000.0000006 fee 0
        c 33.33333333 cost 3200 fee 0 -> s sold 2999.9999997 fee 0
    """),
    "split one for three of three shorts": ("LIFO", """
        1 a -100 @ 30
        1 b -100 @ 31
        1 c -100 @ 32
        2 x split 1 for 3
        3 t +100 @ 90
    """, """
        a -100 cost -3000 fee 0 -> x split
        b -100 cost -3100 fee 0 -> x split
        c -100 cost -3200 fee 0 -> x split
        c -33.33333333 cost -3200 fee 0 -> t covered -2999.9999997 fee 0
        b -33.33333334 cost -3100 fee 0 -> t covered -3000.0000006 fee 0
        a -33.33333333 cost -3000 fee 0 -> t covered -2999.9999997 fee 0
    """),
    "split of lots of single units: one of three gets the unit that is left": ("FIFO", """
        1 a +0.00000001 @ 300
        2 b +0.00000001 @ 600
        3 c +0.00000001 @ 900
        4 x split 1 for 3
    """, """
        a 0.00000001 cost 0.000003 fee 0 -> x sold 0 fee 0
        b 0.00000001 cost 0.000006 fee 0 -> x split
        c 0.00000001 cost 0.000009 fee 0 -> x sold 0 fee 0
        b 0.00000001 cost 0.000006 fee 0
    """),
    "split when nothing is held": ("FIFO", """
        1 x split 2 for 1
        2 a +10 @ 30
    """, """
        a 10 cost 300 fee 0
    """),
    "specified: the named lot goes first, the rest falls back to the oldest": ("SPECID", """
        1 a +10 @ 20
        2 b +10 @ 30
        3 c +10 @ 40
        4 s -15 @ 50 lot b
    """, """
        b 10 cost 300 fee 0 -> s sold 500 fee 0
        a 5 cost 100 fee 0 -> s sold 250 fee 0 by fallback
        a 5 cost 100 fee 0
        c 10 cost 400 fee 0
    """),
    "specified: a name that no open lot has": ("SPECID", """
        1 a +10 @ 20
        2 s -5 @ 50 lot z
    """, """
        a 5 cost 100 fee 0 -> s sold 250 fee 0 by fallback
        a 5 cost 100 fee 0
    """),
    "specified: a sale or a cover that names no lot": ("SPECID", """
        1 a -10 @ 20
        2 s split 2 for 1
        2 b +5 @ 6
        3 c +10 @ 7 lot a
    """, """
        a -10 cost -200 fee 0 -> s split
        a -5 cost -50 fee 0 -> b covered -30 fee 0 by fallback
        a -10 cost -100 fee 0 -> c covered -70 fee 0
        a -5 cost -50 fee 0
    """),
    "ties: lots of one instant go by id": ("FIFO", """
        1 a2 +10 @ 20
        1 a1 +10 @ 30
        2 s -10 @ 40
    """, """
        a1 10 cost 300 fee 0 -> s sold 400 fee 0
        a2 10 cost 200 fee 0
    """),
}  # fmt: skip


@pytest.mark.parametrize(("method", "happened", "expected"), CASES.values(), ids=CASES)
def test_lots(method, happened, expected):
    """Given what happened, these slices follow."""
    assert lines(expected) == slices(happened, method)


def test_carried_parts_of_one_lot_are_joined():
    """A later sale had cut the lot; it is replayed together with what came before it."""
    bought = event("1 a +10 @ 20 fee 1")
    sold, late = event("5 s -4 @ 30"), event("3 l -3 @ 25")
    (sold_part, open_part) = replay([bought, sold], [], LotMethod.FIFO)
    carried = [open_part, Slice(**{name: getattr(sold_part, name) for name in Slice.__slots__[:7]})]

    assert [
        "a 3 cost 60 fee 0.3 -> l sold 75 fee 0",
        "a 4 cost 80 fee 0.4 -> s sold 120 fee 0",
        "a 3 cost 60 fee 0.3",
    ] == [told(part) for part in replay([late, sold], carried, LotMethod.FIFO)]


def test_a_split_sees_carried_parts_as_the_lot_that_they_are_of():
    """A sale after the split had cut the lot; replayed with a late split before it, the parts are rounded as one."""
    bought, split, sold = event("1 a +100 @ 30"), event("3 x split 1 for 3"), event("5 s -50 @ 30")
    parts = replay([bought, sold], [], LotMethod.FIFO)
    carried = [Slice(**{name: getattr(part, name) for name in Slice.__slots__[:7]}) for part in parts]

    assert [told(part) for part in replay([bought, split], [], LotMethod.FIFO)] == [
        told(part) for part in replay([split], carried, LotMethod.FIFO)
    ]
    assert "a 33.33333333 cost 3000 fee 0" == told(replay([split], carried, LotMethod.FIFO)[-1])


def test_nothing_follows_from_nothing():
    """No events and nothing carried."""
    assert [] == replay([], [], LotMethod.FIFO)


def test_unit_cost_is_positive_for_long_and_short():
    """What one unit cost, or brought in."""
    assert [20, 20] == [
        replay([event(f"1 a {sign}10 @ 20")], [], LotMethod.FIFO)[0].unit_cost // 10**8 for sign in "+-"
    ]
