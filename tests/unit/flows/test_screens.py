"""What the command says of a home: sentences that hold, and JSON that is JSON."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import StringIO

import pytest
from rich.console import Console

from eventlog.intake import Receipt
from flows import screens
from flows.books import Answer, State
from flows.gate import Gate
from flows.lake import Publication

NOON = datetime(2026, 1, 7, 12)

ACCOUNT_COLUMNS = (
    "account_id", "name", "value_date", "total_value", "base_currency", "cumulative_return_pct", "max_drawdown_pct",
    "annualized_volatility_pct",
)  # fmt: skip


def console_of(width: int = 200) -> Console:
    """A terminal that keeps what it is told."""
    return Console(file=StringIO(), width=width, highlight=False)


def text_of(console: Console) -> str:
    """What the terminal shows."""
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def refuse(constant: str) -> None:
    """NaN, Infinity and -Infinity, which Python reads and JSON does not know."""
    raise AssertionError(constant)


def test_what_is_no_number_is_null_in_json() -> None:
    row = (float("nan"), float("inf"), [1.5, float("-inf")], {"deep": float("nan")}, Decimal("0E-8"))

    text = screens.json_rows(Answer(("nan", "inf", "list", "struct", "zero"), [row]))

    assert json.loads(text, parse_constant=refuse) == [
        {"nan": None, "inf": None, "list": [1.5, None], "struct": {"deep": None}, "zero": "0.00000000"}
    ]


def test_columns_of_one_name_are_all_in_json() -> None:
    """Given a, a, a_1 and a, then the second does not take the name of the third."""
    text = screens.json_rows(Answer(("a", "a", "a_1", "a"), [(1, 2, 3, 4)]))

    assert json.loads(text) == [{"a": 1, "a_2": 2, "a_1": 3, "a_3": 4}]


def accounts(values: list[int]) -> Answer:
    """Accounts A000, A001, ... of these values."""
    rows = [
        (f"A{number:03}", None, date(2026, 1, 7), Decimal(value), "EUR", 1.0, -1.0, None)
        for number, value in enumerate(values)
    ]
    return Answer(ACCOUNT_COLUMNS, rows)


def test_all_of_a_few_accounts_are_shown() -> None:
    screens.show_accounts(console := console_of(), accounts([5] * screens.ACCOUNTS_SHOWN))

    assert text_of(console).count("\nA0") == screens.ACCOUNTS_SHOWN
    assert text_of(console).count("  5.00 EUR  ") == screens.ACCOUNTS_SHOWN
    assert "more account" not in text_of(console)


def test_of_many_accounts_the_largest_are_shown_and_a_query_gives_the_rest() -> None:
    """Given values 0 to 22 and -1000, when 20 are shown, then 0 to 3 are not, and the one that owes 1000 is."""
    screens.show_accounts(console := console_of(), accounts([*range(23), -1000]))

    said = text_of(console)
    assert "the 20 largest of 24" in said
    assert "... and 4 more accounts." in said
    assert "A003" not in said
    assert "A004" in said
    assert "A023" in said
    assert "navlog query --json" in said


def receipts_of(*receipts: Receipt) -> str:
    """What `ingest` says of them."""
    screens.show_receipts(console := console_of(), receipts)
    return text_of(console)


def test_refused_rows_are_said_where_to_read_and_how_to_mend() -> None:
    """Given a file with two refused rows of three and a good one, then the folder, the screen and the next step."""
    said = receipts_of(
        Receipt("trades", "/in/trades.csv", 3, 1, 0, 2, 7, {"WRONG_TYPE": 2}),
        Receipt("prices", "/in/prices.csv", 1, 1, 0, 0, 8),
    )

    assert "2 rows refused, kept whole with the reason in quarantine/trades/ below the home; `navlog status`" in said
    assert "ingest it again" in said


def test_nothing_is_said_of_rows_where_none_or_a_whole_file_was_refused() -> None:
    said = receipts_of(
        Receipt("trades", "/in/good.csv", 3, 3, 0, 0, 7, notice="The clock says noon."),
        Receipt("trades", "/in/torn.csv", 1, 0, 0, 1, 8, {"EMPTY_FILE": 1}, "torn.csv is empty."),
    )

    assert "refused: torn.csv is empty." in said
    assert "The clock says noon." in said
    assert "ingest it again" not in said


def state(last_seq: int = 7, gate: Gate | None = None) -> State:
    """A home of so many commits, of which seven were published at noon."""
    published = Publication("run", 7, "", "", NOON.isoformat(), 254)
    return State(last_seq, NOON.isoformat(), [], [], published, None, gate)


def status_of(one: State, now: datetime = NOON) -> str:
    """What `status` says of it."""
    screens.show_state(console := console_of(), one, now)
    return text_of(console)


@pytest.mark.parametrize(("hours", "is_old"), [(96, False), (97, True), (327 * 24, True)])
def test_books_older_than_allowed_are_called_old(monkeypatch: pytest.MonkeyPatch, hours: int, *, is_old: bool) -> None:
    monkeypatch.setenv("NAVLOG_MAX_AGE_HOURS", "96")

    said = status_of(state(), NOON + timedelta(hours=hours))

    assert ("These books are old" in said) is is_old
    assert ("NAVLOG_MAX_AGE_HOURS allows 96 hours" in said) is is_old


def test_a_wrong_age_is_told_and_the_status_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NAVLOG_MAX_AGE_HOURS", "long")

    assert "NAVLOG_MAX_AGE_HOURS long is not a number" in status_of(state())


def closed_gate(first_seq: int, last_seq: int) -> Gate:
    """A run of these commits that did not pass."""
    at_noon = NOON.isoformat()
    return Gate("run", at_noon, first_seq, last_seq, is_passed=False, findings=(), failing_since=at_noon, failed_runs=1)


def test_commits_that_have_failed_are_to_be_corrected_and_not_refreshed() -> None:
    """Given commit 8 that did not pass, then another refresh would fail too; given commit 9 since, it may pass."""
    said = status_of(state(8, closed_gate(8, 8)))

    assert "1 commit behind: the events that are named below have to be corrected first." in said
    assert "the last run did not pass, commit 8 is not published." in said
    assert "2 commits behind, run `navlog refresh`." in status_of(state(9, closed_gate(8, 8)))
    assert "commits 8 to 9 are not published." in status_of(state(9, closed_gate(8, 9)))


@pytest.mark.parametrize(
    ("minutes", "ago"),
    [(-5, "just now"), (0, "just now"), (1, "1 minute ago"), (119, "119 minutes ago"), (120, "2 hours ago")],
)
def test_an_age_is_in_words(minutes: int, ago: str) -> None:
    assert f"({ago}, run" in status_of(state(), NOON + timedelta(minutes=minutes))
