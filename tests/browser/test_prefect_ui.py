"""Prefect in a browser: sign in, start a run with parameters, read what it left; a scheduled run is among the runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.services import BUSY, wait_for

pytestmark = pytest.mark.timeout(600)

SLOW = 60_000
"""Milliseconds that a page may take on a busy machine."""


@contextmanager
def signed_in(visit, services) -> Iterator:
    """The page after the key was pasted into Prefect's sign-in page."""
    with visit(services.address) as page:
        page.set_default_timeout(SLOW)
        page.get_by_placeholder("admin:pass").fill(services.key)
        page.get_by_role("button", name="Login").click()
        page.wait_for_url("**/dashboard")
        yield page


def submit(page) -> None:
    """Press Submit; while SQLite is busy the server refuses a run (503), and its user presses again."""

    def pressed():
        with page.expect_response("**/create_flow_run") as answered:
            page.get_by_role("button", name="Submit").click()
        return answered.value

    answer = wait_for(lambda: given if (given := pressed()).status != BUSY else None, "an accepted run", seconds=60)
    assert answer.ok, answer.text()


def test_nothing_is_shown_without_the_key(visit, services):
    with visit(f"{services.address}/deployments") as page:
        page.get_by_placeholder("admin:pass").wait_for(timeout=SLOW)

        assert page.get_by_text("simulate-market").count() == 0


def test_run_started_with_parameters_leaves_a_report(visit, services):
    """Given the page of simulate-market, when it is run for two days, then its run says what it appended."""
    with signed_in(visit, services) as page:
        page.goto(f"{services.address}/deployments")
        page.get_by_role("link", name="simulate-market").first.click()
        page.get_by_role("button", name="Run", exact=True).click()
        page.get_by_text("Custom run").click()
        page.get_by_text("Business days to append").wait_for()
        page.locator("input[type=number]").first.fill("2")
        submit(page)

        run = wait_for(lambda: services.completed_runs("simulate-market"), "the end of the run")[0]
        page.goto(f"{services.address}/runs/flow-run/{run['id']}")
        page.get_by_text(run["name"]).first.wait_for()
        page.get_by_text("Artifacts", exact=True).last.click()
        page.get_by_text("simulate-report").first.click()
        page.get_by_role("heading", name="Simulated market").wait_for()

        assert run["parameters"]["days"] == 2
        assert page.get_by_role("row").filter(has_text="all").count() == 1


def test_scheduled_run_that_nobody_started_is_listed(visit, services):
    """Given an intake every minute, when one has run, then the list of runs shows it as scheduled."""
    wait_for(lambda: services.completed_runs("ingest-inbox"), "a scheduled run")

    with signed_in(visit, services) as page:
        page.goto(f"{services.address}/runs")
        page.get_by_text("ingest-inbox: nothing new").first.wait_for()

        assert page.get_by_text("auto-scheduled").count() >= 1
        assert page.get_by_text("Nothing new", exact=True).count() >= 1


def test_report_of_a_refresh_leads_to_its_data_docs(visit, services):
    """Given a simulated day, when its refresh has published it, then its report links what was checked."""
    services.run("simulate-market", days=1)
    services.run("refresh")
    run = wait_for(lambda: published_by(services), "a refresh that published")

    with signed_in(visit, services) as page:
        page.goto(f"{services.address}/runs/flow-run/{run['id']}")
        page.get_by_text("Artifacts", exact=True).last.click()
        page.get_by_text("refresh-report").first.click()
        page.get_by_role("heading", name="Refresh: commit").wait_for()
        link = page.get_by_role("link", name=re.compile("^runs.*html$"))
        with visit(link.get_attribute("href")) as docs:
            assert "commit-" in docs.title()
            assert docs.get_by_text("expectation").count() > 0


def published_by(services):
    """A refresh that had something to do, by whomever it was started: the event of a commit starts one too."""
    runs = [run for run in services.completed_runs("refresh") if run["name"].startswith("refresh: commit")]
    return runs[0] if runs else None
