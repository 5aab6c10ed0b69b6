"""What is expected of new events: structure as eventlog/events.py declares it, plausibility written by hand.

Structure is critical, and intake has seen to it. Plausibility is a warning: a true event may be odd, and odd is no
reason to withhold the books. What would make the books lie is asked of the events that hold, in
expectations/whole_run.py: one that was corrected is still new, and its correction should open the gate.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

import duckdb
import pandas as pd
from great_expectations.expectations.expectation import Expectation

from eventlog.events import SCALE, STREAMS, EventType, Field, Kind
from expectations.limits import LATE_DAYS_ODD, SIZE_RATIO_ODD
from expectations.rules import (
    NUMBER_MAX,
    WARNING,
    Suite,
    between,
    exact_columns,
    given,
    holds,
    matching,
    median_between,
    not_before,
    one_of,
    unique,
)

LAWS_HOLD: Final = "laws_hold"

_SMALLEST: Final = Decimal(1).scaleb(-SCALE)
"""What two numbers of the log differ by at least."""

_AGE: Final = "days_until_recorded"
CONTEXT: Final[dict[str, tuple[str, ...]]] = {
    "trades": ("quantity_to_usual", _AGE),
    "prices": (_AGE,),
    "cash_events": ("amount_to_usual", _AGE),
}
"""What a batch brings beside the columns of its stream: each event beside what was known (flows/plausibility.py).

A ratio is NULL where nothing is known to compare with.
"""


def stream_suite(stream: str) -> Suite:
    """The suite of a stream's new events."""
    event_type = STREAMS[stream]
    derived = {LAWS_HOLD: lambda rows: lawful(event_type, rows)} if event_type.laws else {}
    return Suite(stream, ("event_id",), (*structure(event_type), *PLAUSIBILITY.get(stream, list)()), derived)


def structure(event_type: EventType) -> list[Expectation]:
    """The declaration of a stream, as expectations."""
    columns = [*(field.name for field in event_type.fields), *CONTEXT.get(event_type.stream, ())]
    stated = given(*(field.name for field in event_type.fields if not field.is_nullable))
    fields = [*stated, *(expectation for field in event_type.fields for expectation in _field(field))]
    laws = [holds(LAWS_HOLD, "the fields of an event satisfy the laws of the stream")]
    if not event_type.laws:
        return [exact_columns(columns), unique("event_id"), *fields]
    return [exact_columns([*columns, LAWS_HOLD]), unique("event_id"), *fields, *laws]


def lawful(event_type: EventType, rows: pd.DataFrame) -> pd.Series:
    """Whether each event breaches no law of its stream; the laws are SQL, so DuckDB judges them.

    Numbers come as doubles, of which ten thousand times one may be more than what was stated: they are decimals again.
    """
    breaches = " or ".join(f"coalesce({law.breach}, false)" for law in event_type.laws)
    numbers = [field.name for field in event_type.body if field.kind in (Kind.NUMBER, Kind.AMOUNT)]
    exact = ", ".join(f"try_cast({name} as decimal(38, {SCALE})) as {name}" for name in numbers)
    with duckdb.connect() as database:
        database.register("events", rows)
        judged = f"select not ({breaches}) as lawful from (select * replace ({exact}) from events)"
        return database.execute(judged).df()["lawful"]


def _field(field: Field) -> list[Expectation]:
    """What the declaration says of the values of one column."""
    expectations = []
    if field.choices:
        expectations.append(one_of(field.name, field.choices))
    if field.pattern:
        expectations.append(matching(field.name, field.pattern))
    if _is_bounded(field):
        expectations.append(_bounds(field))
    return expectations


def _is_bounded(field: Field) -> bool:
    return not field.above is field.least is field.below is None


def _bounds(field: Field) -> Expectation:
    """The greatest number that a field may hold is itself allowed: a double can't tell it from the bound above it."""
    least = field.least if field.above is None else field.above
    return between(
        field.name,
        -NUMBER_MAX if least is None else float(least),
        NUMBER_MAX if field.below is None else float(field.below - _SMALLEST),
        is_above=field.above is not None,
    )


def plausible_trades() -> list[Expectation]:
    """Retail to institutional sizes; nothing is executed after the log knew of it."""
    return [
        between("quantity", 0, 1e7, severity=WARNING),
        between("price", 1e-4, 1e6, severity=WARNING),
        between("fee", 0, 1e4, severity=WARNING),
        median_between("price", 0.1, 1e4),
        between("quantity_to_usual", 0, SIZE_RATIO_ODD, severity=WARNING),
        not_before("recorded_at", "occurred_at", WARNING),
        not_long_ago(),
    ]


def plausible_prices() -> list[Expectation]:
    """A close is stamped at the end of its day, so it may be recorded before it."""
    return [
        between("price", 1e-4, 1e6, severity=WARNING),
        median_between("price", 0.1, 1e4),
        not_long_ago(),
    ]


def plausible_cash_events() -> list[Expectation]:
    """No single movement of a thousand million."""
    return [
        between("amount", 0.01, 1e9, severity=WARNING),
        between("amount_to_usual", 0, SIZE_RATIO_ODD, severity=WARNING),
        not_before("recorded_at", "occurred_at", WARNING),
        not_long_ago(),
    ]


def not_long_ago() -> Expectation:
    """Late is what the log is for; ten years late is more often a slip in the year."""
    return between(_AGE, -NUMBER_MAX, LATE_DAYS_ODD, severity=WARNING)


def plausible_corporate_actions() -> list[Expectation]:
    """A split or dividend beyond these figures is usually a slip of units."""
    return [
        between("numerator", 0, 1000, severity=WARNING),
        between("denominator", 0, 1000, severity=WARNING),
        between("amount_per_share", 0, 1000, severity=WARNING),
        not_before("pay_date", "ex_date", WARNING),
    ]


def plausible_fx_rates() -> list[Expectation]:
    """The weakest currencies trade at some 100,000 for the strongest."""
    return [between("rate", 1e-6, 1e6, severity=WARNING)]


def plausible_corrections() -> list[Expectation]:
    """The fee that a broker keeps is a small one."""
    return [between("fee_retained", 0, 1e4, severity=WARNING)]


def plausible_references() -> list[Expectation]:
    """Accounts and symbols should have a name for the reader."""
    return given("name", severity=WARNING)


PLAUSIBILITY: Final[dict[str, Callable[[], list[Expectation]]]] = {
    "trades": plausible_trades,
    "prices": plausible_prices,
    "cash_events": plausible_cash_events,
    "corporate_actions": plausible_corporate_actions,
    "fx_rates": plausible_fx_rates,
    "corrections": plausible_corrections,
    "accounts": plausible_references,
    "symbols": plausible_references,
}
