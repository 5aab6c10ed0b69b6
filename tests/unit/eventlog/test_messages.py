"""What a refusal says: the line, what is wrong there, and what to do."""

from __future__ import annotations

import json

import pytest

from tests.unit.eventlog.conftest import Desk

HEADER = "event_id,occurred_at,symbol,price\n"
EVENT = {"event_id": "p-1", "occurred_at": "2024-06-03", "symbol": "KO", "price": 60}
LINE = json.dumps(EVENT)


def rows(*names: str) -> str:
    """Good rows of these ids."""
    return "".join(f"{name},2024-06-03,KO,60\n" for name in names)


@pytest.mark.parametrize(
    ("name", "content", "reason", "said"),
    [
        ("p.jsonl", f"[{LINE}, {LINE}]", "UNREADABLE_FILE", "line 1: not a JSON object. Write each event"),
        ("p.json", json.dumps(EVENT, indent=1), "UNREADABLE_FILE", "line 1: Expecting property name"),
        ("p.jsonl", LINE.encode("utf-16"), "UNREADABLE_FILE", "in UTF-8"),
        ("p.jsonl", "\n  \n", "EMPTY_FILE", "only blank lines"),
        ("p.csv", "\n\n\n", "EMPTY_FILE", "only blank lines"),
        ("p.csv", (HEADER + rows("p-1")).encode("utf-16"), "UNREADABLE_FILE", "Save it as CSV in UTF-8"),
        ("p.csv", (HEADER + rows("p-1")).replace(",", ";"), "UNREADABLE_FILE", "commas"),
        ("p.csv", HEADER + rows("p-1") + rows("p-2").replace("\n", "\r\n"), "UNREADABLE_FILE", "end in the same way"),
        ("p.csv", "event_id,occurred_at,symbol,price,Price\n" + "p-1,2024-06-03,KO,60,61\n", "UNKNOWN_COLUMN",
         "Column 5 of"),
        ("p.csv", "event_id,occurred_at,symbol,price,\n" + "p-1,2024-06-03,KO,60,\n", "UNKNOWN_COLUMN", "has no name"),
    ],
)  # fmt: skip
def test_a_file_without_events_says_what_to_do(desk: Desk, name, content, reason, said):
    receipt = desk.take("prices", content, name)

    assert (0, {reason: 1}) == (receipt.accepted, receipt.reasons)
    assert said in receipt.refusal


def test_a_byte_order_mark_spoils_no_event(desk: Desk):
    receipt = desk.take("prices", "\ufeff" + LINE, "p.jsonl")

    assert (1, {}) == (receipt.accepted, receipt.reasons)


def test_a_key_that_is_stated_twice_is_refused(desk: Desk):
    """Of two prices the last one would hold, in silence."""
    receipt = desk.take("prices", LINE.replace("}", ', "price": 99}') + "\n" + LINE, "p.jsonl")
    (refused,) = desk.quarantine("prices")

    assert (1, "price is stated twice") == (receipt.accepted, refused["detail"])


@pytest.mark.parametrize("bad", ['p-2,2024-06-03,"KO,60', 'p-2,2024-06-03,"KO"x,60'], ids=["open", "stray"])
def test_a_quote_spoils_its_row_alone(desk: Desk, bad):
    """Given a quote that is not closed at the end of a small file, or one inside a value, the rows before it get in."""
    desk.take("prices", f"{HEADER}{rows('p-1')}{bad}\n")
    (refused,) = desk.quarantine("prices")

    assert ["p-1"] == desk.column("prices", "event_id")
    assert (2, "UNREADABLE_ROW", bad) == (refused["row_number"], refused["reason"], refused["raw"])
    assert refused["detail"].startswith("line 3: a quote is not closed")


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("mark", ["", "\ufeff"], ids=["plain", "byte order mark"])
def test_rows_are_numbered_without_blank_lines_and_comments(desk: Desk, line_end, mark):
    """Given blank lines and comments before the header and between, then rows count from 1 in the order of the file."""
    content = (
        f"# export of today\n\n{HEADER}\n{rows('p-1')}\n\np-2,2024-06-03\n{rows('p-3')}p-4\n\np-5,2024-06-03,KO,x\n"
    )

    desk.take("prices", (mark + content).replace("\n", line_end))

    assert [(2, "line 8: Expected"), (4, "line 10: Expected"), (5, "price")] == [
        (refused["row_number"], refused["detail"].partition(" Number")[0]) for refused in desk.quarantine("prices")
    ]


def test_a_row_of_json_is_its_line(desk: Desk):
    desk.take("prices", f"\n{LINE}\n\nword\n", "p.jsonl")
    (refused,) = desk.quarantine("prices")

    assert (4, "word") == (refused["row_number"], refused["raw"])


def test_a_receipt_names_the_first_row_of_each_reason(desk: Desk):
    """Row, event and field, so that nobody has to look for them."""
    content = f"{HEADER}p-1,2024-06-03,KO,x\np-2,2024-06-03,KO,y\n,2024-06-03,KO,-1\np-4\n[red],2024-06-03,KO,1\n"

    receipt = desk.take("prices", content)

    assert receipt.examples == (
        "row 5: BAD_TEXT event_id",
        "row 3: OUT_OF_BOUNDS price",
        "row 4: UNREADABLE_ROW line 5: Expected Number of Columns: 4 Found: 1",
        "row 1, event p-1: WRONG_TYPE price",
    )


def test_a_refused_correction_is_named_too(desk: Desk):
    """Its stream has a field of the same name as the reason of a refusal."""
    header = "event_id,occurred_at,action,corrects_stream,corrects_event_id,reason\n"

    receipt = desk.take("corrections", f"{header}c-1,2024-06-03,FORGET,trades,t-1,late\n")

    assert receipt.examples == ("row 1, event c-1: UNKNOWN_VALUE action",)


def test_a_thousand_unknown_columns_are_one_short_sentence(desk: Desk):
    receipt = desk.take("prices", json.dumps(EVENT | {f"c{number}": 1 for number in range(1000)}), "p.jsonl")

    assert {"UNKNOWN_COLUMN": 1} == receipt.reasons
    assert "c0, c1, " in receipt.refusal
    assert len(receipt.refusal) < 500
