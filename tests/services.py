"""The real services of one home, as `navlog up` starts them, and what a client asks them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from deployments import processes, state
from eventlog.settings import Settings, settings_for
from tests.e2e.command import navlog

BUSY = 503
CLIENT = "tests"
"""Under this name the tests ask for a CSRF token."""


@dataclass(frozen=True, slots=True)
class Services:
    """Prefect's server and its worker, up in a user's home."""

    home: Path
    address: str
    key: str
    mark: str

    @property
    def settings(self) -> Settings:
        """Of navlog's home below the user's."""
        return settings_for(self.home / "data")

    def get(self, path: str, **headers: str) -> httpx.Response:
        """Ask as a stranger would, without the key."""
        return httpx.get(f"{self.address}{path}", headers=headers, timeout=60)

    def post_without_token(self, path: str) -> httpx.Response:
        """Ask with the key alone, as a page elsewhere could make the browser do."""
        return httpx.post(f"{self.address}{path}", json={}, auth=self._login, timeout=60)

    def ask(self, path: str, body: Any = None) -> Any:
        """Ask the API as its user does: GET, or POST if there is a body."""
        with httpx.Client(base_url=f"{self.address}/api", auth=self._login, timeout=60) as client:
            if body is None:
                return _json(lambda: client.get(path))
            token = _json(lambda: client.get("/csrf-token", params={"client": CLIENT}))["token"]
            headers = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": CLIENT}
            return _json(lambda: client.post(path, json=body, headers=headers))

    def run(self, deployment: str, **parameters: Any) -> dict[str, Any]:
        """Start a deployment by hand and wait for the end of its run."""
        deployment_id = self.ask(f"/deployments/name/{deployment}/{deployment}")["id"]
        run_id = self.ask(f"/deployments/{deployment_id}/create_flow_run", {"parameters": parameters})["id"]
        return wait_for(lambda: self._ended(run_id), f"the end of {deployment}")

    def schedule_every_minute(self, deployment: str) -> None:
        """Give a deployment one more schedule, for tests that can't wait for its own."""
        deployment_id = self.ask(f"/deployments/name/{deployment}/{deployment}")["id"]
        schedule = {"active": True, "schedule": {"interval": 60, "timezone": "UTC"}}
        self.ask(f"/deployments/{deployment_id}/schedules", [schedule])

    def completed_runs(self, deployment: str) -> list[dict[str, Any]]:
        """Runs of a deployment that ended well."""
        return self.ask(
            "/flow_runs/filter",
            {
                "deployments": {"name": {"any_": [deployment]}},
                "flow_runs": {"state": {"type": {"any_": ["COMPLETED"]}}},
            },
        )

    @property
    def _login(self) -> tuple[str, str]:
        user, _, password = self.key.partition(":")
        return user, password

    def _ended(self, run_id: str) -> dict[str, Any] | None:
        run = self.ask(f"/flow_runs/{run_id}")
        return run if run["state_type"] in {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"} else None


@contextmanager
def services_up(home: Path) -> Iterator[Services]:
    """`navlog up`, and `navlog down` at the end: afterwards none of its processes is left."""
    settings = settings_for(home / "data")
    try:
        said = navlog(home, "up", "--port", "0", "--dashboard-port", "0", "--docs-port", "0")
        assert said.exit_code == 0, said.out + said.err
        held = state.read(settings)
        assert held is not None
        key = (settings.services / "prefect-key").read_text().strip()
        address = held.services[0].address
        assert address is not None
        yield Services(home, address, key, held.mark)
    finally:
        ended = navlog(home, "down")
    assert ended.exit_code == 0, ended.err
    assert processes.marked(held.mark) == []
    assert state.read(settings) is None


def wait_for(find: Callable[[], Any], what: str, seconds: float = 240) -> Any:
    """The first thing found that is not nothing."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found := find():
            return found
        time.sleep(0.5)
    pytest.fail(f"{what} did not come about within {seconds:.0f} s")


def alerts_of(settings: Settings, what: str) -> list[dict[str, str]]:
    """The lines of one kind in alerts.jsonl so far."""
    lines = settings.alerts.read_text().splitlines() if settings.alerts.exists() else []
    return [alert for alert in map(json.loads, lines) if alert["what"] == what]


def _json(asked: Callable[[], httpx.Response]) -> Any:
    """While SQLite is busy the server says so (503), and its clients ask again."""
    answer = wait_for(lambda: given if (given := asked()).status_code != BUSY else None, "an answer", seconds=60)
    answer.raise_for_status()
    return answer.json()
