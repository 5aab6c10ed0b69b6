"""Bad input ends in quarantine or in one clear sentence, exit code 2, and nothing half-landed."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.e2e.command import navlog

HEADER = "event_id,account_id,symbol,side,quantity,price,timestamp\n"
GOOD = "T1,ACC001,KO,BUY,10,60.00,2024-01-03T15:00:00Z\n"


def torn_parquet() -> bytes:
    """The first half of a real Parquet file."""
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({"event_id": ["T1"] * 1000, "price": list(range(1000))}), sink)
    content = sink.getvalue().to_pybytes()
    return content[: len(content) // 2]


BAD_FILES = {
    "missing column": ("trades.csv", b"event_id,account_id,symbol,side,quantity\n1,A,KO,BUY,1\n", "lacks columns"),
    "unknown column": ("trades.csv", HEADER.replace("price", "prize").encode() + GOOD.encode(), "does not know"),
    "empty file": ("trades.csv", b"", "is empty"),
    "header only": ("trades.csv", HEADER.encode(), "no rows"),
    "truncated Parquet": ("trades.parquet", torn_parquet(), "can't be read as parquet"),
    "unknown ending": ("trades.xlsx", b"x", "ends in none of"),
}
BAD_ROWS = {
    "wrong type": (GOOD.replace("10,", "ten,"), "WRONG_TYPE"),
    "NaN": (GOOD.replace("60.00", "NaN"), "NOT_A_NUMBER"),
    "negative quantity": (GOOD.replace("10,", "-10,"), "OUT_OF_BOUNDS"),
    "unknown side": (GOOD.replace("BUY", "HOLD"), "UNKNOWN_VALUE"),
    "doubled id with another payload": (GOOD + GOOD.replace("60.00", "61.00"), "CONFLICT"),
}


@pytest.mark.parametrize("case", BAD_FILES)
def test_bad_file_is_refused_in_one_sentence(tmp_path: Path, case: str) -> None:
    """Given a file that holds no rows of the stream, when it is ingested, then one sentence says what is wrong."""
    name, content, sentence = BAD_FILES[case]
    file = tmp_path / name
    file.write_bytes(content)

    said = navlog(tmp_path, "ingest", "trades", file)

    assert said.exit_code == 2
    assert sentence in said.out + said.err
    assert "Traceback" not in said.out + said.err
    assert not list((tmp_path / "data" / "landing" / "trades").glob("**/*.parquet"))


@pytest.mark.parametrize("case", BAD_ROWS)
def test_bad_row_goes_to_quarantine_with_its_reason(tmp_path: Path, case: str) -> None:
    """Given a bad row and a good one of another id, when ingested, then the good one lands and the bad is named."""
    bad_rows, reason = BAD_ROWS[case]
    file = tmp_path / "trades.csv"
    file.write_text(HEADER + bad_rows + GOOD.replace("T1,", "T2,"))

    said = navlog(tmp_path, "ingest", "trades", file, "--json")

    (receipt,) = said.data
    rows = bad_rows.count("\n") + 1
    assert said.exit_code == 2
    assert receipt["reasons"] == {reason: 1}
    assert (receipt["received"], receipt["accepted"], receipt["quarantined"]) == (rows, rows - 1, 1)


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """Given no file, when it is ingested, then the sentence names it and the log stays empty."""
    said = navlog(tmp_path, "ingest", "trades", tmp_path / "nowhere.csv")

    assert said.exit_code == 2
    assert "There is no file" in said.out + said.err
    assert navlog(tmp_path, "status").out.startswith("The log is empty")


def test_unknown_stream_names_the_streams(tmp_path: Path) -> None:
    """Given a stream that does not exist, when a file is ingested into it, then the sentence lists those that do."""
    said = navlog(tmp_path, "ingest", "orders", tmp_path / "orders.csv")

    assert said.exit_code == 2
    assert "trades, prices, cash_events" in said.err


def test_query_cannot_write_and_explains_itself(tmp_path: Path) -> None:
    """Given nothing published, when asked, then the sentence says which commands come first."""
    said = navlog(tmp_path, "query", "select 1")

    assert said.exit_code == 2
    for first in ("navlog ingest", "navlog refresh", "navlog demo"):
        assert first in said.err


QUESTIONS = {
    "two moments at once": (
        ("query", "select 1", "--known-at", "2024-01-05", "--published-at", "2024-01-05"),
        "give one of them",
    ),
    "no time": (("query", "select 1", "--known-at", "yesterday"), "yesterday is no time"),
    "before the first commit": (("explain", "A", "KO", "2024-01-05", "--known-at", "2024-01-05"), "Nothing was known"),
    "a commit to come": (("restatement", "--from", "7"), "There is no commit 7"),
    "nothing published": (("lots", "A"), "navlog refresh"),
}


@pytest.mark.parametrize("case", QUESTIONS)
def test_a_question_without_an_answer_is_one_sentence(tmp_path: Path, case: str) -> None:
    """Given one commit that nobody has published, when something else is asked for, then a sentence says what is."""
    arguments, sentence = QUESTIONS[case]
    file = tmp_path / "trades.csv"
    file.write_text(HEADER + GOOD)
    navlog(tmp_path, "ingest", "trades", file, "--recorded-at", "2024-01-06T22:00:00")

    said = navlog(tmp_path, *arguments)

    assert said.exit_code == 2
    assert sentence in said.err
    assert "Traceback" not in said.err
