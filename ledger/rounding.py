"""Division of scaled integers. Rounding is half away from zero, and happens only here."""

from __future__ import annotations


def divide(numerator: int, denominator: int) -> int:
    """Return numerator / denominator, rounded half away from zero.

    Raises:
        ZeroDivisionError: the denominator is 0.
    """
    sign = -1 if (numerator < 0) != (denominator < 0) else 1
    dividend, divisor = abs(numerator), abs(denominator)
    return sign * ((2 * dividend + divisor) // (2 * divisor))


def part_of(amount: int, quantity: int, whole_quantity: int) -> int:
    """Return the share of ``amount`` that belongs to ``quantity`` out of ``whole_quantity``.

    Whoever takes the last unit takes all that is left, so that parts always sum to the whole.
    """
    return amount if quantity == whole_quantity else divide(amount * quantity, whole_quantity)
