"""The verdict of the last run: kept whole, and since when the gate is closed."""

from dataclasses import replace

from eventlog.settings import settings_for
from flows.gate import Gate, GateFinding, SuspectEvent, last_gate, record_gate

BOUGHT = SuspectEvent("trades", "t1", 7, "BUY 5 KO at 60.00")
FAILED = GateFinding("trades", "price", "critical", "price is > 0", ("t1: -5",), (BOUGHT,))
ODD = GateFinding("trades", "fee", "warning", "fee is <= 10,000")
CLOSED = Gate("commit-7", "2024-01-05T12:00:00", 7, 7, is_passed=False, findings=(FAILED, ODD), docs_page="a/b.html")


def test_there_is_none_before_the_first_run(tmp_path):
    assert last_gate(settings_for(tmp_path)) is None


def test_what_is_kept_is_what_was_said(tmp_path):
    kept = record_gate(settings_for(tmp_path), CLOSED)

    assert last_gate(settings_for(tmp_path)) == kept
    assert kept.failures == (FAILED,)
    assert kept.suspects == (BOUGHT,)


def test_a_gate_is_closed_since_the_first_of_the_runs_that_failed(tmp_path):
    settings = settings_for(tmp_path)
    record_gate(settings, CLOSED)
    again = record_gate(settings, replace(CLOSED, time="2024-01-05T13:00:00"))
    opened = record_gate(settings, replace(CLOSED, is_passed=True, findings=()))
    anew = record_gate(settings, replace(CLOSED, time="2024-01-05T15:00:00"))

    assert (again.failing_since, again.failed_runs) == ("2024-01-05T12:00:00", 2)
    assert (opened.failing_since, opened.failed_runs) == (None, 0)
    assert (anew.failing_since, anew.failed_runs) == ("2024-01-05T15:00:00", 1)


def test_a_verdict_in_other_words_is_none(tmp_path):
    settings = settings_for(tmp_path)
    record_gate(settings, CLOSED)
    for text in ("", "[]", '{"run_id": "commit-7"}'):
        settings.last_gate.write_text(text)
        assert last_gate(settings) is None


def test_a_closed_gate_has_refused_the_log_until_more_comes():
    opened = replace(CLOSED, is_passed=True, findings=())

    assert [True, False] == [CLOSED.has_refused(last_seq) for last_seq in (7, 8)]
    assert not opened.has_refused(7)
