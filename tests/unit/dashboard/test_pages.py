"""Every page, without a browser: its figures, its empty state, and texts that must not be obeyed."""

import json
import shutil

import pytest
import streamlit as st

from dashboard import words
from dashboard.queries import account, overview
from eventlog.clock import system_clock
from eventlog.intake import ingest_files
from eventlog.settings import settings_for
from flows.gate import CRITICAL, Gate, GateFinding, SuspectEvent, record_gate
from tests.published_home import POISONED_ACCOUNT, POISONED_NAME
from tests.unit.dashboard.conftest import APP, PAGES

TITLES = {
    "overview": "Book",
    "account": "Account",
    "risk": "Risk",
    "quality": "Data quality",
    "travel": "Time travel",
}
MARKDOWN = ("markdown", "caption", "title", "header", "subheader", "info", "warning", "error", "success")
"""Kinds of elements whose text Streamlit reads as Markdown; so it reads the names and notes of figures."""


def figures(app):
    return {metric.label: metric.value for metric in app.metric}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_opens(published, opened, page):
    app = opened(published, page)

    assert [] == [error.value for error in app.exception]
    assert [TITLES[page]] == [title.value for title in app.title]
    assert "commit 14 of the log" in app.caption[0].value


def test_books_that_are_too_old_carry_no_green_check(published, opened, monkeypatch):
    """They are of January 2025; a hundred years are 876,000 hours."""
    monkeypatch.setenv("NAVLOG_MAX_AGE_HOURS", "24")
    old = opened(published, "overview").caption[0].value
    monkeypatch.setenv("NAVLOG_MAX_AGE_HOURS", "876000")
    allowed = opened(published, "overview").caption[0].value

    assert old.startswith(":orange[:material/warning:] Published")
    assert "older than 24 hours" in old
    assert allowed.startswith(":green[:material/check_circle:] Published")
    assert "older" not in allowed


def test_the_book_shows_the_figures_of_the_tables(published, books, opened):
    last = overview.book_days(books, "USD").iloc[-1]

    shown = figures(opened(published, "overview"))

    assert shown["Total value"] == words.money(last["total_value"])
    assert shown["P&L of the day"] == words.signed_money(last["total_pnl"])
    assert shown["Return"] == words.percent(last["cumulative_return_pct"])


@pytest.mark.parametrize(
    ("page", "said"),
    [("account", "EUR, 3 Jan 2025"), ("risk", "On 3 Jan 2025, of values in EUR"), ("travel", "Amounts in EUR.")],
)
def test_a_page_of_an_account_says_its_currency(published, opened, page, said, monkeypatch):
    monkeypatch.setattr(account, "currency", lambda _books, _account_id: "EUR")

    app = opened(published, page)

    texts = [caption.value for caption in app.caption] + [metric.delta for metric in app.metric]
    assert any(text.startswith(said) for text in texts)


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ((4, 0), []),
        ((4, 1), ["Without a value yet: 1 account."]),
        ((5, 2), ["The 4 largest of 5 accounts; `navlog query` has them all.", "Without a value yet: 2 accounts."]),
    ],
)
def test_the_book_tells_which_accounts_it_does_not_list(published, opened, counts, said, monkeypatch):
    st.cache_data.clear()  # an answer is remembered by the words of its question, and these are the same three times
    monkeypatch.setattr(overview, "account_counts", lambda _books, _currency: overview.AccountCounts(*counts))

    captions = [caption.value for caption in opened(published, "overview").caption]

    assert said == captions[1:]


def test_another_account_and_period_change_the_figures(published, books, opened):
    day = account.last_day(books, "ACC003")
    base = account.base_day(books, "ACC003", "3M")
    bridge = account.bridge(books, "ACC003", base, day)

    app = opened(published, "account", account="ACC003")
    app.segmented_control(key="period").set_value("3M").run()

    shown = figures(app)
    assert shown["Total value"] == words.money(bridge.end_value)
    assert shown["P&L"] == words.signed_money(bridge.pnl)
    assert shown["Return"] == words.percent(bridge.return_pct)


def test_the_account_is_kept_from_page_to_page(published, opened):
    app = opened(published, "account", account="ACC002")

    app.switch_page("views/risk.py").run()

    assert app.selectbox(key="account").value == "ACC002"


def test_what_was_chosen_is_read_from_the_address_and_written_there(published, opened):
    """The address asks for ACC002 and six months; then the reader chooses, and what was asked for is past."""
    app = opened(published, "overview")
    app.query_params["account"], app.query_params["period"] = "ACC002", "6M"
    app.switch_page("views/account.py").run()
    assert ("ACC002", "6M") == (app.selectbox(key="account").value, app.segmented_control(key="period").value)

    app.selectbox(key="account").set_value("ACC003").run()

    assert ("ACC003", "6M") == (app.selectbox(key="account").value, app.segmented_control(key="period").value)
    assert ("ACC003", "6M") == tuple("".join(app.query_params[key]) for key in ("account", "period"))


def test_an_address_that_asks_for_no_account_of_the_book_gets_the_first_and_a_word_on_it(published, opened):
    app = opened(published, "overview")
    app.query_params["account"] = "NOBODY"

    app.switch_page("views/risk.py").run()

    assert app.selectbox(key="account").value == "ACC001"
    assert ["These books have no such account as the address asks for: this is another one."] == [
        warning.value for warning in app.warning
    ]


@pytest.mark.parametrize(("page", "count"), [("overview", 1), ("account", 5), ("risk", 4), ("travel", 1)])
def test_every_chart_has_a_name_of_its_own(published, opened, page, count):
    names = [chart.proto.alt for chart in opened(published, page).get("plotly_chart")]

    assert count == len({name for name in names if name.startswith("Chart: ")})


@pytest.mark.parametrize("page", ["account", "risk"])
def test_an_account_without_a_value_is_told_once(published, opened, page, monkeypatch):
    monkeypatch.setattr(account, "last_day", lambda _books, _account_id: None)

    app = opened(published, page)

    assert [] == list(app.exception)
    assert ["This account has no value yet"] == [info.value.partition(":")[0] for info in app.info]
    assert (0, 0) == (len(app.metric), len(app.dataframe))


@pytest.mark.parametrize("account_id", ["ACC001", POISONED_ACCOUNT])
def test_the_share_of_gains_is_the_same_in_the_table_and_at_the_chart(published, opened, account_id):
    app = opened(published, "risk", account=account_id)

    ratios = app.dataframe[0].value.set_index("measure")
    share = ratios.loc["Days with a gain", "INCEPTION"]
    assert any(f"moved, {share} of these with a gain" in caption.value for caption in app.caption)


def test_data_quality_tells_what_was_refused_and_what_is_old(published, opened):
    app = opened(published, "quality")

    shown = figures(app)
    assert ("passed", "0 commits", "2 rows", "1") == tuple(shown.values())
    refused = next(frame.value for frame in app.dataframe if "reason" in frame.value.columns)
    assert {"UNKNOWN_VALUE", "WRONG_TYPE"} == set(refused["reason"])


def test_time_travel_compares_then_and_now(published, opened):
    app = opened(published, "travel", account="ACC001")

    side_by_side = app.dataframe[0].value.set_index("figure")
    assert side_by_side.loc["Net deposits", "change"] == "same"
    assert side_by_side.loc["Cumulative return", "change"].endswith(" points")
    assert side_by_side.loc["Total value", "then"] != side_by_side.loc["Total value", "now"]


@pytest.mark.parametrize("page", PAGES)
def test_text_of_events_is_never_read_as_markdown(published, opened, page):
    chosen = {} if page in ("overview", "quality") else {"account": POISONED_ACCOUNT}

    app = opened(published, page, **chosen)

    read_as_markdown = [element.value for kind in MARKDOWN for element in app.get(kind)]
    read_as_markdown += [text for metric in app.metric for text in (metric.label, metric.delta)]
    read_as_markdown += [box.label for box in app.selectbox]
    assert [] == [text for text in read_as_markdown if "alert(" in text or "**bold**" in text]
    if chosen:
        assert f"{POISONED_ACCOUNT}  {POISONED_NAME}" in app.selectbox(key="account").options


def test_no_page_hands_html_to_the_browser():
    """Streamlit escapes what it is given, unless it is told not to; the one sheet of styles is a file of ours."""
    sources = {path: path.read_text() for path in APP.parent.rglob("*.py")}

    assert len(sources) > len(PAGES)
    assert [] == [path for path, source in sources.items() if "unsafe_" in source or "components" in source]
    assert ["frame.py"] == [path.name for path, source in sources.items() if "st.html(" in source]


@pytest.mark.parametrize("page", PAGES)
def test_an_empty_home_is_told_which_commands_fill_it(home, opened, page):
    app = opened(home, page)

    assert [] == list(app.exception)
    assert ["No books yet"] == [title.value for title in app.title]
    assert "navlog demo" in app.code[0].value


def test_events_without_a_publish_want_a_refresh(home, opened, tmp_path):
    bring_cash(home, tmp_path)

    app = opened(home, "overview")

    assert [".venv/bin/navlog refresh"] == [code.value for code in app.code]


def test_a_broken_log_is_told_in_a_sentence(home, opened, tmp_path):
    bring_cash(home, tmp_path, "c1")
    bring_cash(home, tmp_path, "c2")
    entry, _second = sorted((home.landing / "_log").glob("*.json"))
    entry.chmod(0o600)
    entry.write_text(entry.read_text().replace("cash_events", "trades"))

    app = opened(home, "overview")

    assert [] == list(app.exception)
    assert "This page can't be shown" in app.markdown[0].value


def bring_cash(home, folder, event_id="c1"):
    file = folder / "cash.csv"
    file.write_text(f"event_id,account_id,type,amount,occurred_at\n{event_id},A,DEPOSIT,10,2024-01-02\n")
    (receipt,) = ingest_files(home, "cash_events", [file], system_clock)
    assert receipt.accepted == 1, receipt


@pytest.fixture
def closed(published, tmp_path):
    """The same home after a run that did not pass: its finding and its event say what no page may obey."""
    home = settings_for(tmp_path / "data")
    shutil.copytree(published.home, home.home)
    event = SuspectEvent("accounts", POISONED_NAME, 15, POISONED_NAME)
    finding = GateFinding("accounts", "name", CRITICAL, "name is plain", (POISONED_NAME,), (event,))
    record_gate(home, Gate("commit-15-x", "2025-01-05T22:00:00", 15, 15, is_passed=False, findings=(finding,)))
    return home


def test_a_closed_gate_is_told_on_every_page(closed, opened):
    """Given a run that did not pass, then the book before it is shown, with a word on why it is as old as it is."""
    app = opened(closed, "overview")

    assert "commit 15 did not pass" in app.error[0].value
    assert "The page Data quality says why" in app.error[0].value
    assert figures(app)["Total value"]


def test_data_quality_tells_why_the_gate_is_closed_and_which_events_to_look_at(closed, opened, tmp_path):
    bring_cash(closed, tmp_path)

    app = opened(closed, "quality")

    assert app.error[0].value.endswith("Why stands below.")
    assert [("1 commit", "correct the events")] == [
        (metric.value, metric.delta) for metric in app.metric if metric.label == "Behind the log"
    ]
    assert any("accounts.name: name is plain" in text.value and POISONED_NAME in text.value for text in app.text)
    assert any(POISONED_NAME in list(frame.value.get("event_id", [])) for frame in app.dataframe)
    assert not any(POISONED_NAME in element.value for kind in MARKDOWN for element in getattr(app, kind))


def test_after_a_correction_a_refresh_is_the_next_step_of_a_closed_gate(closed, opened, tmp_path):
    """Given commit 15, which did not pass, when commit 16 has come since, then a run has something new to meet."""
    bring_cash(closed, tmp_path, "c1")
    bring_cash(closed, tmp_path, "c2")

    app = opened(closed, "quality")

    assert [("2 commits", "run navlog refresh")] == [
        (metric.value, metric.delta) for metric in app.metric if metric.label == "Behind the log"
    ]


def test_a_failed_run_is_not_given_the_expectations_of_the_published_one(closed, opened):
    """Given a run that failed and left no record of its expectations, then their number is not known."""
    (gate,) = [metric for metric in opened(closed, "quality").metric if metric.label == "Last gate"]

    assert ("failed", "") == (gate.value, gate.delta)


def test_a_failed_run_has_the_expectations_that_it_evaluated(closed, opened):
    record_failed_run(closed, evaluated=7)

    (gate,) = [metric for metric in opened(closed, "quality").metric if metric.label == "Last gate"]

    assert ("failed", "7 expectations") == (gate.value, gate.delta)


def test_a_failed_run_whose_verdict_is_gone_has_its_own_expectations_too(closed, opened):
    """Given a lake that came from another place, without the verdict that lay beside it."""
    record_failed_run(closed, evaluated=7)
    closed.last_gate.unlink()

    (gate,) = [metric for metric in opened(closed, "quality").metric if metric.label == "Last gate"]

    assert ("failed", "7 expectations") == (gate.value, gate.delta)


def test_without_a_record_of_any_run_no_expectations_are_told(closed, opened):
    closed.last_gate.unlink()
    shutil.rmtree(closed.expectations_state / "runs")

    (gate,) = [metric for metric in opened(closed, "quality").metric if metric.label == "Last gate"]

    assert ("no record", "") == (gate.value, gate.delta)


def record_failed_run(home, evaluated):
    """The record of a later run: one batch of the run before, which did not pass now."""
    runs = home.expectations_state / "runs"
    newest = max(runs.iterdir())
    record = json.loads((newest / "summary.json").read_text())
    batches = [{**record["batches"][0], "is_passed": False, "evaluated_count": evaluated}]
    failed = runs / f"{newest.name}-later"
    failed.mkdir()
    (failed / "summary.json").write_text(json.dumps({**record, "name": "commit-15-x", "batches": batches}))
