"""What a run writes into the Prefect UI: text that quotes an event means nothing there."""

from eventlog.intake import Receipt
from flows.gate import CRITICAL, Gate, GateFinding, SuspectEvent
from flows.reports import docs_link, gate_report, intake_report

POISON = "<img src=x onerror=alert(1)> `</code>` **bold** | cell\n# heading"


def closed_by(finding):
    return Gate(
        "commit-4-20240105T220000",
        "2024-01-05T22:00:00",
        3,
        4,
        is_passed=False,
        findings=(finding,),
        docs_page="runs/r/trades.html",
    )


def test_closed_gate_names_what_failed_and_which_events():
    finding = GateFinding(
        "trades", "price", CRITICAL, "price is > 0", ("t7: 0",), (SuspectEvent("trades", "t7", 4, "BUY 1 AAA"),)
    )

    lines = gate_report(closed_by(finding)).splitlines()

    assert lines[0] == "# The gate is closed: commits 3 to 4"
    assert "- `trades.price: price is > 0`" in lines
    assert "| 4 | trades | `t7` | `BUY 1 AAA` |" in lines


def test_text_of_events_stays_within_its_code():
    """Given a finding that quotes markup, when it is reported, then the quote is one line of code."""
    (line,) = [
        line
        for line in gate_report(closed_by(GateFinding("trades", None, CRITICAL, POISON))).splitlines()
        if "onerror" in line
    ]

    assert line.startswith("- `trades: <img")
    assert line.endswith("# heading`")
    assert line.count("`") == 2


def test_report_of_files_names_a_row_of_each_reason_and_says_a_notice_once():
    """Given two files of which one has a bad row, taken while the clock is behind, when they are reported, then so."""
    behind = "The clock says 2024-01-05 21:00:00 UTC, before the last commit."
    bad_row = "row 2, event D2: BAD_NUMBER amount is no number: x"
    receipts = [
        Receipt("cash_events", "inbox/a.csv", 2, 1, 0, 1, 7, {"BAD_NUMBER": 1}, notice=behind, examples=(bad_row,)),
        Receipt("cash_events", "inbox/b.csv", 1, 1, 0, 0, 8, notice=behind),
    ]

    lines = intake_report("Files of the inbox", receipts).splitlines()

    assert lines[-3:] == ["- Quarantined: 1 x BAD_NUMBER", f"- For example `a.csv, {bad_row}`", f"- Note: `{behind}`"]


def test_data_docs_are_linked_where_they_are_served(monkeypatch):
    monkeypatch.delenv("NAVLOG_DOCS_URL", raising=False)
    assert docs_link("runs/r/trades.html") == "`docs/runs/r/trades.html` below the home"

    monkeypatch.setenv("NAVLOG_DOCS_URL", "http://127.0.0.1:8502")
    assert docs_link("runs/r/trades.html") == "[runs/r/trades.html](http://127.0.0.1:8502/runs/r/trades.html)"
    assert docs_link(None) == "[index.html](http://127.0.0.1:8502/index.html)"
