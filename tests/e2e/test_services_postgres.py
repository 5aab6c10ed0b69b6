"""Prefect's state in PostgreSQL by one setting; runs where a PostgreSQL server is installed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deployments import processes
from tests.postgres import PASSWORD, Postgres, postgres_server
from tests.services import services_up

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def postgres() -> Iterator[Postgres]:
    """A server of this test alone."""
    with postgres_server() as server:
        yield server


def knows_password(process: psutil.Process) -> bool:
    try:
        return PASSWORD in str(process.environ())
    except psutil.NoSuchProcess:  # that of a run which has just ended
        return False


def test_prefect_keeps_its_state_in_postgres(postgres: Postgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Given its address, when the services run a flow, then the run is in PostgreSQL and the password nowhere else."""
    monkeypatch.setenv("NAVLOG_PREFECT_DATABASE_URL", postgres.url.replace("postgresql", "postgresql+asyncpg"))

    with services_up(tmp_path) as services:
        run = services.run("simulate-market", days=1)
        names = postgres.query("select name from flow_run where state_type = 'COMPLETED'")
        knowing = [process for process in processes.marked(services.mark) if knows_password(process)]

    assert run["name"] == "simulate-market: commits 1 to 5, 32 events"
    assert run["name"] in {name for (name,) in names}
    assert len(knowing) == 1
    assert not (services.settings.prefect_home / "prefect.db").exists()
    files = [file for file in services.settings.home.rglob("*") if file.is_file()]
    assert [file for file in files if PASSWORD.encode() in file.read_bytes()] == []
