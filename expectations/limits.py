"""Every bound of what counts as plausible, with its reason, in one place: a limit that somebody wants to move is here.

Beyond a bound named ``ODD`` an event is reported and the books are published: it may be true. Beyond one named
``WRONG`` the books would lie, and the gate closes: correct the event (CANCEL or AMEND), or move the bound if it is
true.
"""

from __future__ import annotations

from typing import Final

PRICE_RATIO_ODD: Final = 1.5
"""A price half as much again as the close before, or its inverse: takeovers and bad news do it, a few times a year."""

PRICE_RATIO_WRONG: Final = 50.0
"""Fifty times the close before, or its inverse: cents for dollars (100), a lost decimal point, a split not declared."""

CLOSE_BEFORE_DAYS_MOST: Final = 30
"""An older close says nothing of what a price should be: nothing is compared with it."""

SIZE_RATIO_ODD: Final = 100.0
"""A hundred times the usual size of an account in a symbol, or of its cash: clients grow, but not so fast."""

USUAL_LEAST_COUNT: Final = 5
"""Fewer events than this tell nothing about what is usual."""

USUAL_DAYS: Final = 365
"""What is usual is the middle of one year."""

LATE_DAYS_ODD: Final = 3650.0
"""An event that is recorded ten years after it happened: more often a slip in the year than a late event."""

PRICE_AGE_DAYS_ODD: Final = 5
"""Valuation days that a price may be carried before it counts as stale (docs/definitions.md)."""

PRICED_SHARE_ODD: Final = 0.5
"""On a valuation day fewer than half of the symbols held have a price: part of a feed is missing."""

FEED_SYMBOLS_LEAST: Final = 3
"""From so many symbols held on, a valuation day that prices none of them has lost its feed; one or two may be quiet."""

FEED_DAYS_WRONG: Final = 10
"""Days of events after the last price: longer than any market stays closed, so the books would value nothing of it."""
