"""prefect.yaml as it stands, on a real server with a real worker: a run asked for, and one that a schedule started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from eventlog.clock import system_clock
from eventlog.landing import Landing
from eventlog.settings import settings_for
from flows import lake
from flows.steps.simulate import simulate_days
from generators.simulation import default_scenario
from tests.e2e.command import environment

PREFECT = Path(sys.executable).parent / "prefect"
PROJECT = Path(__file__).resolve().parents[2]
DEPLOYMENTS = {"simulate-market", "ingest-inbox", "refresh", "replay-verify", "maintain"}


@dataclass(frozen=True, slots=True)
class Server:
    """A Prefect server of this test, with prefect.yaml deployed and a worker waiting."""

    home: Path
    url: str

    @property
    def environment(self) -> dict[str, str]:
        """For every client of this server."""
        return environment(self.home) | {"PREFECT_API_URL": self.url, "DO_NOT_TRACK": "1"}

    def run(self, *arguments: str) -> str:
        """Run a prefect command; its output."""
        done = subprocess.run(
            [PREFECT, *arguments], env=self.environment, cwd=PROJECT, capture_output=True, text=True,
            timeout=200, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def answers(self) -> bool:
        """Whether it is up."""
        try:
            with socket.create_connection(("127.0.0.1", urlsplit(self.url).port), timeout=5):
                return True
        except OSError:
            return False

    def post(self, path: str, body: dict[str, Any]) -> Any:
        """Ask the API."""
        answer = httpx.post(f"{self.url}{path}", json=body, timeout=30)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Server, pool, deployments and worker; all ended by their process ids."""
    home = tmp_path_factory.mktemp("home")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = Server(home, f"http://127.0.0.1:{port}/api")
    with (home / "server.log").open("w") as log:
        serving = _start(["server", "start", "--host", "127.0.0.1", "--port", str(port)], server, log)
        try:
            _wait_until(server.answers, seconds=120)
            server.run("work-pool", "create", "navlog", "--type", "process")
            server.run("deploy", "--all", "--no-prompt")
            working = _start(["worker", "start", "--pool", "navlog"], server, log)
            try:
                yield server
            finally:
                _end(working)
        finally:
            _end(serving)


def test_every_deployment_is_described_tagged_and_scheduled(server: Server) -> None:
    """What a user sees on the deployments page: purpose, tags, a schedule in UTC."""
    deployments = {one["name"]: one for one in server.post("/deployments/filter", {})}

    assert set(deployments) == DEPLOYMENTS
    for deployment in deployments.values():
        assert deployment["description"]
        assert "navlog" in deployment["tags"]
        (schedule,) = deployment["schedules"]
        assert schedule["active"]
        assert schedule["schedule"]["timezone"] == "UTC"


def test_refresh_publishes_when_a_user_runs_it(server: Server) -> None:
    """Given new events, when `refresh` is run from the server, then they are published and a report is left."""
    settings = settings_for(server.home / "data")
    simulate_days(settings, default_scenario(), 5, system_clock)

    server.run("deployment", "run", "refresh/refresh", "--watch")

    published = lake.last_publication(settings)
    assert published is not None
    assert Landing(settings.landing).last_seq() == published.published_seq
    (report,) = server.post("/artifacts/filter", {"artifacts": {"key": {"any_": ["refresh-report"]}}})
    assert "received" in report["data"]


def test_scheduled_run_executes_by_itself(server: Server) -> None:
    """Given a schedule, when its time comes, then the worker runs the flow without anybody asking."""
    settings = settings_for(server.home / "data")
    inbox = settings.inbox / "cash_events"
    inbox.mkdir(parents=True)
    (inbox / "deposit.csv").write_text("event_id,account_id,type,amount,timestamp\nD1,ACC001,DEPOSIT,5.00,2024-01-05\n")

    server.run("deployment", "schedule", "create", "ingest-inbox/ingest-inbox", "--interval", "15", "--timezone", "UTC")

    _wait_until((settings.inbox / "taken" / "cash_events" / "deposit.csv").exists, seconds=150)
    scheduled = {
        "deployments": {"name": {"any_": ["ingest-inbox"]}},
        "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
    }
    _wait_until(lambda: bool(server.post("/flow_runs/filter", scheduled)), seconds=60)
    assert all(run["auto_scheduled"] for run in server.post("/flow_runs/filter", scheduled))


def _start(arguments: list[str], server: Server, log: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [PREFECT, *arguments], env=server.environment, cwd=PROJECT, stdout=log, stderr=log, start_new_session=True
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process and what it started, which is all in its own session."""
    process.send_signal(signal.SIGTERM)
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_until(is_so: Any, seconds: float) -> None:
    for _attempt in range(int(seconds * 2)):
        if is_so():
            return
        time.sleep(0.5)
    pytest.fail(f"This did not come about within {seconds} s: {is_so}")
