"""`navlog up` as it stands: a closed server, described deployments, runs by hand, by schedule and by event, alerts."""

from __future__ import annotations

import re
import sqlite3
from contextlib import ExitStack

import pytest

from eventlog.clock import system_clock
from eventlog.landing import Landing
from eventlog.settings import Settings
from flows import lake
from flows.lock import BusyError, one_writer
from flows.steps.simulate import simulate_days
from generators.simulation import default_scenario
from tests.e2e.command import navlog
from tests.services import Services, alerts_of, wait_for

pytestmark = pytest.mark.timeout(600)

BY_HAND = {"replay", "alert"}
SCHEDULED = {"simulate-market", "ingest-inbox", "refresh", "replay-verify", "maintain", "report"}
FOREIGN = "attacker.example"


def takes_the_lock(held: ExitStack, settings: Settings) -> bool:
    """Whether no other run was writing; from now on none can."""
    try:
        held.enter_context(one_writer(settings))
    except BusyError:
        return False
    return True


def test_every_deployment_is_described_tagged_and_scheduled(services: Services) -> None:
    """What a user sees: purpose, tags, a schedule in UTC, and of every parameter what it means."""
    deployments = {one["name"]: one for one in services.ask("/deployments/filter", {})}

    assert set(deployments) == SCHEDULED | BY_HAND
    for name, deployment in deployments.items():
        assert deployment["description"]
        assert deployment["tags"]
        assert len(deployment["schedules"]) >= (name in SCHEDULED)
        assert {one["schedule"]["timezone"] for one in deployment["schedules"]} <= {"UTC"}
        parameters = deployment["parameter_openapi_schema"]["properties"]
        assert [parameter for parameter, about in parameters.items() if "description" not in about] == []
    minutes = deployments["refresh"]["parameter_openapi_schema"]["properties"]["minutes_at_most"]
    assert (minutes["minimum"], minutes["maximum"]) == (1, 1440)


def test_automations_are_registered_once(services: Services) -> None:
    """Refresh follows a commit; a failed flow and old data raise an alert."""
    names = sorted(one["name"] for one in services.ask("/automations/filter", {}))

    assert names == ["alert when a flow fails", "alert when the data is old", "refresh when a batch is committed"]


def test_server_answers_only_whoever_has_the_key(services: Services) -> None:
    """The health of the server is no secret, all else is; the key is not enough without a CSRF token."""
    assert services.get("/api/health").status_code == 200
    assert services.get("/api/admin/version").status_code == 401
    assert services.get("/api/work_pools/navlog/health").status_code == 401
    assert services.get("/api/admin/version", Authorization="Basic bmF2bG9nOng=").status_code == 401
    assert services.ask("/admin/version") == "3.8.8"
    assert services.post_without_token("/api/deployments/filter").status_code == 403


@pytest.mark.parametrize(
    "headers",
    [
        {"Host": FOREIGN},
        {"Host": f"{FOREIGN}:4200"},
        {"Origin": f"http://{FOREIGN}"},
        {"Origin": "null"},
        {"Origin": f"http://{FOREIGN}", "Connection": "Upgrade", "Upgrade": "websocket",
         "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "c2l4dGVlbiBieXRlcyEhIQ=="},
    ],
    ids=["host", "host and port", "origin", "no origin", "websocket"],
)  # fmt: skip
@pytest.mark.parametrize("path", ["/", "/api/health", "/api/events/in"])
def test_pages_of_other_sites_are_refused(services: Services, path: str, headers: dict[str, str]) -> None:
    """A page elsewhere that reaches 127.0.0.1 through the user's browser says where it comes from."""
    assert services.get(path, **headers).status_code == 403


def test_files_are_for_their_owner_and_the_key_is_in_none_but_its_own(services: Services) -> None:
    """Given services that have run, then no one else can read their files, and no log or database holds the key."""
    home = services.settings.home
    files = [file for file in home.rglob("*") if file.is_file()]

    assert [file for file in files if file.stat().st_mode & 0o077] == []
    holding = [file for file in files if services.key.partition(":")[2].encode() in file.read_bytes()]
    assert holding == [services.settings.services / "prefect-key"]


def test_second_up_changes_nothing(services: Services) -> None:
    """Given services that are up, when they are started again, then it says so and nothing is started."""
    record = services.settings.services / "services.json"
    before = record.read_text()

    said = navlog(services.home, "up")

    assert (said.exit_code, before) == (0, record.read_text())
    assert said.out.startswith("It is up already.")
    assert services.address in said.out


def test_run_that_finds_another_writing_ends_at_once_as_busy(services: Services) -> None:
    """Given a run that holds the lock, when refresh is started, then it completes as Busy without a single step."""
    with ExitStack() as held:
        wait_for(lambda: takes_the_lock(held, services.settings), "the end of other runs")
        run = services.run("refresh")

    assert (run["state_name"], run["name"]) == ("Busy", "refresh: busy")
    steps = services.ask("/task_runs/filter", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    assert steps == []


def test_scheduled_intake_is_published_by_the_refresh_it_starts(services: Services) -> None:
    """Given a file in the inbox and a schedule, when its time comes, then nobody has to do anything more."""
    settings = services.settings
    simulate_days(settings, default_scenario(), 3, system_clock)
    inbox = settings.inbox / "cash_events"
    inbox.mkdir(parents=True)
    (inbox / "deposit.csv").write_text("event_id,account_id,type,amount,timestamp\nD1,ACC001,DEPOSIT,5.00,2024-01-05\n")

    taken = wait_for(
        lambda: [run for run in services.completed_runs("ingest-inbox") if "1 file" in run["name"]],
        "a scheduled intake",
    )
    last_seq = Landing(settings.landing).last_seq()
    published = wait_for(
        lambda: [run for run in services.completed_runs("refresh") if f"{last_seq}, " in run["name"]], "its refresh"
    )

    assert taken[0]["auto_scheduled"]
    assert taken[0]["name"] == "ingest-inbox: 1 file, 1 event accepted, 0 quarantined"
    assert published[0]["created_by"]["type"] == "AUTOMATION"
    assert re.fullmatch(rf"refresh: (commit|commits \d+ to) {last_seq}, [13] accounts?", published[0]["name"])
    assert lake.last_publication(settings).published_seq == last_seq
    reports = services.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [published[0]["id"]]}}})
    assert {report["key"] for report in reports} == {"refresh-report", "dbt-models"}
    assert any("| cash_events | " in report["data"] for report in reports)


def test_old_data_raises_an_alert(services: Services) -> None:
    """Given a publish that is older than it may be, when refresh finds nothing new, then alerts.jsonl says how old."""
    run = services.run("refresh")
    (alert,) = wait_for(lambda: alerts_of(services.settings, "old data"), "an alert")

    assert run["state_name"] == "Nothing new"
    assert alert["message"] == "The last publish is 0 hours old; at most 0 hours are allowed."


def test_report_writes_a_sheet_for_each_account_and_one_for_the_book(services: Services) -> None:
    """Given three accounts that are published, when report is started by hand, then it says which files are there."""
    run = services.run("report")

    assert run["name"] == "report: 4 sheets"
    sheets = {file.name: file.stat().st_mode & 0o777 for file in services.settings.reports.iterdir()}
    assert sheets == dict.fromkeys(("ACC001.html", "ACC002.html", "ACC003.html", "book@USD.html"), 0o600)
    (told,) = services.ask("/artifacts/filter", {"artifacts": {"flow_run_id": {"any_": [run["id"]]}}})
    assert all(f"`{name}`" in told["data"] for name in sheets)


def test_failed_run_raises_an_alert(services: Services) -> None:
    """Given a log that somebody has changed, when refresh fails, then alerts.jsonl says which flow and why."""
    settings = services.settings
    simulate_days(settings, default_scenario(), 1, system_clock)
    entry = settings.landing / "_log" / f"{1:020d}.json"
    content = entry.read_text()
    entry.write_text(content.replace('"duplicate": 0', '"duplicate": 1'))
    try:
        run = services.run("refresh")
        alert = wait_for(lambda: alerts_of(settings, "refresh Failed"), "an alert")[0]
    finally:
        entry.write_text(content)

    assert run["state_type"] == "FAILED"
    assert "Commit 1" in alert["message"]


def test_database_of_prefect_is_below_the_home(services: Services) -> None:
    """The user's own Prefect is not touched."""
    with sqlite3.connect(f"file:{services.settings.prefect_home / 'prefect.db'}?mode=ro", uri=True) as database:
        (count,) = database.execute("select count(*) from deployment").fetchone()

    assert count == len(SCHEDULED | BY_HAND)
    assert not (services.home / ".prefect").exists()
