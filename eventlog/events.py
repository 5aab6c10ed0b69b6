"""The one declaration of every stream: fields, types, units, bounds and schema version.

The Arrow schema, the intake checks, dbt's sources, the structural expectations and docs/events.md are all rendered
from ``STREAMS``. Nothing else in the house states a column of an event.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from typing import Final

import pyarrow as pa

SCALE: Final = 8
"""Decimals of every quantity, price and amount (docs/decisions/0002-eight-decimals.md)."""

SCHEMA_VERSION: Final = 1

SYMBOL_PATTERN: Final = r"[A-Z0-9.\-]{1,16}"
IDENTIFIER_PATTERN: Final = r"[A-Za-z0-9._:\-]{1,64}"
CURRENCY_PATTERN: Final = r"[A-Z]{3}"
TEXT_LENGTH_MAX: Final = 500
OUT_OF_REACH: Final = Decimal("1e10")
"""No quantity, price or amount reaches ten thousand million, so that every product fits 38 digits."""


class Kind(StrEnum):
    """What a field holds, independent of the engine that stores it."""

    TEXT = "text"
    NUMBER = "number"
    AMOUNT = "amount"
    INTEGER = "integer"
    TIMESTAMP = "timestamp"
    DATE = "date"

    @property
    def arrow_type(self) -> pa.DataType:
        """The type of the column in a batch file."""
        return _ARROW_TYPES[self]

    @property
    def sql_type(self) -> str:
        """The type of the column in DuckDB."""
        return _SQL_TYPES[self]


_ARROW_TYPES: Final = {
    Kind.TEXT: pa.string(),
    Kind.NUMBER: pa.decimal128(18, SCALE),
    Kind.AMOUNT: pa.decimal128(28, SCALE),
    Kind.INTEGER: pa.int64(),
    Kind.TIMESTAMP: pa.timestamp("us"),
    Kind.DATE: pa.date32(),
}
_SQL_TYPES: Final = {
    Kind.TEXT: "varchar",
    Kind.NUMBER: f"decimal(18, {SCALE})",
    Kind.AMOUNT: f"decimal(28, {SCALE})",
    Kind.INTEGER: "bigint",
    Kind.TIMESTAMP: "timestamp",
    Kind.DATE: "date",
}


@dataclass(frozen=True, slots=True)
class Field:
    """One column of a stream.

    ``above`` is an exclusive and ``least`` an inclusive lower bound; ``below`` an exclusive upper bound. ``default``
    fills a missing value; a field that is neither ``required`` nor has a default may be NULL.
    """

    name: str
    kind: Kind
    description: str
    required: bool = True
    default: str | None = None
    choices: tuple[str, ...] = ()
    pattern: str | None = None
    above: Decimal | None = None
    least: Decimal | None = None
    below: Decimal | None = None
    unit: str | None = None
    default_when: str = "true"
    """SQL condition on the event under which ``default`` applies."""
    date_only_offsets_us: tuple[tuple[str, int], ...] = ()
    """Of a time: as ``EventType.date_only_offsets_us`` for the time of the event itself."""

    @property
    def is_nullable(self) -> bool:
        """Whether a valid event may have no value here."""
        return not self.required and (self.default is None or self.default_when != "true")


@dataclass(frozen=True, slots=True)
class Law:
    """What the fields of one event must satisfy together: an SQL condition that marks a breach, and its name."""

    breach: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class EventType:
    """A stream: its name, what one event of it says, and the fields of its body."""

    stream: str
    description: str
    body: tuple[Field, ...]
    date_only_offsets_us: tuple[tuple[str, int], ...] = ()
    """SQL condition on the body -> microseconds added to midnight when an event states a date without a time."""
    laws: tuple[Law, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def fields(self) -> tuple[Field, ...]:
        """Envelope and body, in the order of the batch file."""
        return (*ENVELOPE, *self.body)

    @property
    def arrow_schema(self) -> pa.Schema:
        """The exact schema of a batch file of this stream."""
        return pa.schema(pa.field(field.name, field.kind.arrow_type, field.is_nullable) for field in self.fields)


ENVELOPE: Final = (
    Field("event_id", Kind.TEXT, "Identity of the event, given by its source.", pattern=IDENTIFIER_PATTERN),
    Field("occurred_at", Kind.TIMESTAMP, "When it happened in the market.", unit="UTC"),
    Field("recorded_at", Kind.TIMESTAMP, "When this log accepted it (the known time).", unit="UTC"),
    Field("batch_id", Kind.TEXT, "The batch that brought it into the log.", pattern=r"[0-9a-f]{32}"),
    Field("schema_version", Kind.INTEGER, "Version of this declaration under which it was written."),
)
SOURCE_ENVELOPE: Final = ("event_id", "occurred_at", "schema_version")
"""Envelope columns that a source may state; the log itself writes the others."""

ALIASES: Final = {"timestamp": "occurred_at", "timestamp_ms": "occurred_at", "event_version": "schema_version"}
"""Other names under which files may state an envelope column."""

LOT_METHODS: Final = ("FIFO", "LIFO", "HIFO", "LOFO", "AVERAGE", "SPECID")
CASH_IN: Final = ("DEPOSIT", "DIVIDEND", "INTEREST")
CASH_OUT: Final = ("WITHDRAWAL", "FEE", "TAX")


def _stated_when(condition: str, names: tuple[str, ...]) -> tuple[Law, ...]:
    return tuple(Law(f"({condition}) and {name} is null", "MISSING_VALUE", name) for name in names)


def _symbol(description: str = "Instrument, as the market writes it.", *, required: bool = True) -> Field:
    return Field("symbol", Kind.TEXT, description, required=required, pattern=SYMBOL_PATTERN)


def _account(description: str = "Account that the event belongs to.") -> Field:
    return Field("account_id", Kind.TEXT, description, pattern=IDENTIFIER_PATTERN)


def _defaulted(
    name: str, description: str, default: str, *, pattern: str | None = None, choices: tuple[str, ...] = ()
) -> Field:
    return Field(name, Kind.TEXT, description, required=False, default=default, pattern=pattern, choices=choices)


def _currency() -> Field:
    return _defaulted("currency", "Currency of the amounts.", "USD", pattern=CURRENCY_PATTERN)


def _positive(name: str, kind: Kind, description: str, *, required: bool = True, unit: str | None = None) -> Field:
    return Field(name, kind, description, required=required, above=Decimal(0), below=OUT_OF_REACH, unit=unit)


def _note(name: str, description: str) -> Field:
    return Field(name, Kind.TEXT, description, required=False)


TRADES: Final = EventType(
    stream="trades",
    description="One execution: an account bought or sold a quantity of a symbol at a price.",
    body=(
        _account(),
        _symbol(),
        Field("side", Kind.TEXT, "Direction.", choices=("BUY", "SELL")),
        _positive("quantity", Kind.NUMBER, "Units traded, unsigned.", unit="units"),
        _positive("price", Kind.NUMBER, "Price per unit.", unit="currency"),
        Field("fee", Kind.AMOUNT, "Commission and fees of the execution.", required=False, default="0",
              least=Decimal(0), below=OUT_OF_REACH, unit="currency"),
        _currency(),
        _positive("consideration", Kind.AMOUNT, "Stated amount before fees; wins over quantity x price.",
                  required=False, unit="currency"),
        Field("settle_date", Kind.DATE, "When cash and securities change hands.", required=False),
        Field("lot_id", Kind.TEXT, "The lot that a sale names (SPECID).", required=False, pattern=IDENTIFIER_PATTERN),
        _note("venue", "Where it was executed."),
    ),
    date_only_offsets_us=(("side = 'BUY'", 2), ("side = 'SELL'", 3)),
)  # fmt: skip

PRICES: Final = EventType(
    stream="prices",
    description="The close of a symbol on the day of occurred_at; the last one of a day holds.",
    body=(
        _symbol(),
        _positive("price", Kind.NUMBER, "Close.", unit="currency"),
        _currency(),
        _note("source", "Who states the price."),
    ),
    date_only_offsets_us=(("true", 86_399_999_999),),
)

CASH_EVENTS: Final = EventType(
    stream="cash_events",
    description="Money that moved in an account other than by a trade.",
    body=(
        _account(),
        Field("type", Kind.TEXT, "What moved; it gives the direction.", choices=CASH_IN + CASH_OUT),
        _positive("amount", Kind.AMOUNT, "Amount, unsigned.", unit="currency"),
        _currency(),
        _symbol("The symbol that paid or was charged for.", required=False),
        _note("description", "Free text."),
    ),
    date_only_offsets_us=(
        (f"type in {CASH_IN}", 1),
        (f"type in {CASH_OUT}", 4),
    ),
)

CORPORATE_ACTIONS: Final = EventType(
    stream="corporate_actions",
    description="What an issuer did to all holders of a symbol.",
    body=(
        _symbol(),
        Field("type", Kind.TEXT, "What happened.", choices=("SPLIT", "DIVIDEND")),
        _positive("numerator", Kind.NUMBER, "Split: new units ...", required=False, unit="units"),
        _positive("denominator", Kind.NUMBER, "... for so many old ones.", required=False, unit="units"),
        Field("effective_date", Kind.DATE, "Split: the day at whose start it takes effect.", required=False),
        _positive("amount_per_share", Kind.NUMBER, "Dividend per unit.", required=False, unit="currency"),
        Field("ex_date", Kind.DATE, "Dividend: first day without entitlement.", required=False),
        Field("pay_date", Kind.DATE, "Dividend: the day it is paid.", required=False),
        _currency(),
    ),
    date_only_offsets_us=(("true", 0),),
    laws=(
        *_stated_when("type = 'SPLIT'", ("numerator", "denominator", "effective_date")),
        Law(
            "type = 'SPLIT' and (numerator > 10000 * denominator or denominator > 10000 * numerator)",
            "OUT_OF_BOUNDS",
            "numerator",
        ),
        *_stated_when("type = 'DIVIDEND'", ("amount_per_share", "ex_date", "pay_date")),
    ),
)

FX_RATES: Final = EventType(
    stream="fx_rates",
    description="One unit of the base currency is worth so much of the quote currency.",
    body=(
        Field("base", Kind.TEXT, "Base currency.", pattern=CURRENCY_PATTERN),
        Field("quote", Kind.TEXT, "Quote currency.", pattern=CURRENCY_PATTERN),
        _positive("rate", Kind.NUMBER, "Quote units for one base unit.", unit="quote per base"),
    ),
    date_only_offsets_us=(("true", 86_399_999_999),),
    laws=(Law("base = quote", "WITHOUT_EFFECT", "quote"),),
)

ACCOUNTS: Final = EventType(
    stream="accounts",
    description="Reference: an account as of occurred_at; the latest one holds for the whole history.",
    body=(
        _account("Identity of the account."),
        _note("name", "Name of the client or portfolio."),
        _defaulted("base_currency", "Currency of its reports.", "USD", pattern=CURRENCY_PATTERN),
        _defaulted("lot_method", "How sales choose their lots.", "FIFO", choices=LOT_METHODS),
        Field("benchmark_symbol", Kind.TEXT, "Symbol or account it is measured against.", required=False,
              pattern=SYMBOL_PATTERN),
        Field("opened_on", Kind.DATE, "When the account was opened.", required=False),
    ),
    date_only_offsets_us=(("true", 0),),
)  # fmt: skip

SYMBOLS: Final = EventType(
    stream="symbols",
    description="Reference: an instrument as of occurred_at; the latest one holds.",
    body=(
        _symbol("Identity of the instrument."),
        _note("name", "Name of the instrument."),
        _note("sector", "Sector."),
        _currency(),
        _defaulted("asset_class", "Asset class; RISK_FREE: an overnight index.", "EQUITY"),
    ),
    date_only_offsets_us=(("true", 0),),
)

CORRECTABLE: Final = (TRADES, PRICES, CASH_EVENTS, CORPORATE_ACTIONS, FX_RATES, ACCOUNTS, SYMBOLS)


def _amends(*streams: str) -> str:
    return f"action = 'AMEND' and corrects_stream in ({', '.join(repr(stream) for stream in streams)})"


def _places_in_the_day() -> tuple[tuple[str, int], ...]:
    """Where a day that an AMEND states lies: where its own stream puts what it now says."""
    return tuple(
        (f"corrects_stream = '{event_type.stream}' and {condition}", offset_us)
        for event_type in CORRECTABLE
        for condition, offset_us in event_type.date_only_offsets_us
    )


def _amended_body() -> tuple[Field, ...]:
    """Every field of every correctable body, once and optional: an AMEND states those of its own stream."""
    first: dict[str, Field] = {}
    streams_with_default: dict[str, list[str]] = {}
    for event_type in CORRECTABLE:
        for field in event_type.body:
            first.setdefault(field.name, field)
            if field.default is not None:
                streams_with_default.setdefault(field.name, []).append(event_type.stream)
    return tuple(
        replace(
            field,
            description=f"AMEND: {field.description}",
            required=False,
            choices=(),
            default_when=_amends(*streams_with_default[name]) if name in streams_with_default else "true",
        )
        for name, field in first.items()
    )


def _amended_laws() -> tuple[Law, ...]:
    """An AMEND must state what its own stream requires.

    Corrections are not amended: a later correction of the same event, with a higher revision, says the same plainly.
    Only a cancelled trade has a fee that somebody could keep. A correction can't correct itself; an event of another
    stream may have its id.
    """
    laws = [
        Law("action = 'AMEND' and corrects_stream = 'corrections'", "WITHOUT_EFFECT", "corrects_stream"),
        Law("corrects_stream = 'corrections' and corrects_event_id = event_id", "WITHOUT_EFFECT", "corrects_event_id"),
        Law("fee_retained > 0 and (action <> 'CANCEL' or corrects_stream <> 'trades')", "WITHOUT_EFFECT",
            "fee_retained"),
    ]  # fmt: skip
    for event_type in CORRECTABLE:
        amends = _amends(event_type.stream)
        laws += _stated_when(amends, tuple(field.name for field in event_type.body if field.required))
        laws += [
            Law(f"({amends}) and {field.name} not in {field.choices}", "UNKNOWN_VALUE", field.name)
            for field in event_type.body
            if field.choices
        ]
        laws += [Law(f"({amends}) and ({law.breach})", law.reason, law.detail) for law in event_type.laws]
    return tuple(laws)


CORRECTIONS: Final = EventType(
    stream="corrections",
    description="Removes (CANCEL) or replaces (AMEND) an earlier event; itself an event, nothing is rewritten.",
    body=(
        Field("action", Kind.TEXT, "CANCEL removes the event, AMEND replaces its body.", choices=("CANCEL", "AMEND")),
        Field("corrects_stream", Kind.TEXT, "Stream of the corrected event.",
              choices=(*(event_type.stream for event_type in CORRECTABLE), "corrections")),
        Field("corrects_event_id", Kind.TEXT, "The corrected event.", pattern=IDENTIFIER_PATTERN),
        Field("revision", Kind.INTEGER, "Of several corrections of one event the highest revision holds.",
              required=False, least=Decimal(0)),
        Field("fee_retained", Kind.AMOUNT, "CANCEL: the fee that the broker keeps.", required=False,
              least=Decimal(0), below=OUT_OF_REACH, unit="currency"),
        _note("reason", "Why."),
        Field("amended_occurred_at", Kind.TIMESTAMP, "AMEND: when it really happened; NULL keeps the stated time.",
              required=False, unit="UTC", date_only_offsets_us=_places_in_the_day()),
        *_amended_body(),
    ),
    date_only_offsets_us=(("true", 0),),
    laws=_amended_laws(),
)  # fmt: skip

STREAMS: Final = {
    event_type.stream: event_type
    for event_type in (TRADES, PRICES, CASH_EVENTS, CORPORATE_ACTIONS, FX_RATES, CORRECTIONS, ACCOUNTS, SYMBOLS)
}
"""Every stream of the log by name."""
