"""Files that are refused whole: the receipt says what to do, the file is kept, and the log counts one refused thing."""

from __future__ import annotations

import io
import json
import os
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eventlog.intake import UnknownStreamError, ingest_files
from tests.unit.eventlog.conftest import Desk

PRICES = "event_id,occurred_at,symbol,price\np-1,2024-06-03,KO,60\n"


def parquet_bytes() -> bytes:
    """A good delivery of 500 prices."""
    sink = io.BytesIO()
    days = [f"2023-{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 29)]
    pq.write_table(
        pa.table(
            {"occurred_at": days, "symbol": ["KO"] * len(days), "price": list(map(float, range(1, len(days) + 1)))}
        ),
        sink,
    )
    return sink.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("p.csv", "event_id,occurred_at,symbol\np-1,2024-06-03,KO\n", "MISSING_COLUMN"),
        ("p.csv", PRICES.replace("price", "prise"), "UNKNOWN_COLUMN"),
        ("p.csv", "occurred_at,symbol,price,batch_id\n2024-06-03,KO,60,x\n", "UNKNOWN_COLUMN"),
        ("p.csv", "occurred_at,symbol,price,recorded_at\n2024-06-03,KO,60,2020-01-01\n", "UNKNOWN_COLUMN"),
        ("p.csv", "occurred_at,timestamp,symbol,price\n2024-06-03,2024-06-04,KO,60\n", "UNKNOWN_COLUMN"),
        ("p.csv", "", "EMPTY_FILE"),
        ("p.jsonl", "", "EMPTY_FILE"),
        ("p.parquet", b"", "EMPTY_FILE"),
        ("p.csv", "event_id,occurred_at,symbol,price\n", "EMPTY_FILE"),
        (
            "p.parquet",
            pa.table(
                {
                    "occurred_at": pa.array([], pa.string()),
                    "symbol": pa.array([], pa.string()),
                    "price": pa.array([], pa.float64()),
                }
            ),
            "EMPTY_FILE",
        ),
        ("p.parquet", parquet_bytes()[:-20], "UNREADABLE_FILE"),
        ("p.parquet", b"PAR1", "UNREADABLE_FILE"),
        ("p.parquet", PRICES, "UNREADABLE_FILE"),
        ("p.parquet", pa.table({"symbol": ["KO"]}), "MISSING_COLUMN"),
        ("p.jsonl", '{"symbol": "KO", "price": 60, "when": "2024-06-03"}', "UNKNOWN_COLUMN"),
        ("p.jsonl", '{"symbol": "KO", "price": 60}', "MISSING_COLUMN"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_whole(desk: Desk, name, content, reason):
    """Nothing of it gets in, a copy stays beside the reason, and the next file is taken as if nothing had been."""
    receipt = desk.take("prices", content, name)

    assert (1, 0, 1, {reason: 1}) == (receipt.received, receipt.accepted, receipt.quarantined, receipt.reasons)
    assert name in receipt.refusal
    (refused,) = desk.quarantine("prices")
    (kept,) = (desk.home.quarantine / "prices" / "files").iterdir()
    assert (reason, receipt.refusal) == (refused["reason"], refused["detail"])
    assert (desk.inbox / name).read_bytes() == kept.read_bytes()
    assert 1 == desk.take("prices", PRICES, "next.csv").accepted


@pytest.mark.parametrize(
    ("prices", "said"),
    [
        (pa.array([Decimal("0.0001")], pa.decimal256(50, 8)), "more than 38 digits in column price"),
        (pa.array([[60, 61]]), "lists or structures in column price"),
        (pa.array([{"amount": 60}]), "lists or structures in column price"),
    ],
    ids=["wide decimals", "lists", "structures"],
)
def test_a_parquet_column_without_a_plain_value_is_refused(desk: Desk, prices, said):
    """A wide decimal of 0.0001 was read as 1677.7216; what can't be read exactly is not read."""
    receipt = desk.take(
        "prices", pa.table({"occurred_at": ["2024-06-03"], "symbol": ["KO"], "price": prices}), "p.parquet"
    )

    assert (0, {"UNREADABLE_FILE": 1}) == (receipt.accepted, receipt.reasons)
    assert said in receipt.refusal


def test_a_parquet_decimal_of_38_digits_is_read(desk: Desk):
    prices = pa.array([Decimal("60.0001")], pa.decimal128(38, 8))

    desk.take("prices", pa.table({"occurred_at": ["2024-06-03"], "symbol": ["KO"], "price": prices}), "p.parquet")

    assert [Decimal("60.0001")] == desk.column("prices", "price")


@pytest.mark.parametrize("length", range(1, 100, 7))
def test_a_cut_parquet_never_gets_in(desk: Desk, length):
    """Cut at any place, from the first bytes to the last: refused, not half read."""
    content = parquet_bytes()

    receipt = desk.take("prices", content[: len(content) * length // 100], "p.parquet")

    assert (0, {"UNREADABLE_FILE": 1}) == (receipt.accepted, receipt.reasons)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("absent.csv", "NO_SUCH_FILE"),
        ("folder.csv", "NO_SUCH_FILE"),
        ("pipe.csv", "NO_SUCH_FILE"),
    ],
)
def test_what_is_no_file_leaves_no_trace(desk: Desk, name, reason):
    """Nothing was received, so nothing is counted; a pipe is not waited for."""
    (desk.inbox / "folder.csv").mkdir(parents=True)
    os.mkfifo(desk.inbox / "pipe.csv")

    (receipt,) = ingest_files(desk.home, "prices", [desk.inbox / name], desk.clock)

    assert (0, {reason: 1}, []) == (receipt.received, receipt.reasons, desk.commits)
    assert name in receipt.refusal


@pytest.mark.parametrize("name", ["p.xlsx", "p"])
def test_a_file_of_an_unknown_kind_is_kept_and_counted(desk: Desk, name):
    """It was received, so it must not get lost, whatever its name says."""
    receipt = desk.take("prices", "x", name)

    (kept,) = (desk.home.quarantine / "prices" / "files").iterdir()
    assert (1, 1, {"UNKNOWN_FORMAT": 1}) == (receipt.received, receipt.quarantined, receipt.reasons)
    assert kept.read_text() == "x"


def test_an_unknown_stream_is_named_with_those_there_are(desk: Desk):
    """A slip of the pen, told before a byte is read."""
    with pytest.raises(UnknownStreamError, match=r"'trade'.*trades"):
        list(ingest_files(desk.home, "trade", [desk.write("t.csv", PRICES)], desk.clock))


@pytest.mark.parametrize(
    "name",
    [
        "[ab].csv",
        "*.csv",
        "a b.csv",
        "it's.csv",
        'say "x".csv',
        "{a,b}.csv",
        "ü-ñ.csv",
        "-rf.csv",
        "x;drop table.csv",
        "x\ny.csv",
    ],
)
def test_a_file_is_read_by_its_name_and_not_by_a_pattern(desk: Desk, name):
    """Names that an engine would take for a pattern, a quote or an option; a file that matches the pattern lies by."""
    desk.write("a.csv", PRICES.replace("60", "61").replace("p-1", "p-2"))

    receipt = desk.take("prices", PRICES, name)

    assert (1, str(desk.inbox / name)) == (receipt.accepted, receipt.source)
    assert ["p-1"] == desk.column("prices", "event_id")


@pytest.mark.parametrize("content", [PRICES, PRICES.replace("60", "x"), "nonsense"])
def test_a_name_that_is_not_utf8_is_told_with_its_bytes(desk: Desk, content):
    """Given Zürich.csv as Latin-1 writes it, no text can hold the name, whether the file is accepted or refused."""
    receipt = desk.take("prices", content, os.fsdecode(b"Z\xfcrich.csv"))

    assert receipt.seq == 1
    assert receipt.source.endswith(r"Z\xfcrich.csv")


@pytest.mark.parametrize(
    "poison",
    [
        "'; drop table trades; --",
        '"; select 1',
        "<script>alert(1)</script>",
        "{{ 7 * 7 }}",
        "${HOME}",
        "=cmd|' /C calc'!A0",
        "%s%n",
        "\\N",
        "../../etc/passwd",
        "\U0001f4b8",
        "e\u0301",
        "null",
        "NaN",
        "a,b",
    ],
)
def test_text_stays_text(desk: Desk, poison):
    """Free text is stored as it came: never SQL, markup, template, formula or path."""
    quoted = '"' + poison.replace('"', '""') + '"'
    desk.take("cash_events", f"occurred_at,account_id,type,amount,description\n2024-06-03,ACC,DEPOSIT,1,{quoted}\n")

    assert [poison] == desk.column("cash_events", "description")


@pytest.mark.parametrize("poison", ['x"; drop table', "a'b", "price\n", "$.price", "row_number"])
def test_column_names_are_only_names(desk: Desk, poison):
    """A hostile column name is an unknown column, quoted in the sentence, and nothing else."""
    receipt = desk.take(
        "prices",
        pa.table({"occurred_at": ["2024-06-03"], "symbol": ["KO"], "price": ["6"], poison: ["7"]}),
        "p.parquet",
    )

    assert {"UNKNOWN_COLUMN": 1} == receipt.reasons


@pytest.mark.parametrize("column", ["row_number", "Row_Number"])
@pytest.mark.parametrize("name", ["p.csv", "p.jsonl", "p.parquet"])
def test_a_file_does_not_number_its_rows(desk: Desk, name, column):
    """Given a column with the name of the reader's own numbers, then rows joined by it would double."""
    rows = pa.table({"occurred_at": ["2024-06-03"] * 2, "symbol": ["KO"] * 2, "price": ["60"] * 2, column: ["7"] * 2})
    content = {
        "p.csv": f"occurred_at,symbol,price,{column}\n" + "2024-06-03,KO,60,7\n" * 2,
        "p.jsonl": "\n".join(map(json.dumps, rows.to_pylist())),
        "p.parquet": rows,
    }[name]

    receipt = desk.take("prices", content, name)

    assert (0, {"UNKNOWN_COLUMN": 1}) == (receipt.accepted, receipt.reasons)
    assert f"a column {column}," in receipt.refusal
