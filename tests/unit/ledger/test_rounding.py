"""Half away from zero, and only where a quotient is stored."""

from __future__ import annotations

import pytest

from ledger.rounding import divide, part_of


@pytest.mark.parametrize(
    ("numerator", "denominator", "expected"),
    [
        (1, 2, 1),
        (-1, 2, -1),
        (1, -2, -1),
        (-1, -2, 1),
        (1, 3, 0),
        (2, 3, 1),
        (-2, 3, -1),
        (3, 2, 2),
        (5, 2, 3),
        (0, 7, 0),
        (10**40 + 1, 2, 5 * 10**39 + 1),
    ],
)
def test_divide_rounds_half_away_from_zero(numerator, denominator, expected):
    """Half up for a gain and half down for a loss; exact for integers of any length."""
    assert expected == divide(numerator, denominator)


def test_a_quotient_by_zero_is_an_error():
    """It is never a silent 0."""
    with pytest.raises(ZeroDivisionError):
        divide(1, 0)


def test_the_last_unit_takes_what_is_left():
    """Parts taken one after the other sum to the whole."""
    left, units, parts = 100, 7, []
    while units:
        parts.append(part_of(left, 1, units))
        left, units = left - parts[-1], units - 1

    assert (100, 0) == (sum(parts), left)
    assert [14, 14, 14, 15, 14, 15, 14] == parts
