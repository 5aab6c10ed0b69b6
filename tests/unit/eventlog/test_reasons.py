"""What is refused, and why: the row that is wrong goes to quarantine with its words, the others get in."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pytest

from eventlog.checks import REASONS
from tests.unit.eventlog.conftest import NOON, Desk

GOOD = {
    "trades": {
        "event_id": "good",
        "occurred_at": "2024-06-03T09:30:00",
        "account_id": "ACC",
        "symbol": "KO",
        "side": "BUY",
        "quantity": "10",
        "price": "60",
        "fee": "1",
    },
    "prices": {"event_id": "good", "occurred_at": "2024-06-03", "symbol": "KO", "price": "60"},
    "cash_events": {
        "event_id": "good",
        "occurred_at": "2024-06-03",
        "account_id": "ACC",
        "type": "DEPOSIT",
        "amount": "5",
    },
    "corporate_actions": {
        "event_id": "good",
        "occurred_at": "2024-06-03",
        "symbol": "KO",
        "type": "SPLIT",
        "numerator": "2",
        "denominator": "1",
        "effective_date": "2024-06-03",
    },
    "accounts": {"event_id": "good", "occurred_at": "2024-06-03", "account_id": "ACC", "lot_method": "FIFO"},
    "corrections": {
        "event_id": "good",
        "occurred_at": "2024-06-03",
        "action": "CANCEL",
        "corrects_stream": "trades",
        "corrects_event_id": "t-1",
    },
}
AMEND = {"action": "AMEND", "account_id": "ACC", "symbol": "KO", "side": "BUY", "quantity": "1", "price": "60"}


def table(*rows: dict) -> pa.Table:
    """Rows as a file of text, so that nothing is lost on the way in."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return pa.table({name: pa.array([row.get(name) for row in rows], pa.string()) for name in names})


@pytest.mark.parametrize(
    ("stream", "wrong", "expected"),
    [
        ("trades", {"quantity": ""}, "MISSING_VALUE: quantity"),
        ("trades", {"account_id": "   "}, "MISSING_VALUE: account_id"),
        ("trades", {"occurred_at": None}, "MISSING_VALUE: occurred_at"),
        ("trades", {"quantity": "ten"}, "WRONG_TYPE: quantity"),
        ("trades", {"price": "1,000"}, "WRONG_TYPE: price"),
        ("trades", {"price": "0x10"}, "WRONG_TYPE: price"),
        ("trades", {"occurred_at": "yesterday"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "2023-02-29"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "03/06/2024"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "2024-06-03T09:30:00+99:00"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "2024-06-03T09:30:00+14:01"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "2024-06-03T09:30:00+01:60"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "202401021030"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "20240102"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "1717407000"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"occurred_at": "2024-06-03T09:30:00 BC"}, "WRONG_TYPE: occurred_at"),
        ("trades", {"settle_date": "soon"}, "WRONG_TYPE: settle_date"),
        ("trades", {"price": "NaN"}, "NOT_A_NUMBER: price"),
        ("trades", {"price": "inf"}, "NOT_A_NUMBER: price"),
        ("trades", {"quantity": "-Infinity"}, "NOT_A_NUMBER: quantity"),
        ("trades", {"fee": "nan"}, "NOT_A_NUMBER: fee"),
        ("trades", {"quantity": "0.123456789"}, "TOO_PRECISE: quantity"),
        ("trades", {"price": "1e-9"}, "TOO_PRECISE: price"),
        ("trades", {"fee": "1e-20"}, "TOO_PRECISE: fee"),
        ("trades", {"fee": "1.000000000000000000000001e0"}, "TOO_PRECISE: fee"),
        ("trades", {"fee": "123.456E-6"}, "TOO_PRECISE: fee"),
        ("trades", {"fee": "1e-9999"}, "WRONG_TYPE: fee"),
        ("trades", {"quantity": "0"}, "OUT_OF_BOUNDS: quantity"),
        ("trades", {"quantity": "-0.0"}, "OUT_OF_BOUNDS: quantity"),
        ("trades", {"quantity": "-5"}, "OUT_OF_BOUNDS: quantity"),
        ("trades", {"price": "0"}, "OUT_OF_BOUNDS: price"),
        ("trades", {"fee": "-1"}, "OUT_OF_BOUNDS: fee"),
        ("trades", {"quantity": "10000000000"}, "OUT_OF_BOUNDS: quantity"),
        ("trades", {"price": "1e300"}, "OUT_OF_BOUNDS: price"),
        ("trades", {"consideration": "1e12"}, "OUT_OF_BOUNDS: consideration"),
        ("trades", {"occurred_at": "1899-12-31"}, "OUT_OF_BOUNDS: occurred_at"),
        ("trades", {"side": "HOLD"}, "UNKNOWN_VALUE: side"),
        ("trades", {"side": "buy"}, "UNKNOWN_VALUE: side"),
        ("cash_events", {"type": "GIFT"}, "UNKNOWN_VALUE: type"),
        ("accounts", {"lot_method": "RANDOM"}, "UNKNOWN_VALUE: lot_method"),
        ("trades", {"symbol": "ko"}, "BAD_TEXT: symbol"),
        ("trades", {"symbol": "\u041a\u041e"}, "BAD_TEXT: symbol"),
        ("trades", {"symbol": "KO\u200b"}, "BAD_TEXT: symbol"),
        ("trades", {"symbol": "\u202eOK"}, "BAD_TEXT: symbol"),
        ("trades", {"symbol": "A" * 17}, "BAD_TEXT: symbol"),
        ("trades", {"symbol": "../../KO"}, "BAD_TEXT: symbol"),
        ("trades", {"event_id": "x" * 65}, "BAD_TEXT: event_id"),
        ("trades", {"event_id": "'; drop"}, "BAD_TEXT: event_id"),
        ("trades", {"venue": "v" * 501}, "BAD_TEXT: venue"),
        ("trades", {"venue": "one\ttwo"}, "BAD_TEXT: venue"),
        ("trades", {"currency": "usd"}, "BAD_TEXT: currency"),
        ("trades", {"occurred_at": "2024-06-04T12:00:01"}, "IN_THE_FUTURE: occurred_at"),
        ("trades", {"occurred_at": "9999-12-31"}, "IN_THE_FUTURE: occurred_at"),
        ("trades", {"schema_version": "2"}, "UNKNOWN_VERSION: schema_version"),
        ("trades", {"schema_version": "one"}, "UNKNOWN_VERSION: schema_version"),
        ("corporate_actions", {"numerator": None}, "MISSING_VALUE: numerator"),
        ("corporate_actions", {"type": "DIVIDEND"}, "MISSING_VALUE: amount_per_share"),
        ("corporate_actions", {"type": "MERGER"}, "UNKNOWN_VALUE: type"),
        ("corrections", {"action": "FORGET"}, "UNKNOWN_VALUE: action"),
        ("corrections", {"corrects_stream": "rumours"}, "UNKNOWN_VALUE: corrects_stream"),
        ("corrections", {"corrects_event_id": None}, "MISSING_VALUE: corrects_event_id"),
        ("corrections", {"revision": "-1"}, "OUT_OF_BOUNDS: revision"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else value,
)
def test_a_wrong_row_is_refused_alone(desk: Desk, stream, wrong, expected):
    """Given a good row, a wrong one and a good one: two get in, one is told why, by the number of its row."""
    good = GOOD[stream]
    bad = {**good, "event_id": "bad", **wrong}

    receipt = desk.take(stream, table(good, bad, {**good, "event_id": "also-good"}), "delivery.parquet")
    (refused,) = desk.quarantine(stream)

    assert ["also-good", "good"] == sorted(desk.column(stream, "event_id"))
    assert (expected, 2, NOON) == (
        f"{refused['reason']}: {refused['detail']}",
        refused["row_number"],
        refused["recorded_at"],
    )
    assert {expected.partition(":")[0]: 1} == receipt.reasons


@pytest.mark.parametrize(
    ("stream", "wrong", "expected"),
    [
        ("corrections", {"revision": "1.5"}, "WRONG_TYPE: revision"),
        ("corrections", {**AMEND, "amended_occurred_at": "infinity"}, "WRONG_TYPE: amended_occurred_at"),
        ("corrections", {**AMEND, "amended_occurred_at": "0001-01-01"}, "OUT_OF_BOUNDS: amended_occurred_at"),
        ("corrections", {**AMEND, "amended_occurred_at": "9999-12-31"}, "IN_THE_FUTURE: amended_occurred_at"),
        ("corporate_actions", {"effective_date": "infinity"}, "WRONG_TYPE: effective_date"),
        ("trades", {"settle_date": "infinity"}, "WRONG_TYPE: settle_date"),
        ("trades", {"settle_date": "2024-06-05 BC"}, "WRONG_TYPE: settle_date"),
        ("trades", {"quantity": "1_000"}, "WRONG_TYPE: quantity"),
        ("trades", {"price": "1.0000000000000000000001"}, "TOO_PRECISE: price"),
    ],
    ids=str,
)
def test_what_only_an_engine_would_take_is_refused(desk: Desk, stream, wrong, expected):
    """Infinite dates, years without end, a fraction of a revision: accepted once, they stay in the log for ever."""
    bad = {**GOOD[stream], **wrong}

    desk.take(stream, table(bad), "delivery.parquet")
    refused = [f"{row['reason']}: {row['detail']}" for row in desk.quarantine(stream)]

    assert [expected] == refused


def test_an_amended_time_may_have_an_offset(desk: Desk):
    """Half past nine in New York is half past one in UTC, in an AMEND as everywhere."""
    amended = {**GOOD["corrections"], **AMEND, "amended_occurred_at": "2024-06-03T09:30:00-04:00"}
    desk.take("corrections", table(amended), "delivery.parquet")

    assert [datetime(2024, 6, 3, 13, 30)] == desk.column("corrections", "amended_occurred_at")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (AMEND, datetime(2024, 6, 3, 0, 0, 0, 2)),
        ({**AMEND, "side": "SELL"}, datetime(2024, 6, 3, 0, 0, 0, 3)),
        (
            {"corrects_stream": "cash_events", "account_id": "A", "type": "FEE", "amount": "1"},
            datetime(2024, 6, 3, 0, 0, 0, 4),
        ),
        (
            {"corrects_stream": "prices", "symbol": "KO", "price": "61"},
            datetime(2024, 6, 3, 23, 59, 59, 999_999),
        ),
    ],
    ids=str,
)
def test_an_amended_day_lies_where_its_stream_puts_it(desk: Desk, body, expected):
    """A purchase comes before a sale, and a price is the close of its day, in an AMEND as everywhere."""
    stated = {**GOOD["corrections"], "action": "AMEND", **body, "amended_occurred_at": "2024-06-03"}
    desk.take("corrections", table(stated), "delivery.parquet")

    assert [expected] == desk.column("corrections", "amended_occurred_at")


@pytest.mark.parametrize(
    ("body", "reasons"),
    [
        (AMEND, {}),
        ({**AMEND, "quantity": None}, {"MISSING_VALUE": 1}),
        ({**AMEND, "side": None}, {"MISSING_VALUE": 1}),
        ({**AMEND, "account_id": None}, {"MISSING_VALUE": 1}),
        ({**AMEND, "side": "HOLD"}, {"UNKNOWN_VALUE": 1}),
        ({**AMEND, "quantity": "0"}, {"OUT_OF_BOUNDS": 1}),
        ({"action": "AMEND", "corrects_stream": "prices", "symbol": "KO", "price": "61"}, {}),
        ({"action": "AMEND", "corrects_stream": "prices", "symbol": "KO"}, {"MISSING_VALUE": 1}),
        ({"action": "AMEND", "corrects_stream": "cash_events", "account_id": "A", "type": "FEE", "amount": "1"}, {}),
        (
            {"action": "AMEND", "corrects_stream": "cash_events", "account_id": "A", "type": "SPLIT", "amount": "1"},
            {"UNKNOWN_VALUE": 1},
        ),
        (
            {
                "action": "AMEND",
                "corrects_stream": "corporate_actions",
                "symbol": "KO",
                "type": "SPLIT",
                "numerator": "2",
                "denominator": "1",
            },
            {"MISSING_VALUE": 1},
        ),
        (
            {"action": "AMEND", "corrects_stream": "accounts", "account_id": "A", "lot_method": "GUESS"},
            {"UNKNOWN_VALUE": 1},
        ),
        ({"action": "CANCEL"}, {}),
        ({"action": "CANCEL", "corrects_stream": "corrections"}, {}),
        ({**AMEND, "corrects_stream": "corrections"}, {"WITHOUT_EFFECT": 1}),
        ({"event_id": "x", "corrects_stream": "corrections", "corrects_event_id": "x"}, {"WITHOUT_EFFECT": 1}),
        ({"event_id": "x", "corrects_event_id": "x"}, {}),
        (
            {"action": "AMEND", "corrects_stream": "fx_rates", "base": "USD", "quote": "USD", "rate": "1"},
            {"WITHOUT_EFFECT": 1},
        ),
        ({"action": "CANCEL", "corrects_stream": "trades", "fee_retained": "2"}, {}),
        ({"action": "CANCEL", "corrects_stream": "prices", "fee_retained": "2"}, {"WITHOUT_EFFECT": 1}),
        ({**AMEND, "fee_retained": "2"}, {"WITHOUT_EFFECT": 1}),
    ],
)
def test_an_amendment_states_what_its_stream_requires(desk: Desk, body, reasons):
    """An AMEND carries a whole event, so it is checked as one; a CANCEL carries nothing."""
    receipt = desk.take("corrections", table({**GOOD["corrections"], **body}), "delivery.parquet")

    assert reasons == receipt.reasons


def test_an_amendment_has_the_defaults_of_its_stream(desk: Desk):
    """An amended trade without a fee costs none; a CANCEL has neither fee nor currency."""
    cancel = {**GOOD["corrections"], "event_id": "cancel"}
    desk.take("corrections", table({**GOOD["corrections"], **AMEND}, cancel), "delivery.parquet")

    assert [("cancel", None, None), ("good", Decimal(0), "USD")] == sorted(
        (row["event_id"], row["fee"], row["currency"]) for row in desk.rows("corrections")
    )


def test_the_first_breach_of_a_row_is_told(desk: Desk):
    """One reason per row, so that refused rows and reasons count the same."""
    receipt = desk.take(
        "trades", table({**GOOD["trades"], "quantity": "-1", "price": "NaN", "side": "HOLD"}), "d.parquet"
    )

    assert (1, 1) == (receipt.quarantined, sum(receipt.reasons.values()))


def test_refused_rows_keep_their_words(desk: Desk):
    """What was sent can be read, repaired and sent again: every value as it was written."""
    desk.take("prices", 'event_id,occurred_at,symbol,price,source\np-1,2024-06-03,KO,-60.5,the """tape"""\n')
    (refused,) = desk.quarantine("prices")

    assert "-60.5" in refused["raw"]
    assert '"event_id":"p-1"' in refused["raw"]


def test_broken_lines_of_a_csv_are_refused_alone(desk: Desk):
    """Too many or too few fields: the line goes, with its number in the file; the lines around it get in."""
    receipt = desk.take(
        "prices",
        "event_id,occurred_at,symbol,price\n"
        "p-1,2024-06-03,KO,60\n"
        "p-2,2024-06-03,KO,60,61,62\n"
        "p-3,2024-06-03,PG,150\n"
        "p-4,2024-06-03\n"
        "p-5,2024-06-03,HD,-1\n",
    )

    assert ["p-1", "p-3"] == sorted(desk.column("prices", "event_id"))
    assert [(2, "UNREADABLE_ROW"), (4, "UNREADABLE_ROW"), (5, "OUT_OF_BOUNDS")] == [
        (refused["row_number"], refused["reason"]) for refused in desk.quarantine("prices")
    ]
    assert (5, 2, 3) == (receipt.received, receipt.accepted, receipt.quarantined)


def test_broken_lines_of_json_are_refused_alone(desk: Desk):
    """Half an object, a list, a bare word: each is one refused row."""
    good = '{"event_id": "p-1", "occurred_at": "2024-06-03", "symbol": "KO", "price": 60}'
    receipt = desk.take("prices", "\n".join([good, '{"event_id": "p-2", "occ', "[1, 2]", "null", "word"]), "p.jsonl")

    assert (5, 1, {"UNREADABLE_ROW": 4}) == (receipt.received, receipt.accepted, receipt.reasons)
    assert '{"event_id": "p-2", "occ' == desk.quarantine("prices")[0]["raw"]


def test_nested_values_are_no_numbers(desk: Desk):
    """A list where a price is due is text that is no number."""
    receipt = desk.take("prices", '{"occurred_at": "2024-06-03", "symbol": "KO", "price": [60, 61]}', "p.jsonl")

    assert {"WRONG_TYPE": 1} == receipt.reasons


def test_all_rows_may_be_refused(desk: Desk):
    """Then the commit holds no file, and the counts still close."""
    receipt = desk.take("prices", "occurred_at,symbol,price\n2024-06-03,KO,0\n2024-06-03,KO,-1\n")
    (commit,) = desk.commits

    assert (2, 0, 2, None) == (receipt.received, receipt.accepted, receipt.quarantined, commit.path)
    assert [] == desk.rows("prices")


def test_every_reason_has_a_meaning():
    """The list that documents the reasons is the one that the checks use."""
    assert all(meaning and reason.isupper() for reason, meaning in REASONS.items())
