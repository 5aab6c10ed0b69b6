"""Prefect's state in PostgreSQL by one setting; runs where a PostgreSQL server is installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psutil
import pytest

from deployments import processes
from tests.services import services_up, wait_for

PASSWORD = "not-a-secret-outside-this-test"  # noqa: S105
pytestmark = pytest.mark.timeout(600)


@pytest.fixture
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of this test alone, with a password, on a free port of this machine."""
    executable = shutil.which("postgres")
    if executable is None:
        pytest.skip("no PostgreSQL server on this machine: `postgres` is not on the PATH")
    binaries = Path(executable).resolve().parent
    with tempfile.TemporaryDirectory(prefix="navlog-postgres-") as folder, socket.socket() as free:
        data, secret = Path(folder) / "data", Path(folder) / "password"
        secret.write_text(PASSWORD)
        for path in (Path(folder), secret):
            shutil.chown(path, **_unprivileged())
        _as_server([binaries / "initdb", "-D", data, "-U", "navlog", "-A", "scram-sha-256", f"--pwfile={secret}"])
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        with _serving([binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", folder]):
            url = f"postgresql://navlog:{PASSWORD}@127.0.0.1:{port}/postgres"
            wait_for(lambda: _answers(url), "the PostgreSQL server", seconds=60)
            yield url


def test_prefect_keeps_its_state_in_postgres(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given its address, when the services run a flow, then the run is in PostgreSQL and the password nowhere else."""
    monkeypatch.setenv("NAVLOG_PREFECT_DATABASE_URL", postgres_url.replace("postgresql", "postgresql+asyncpg"))

    with services_up(tmp_path) as services:
        run = services.run("simulate-market", days=1)
        names = asyncio.run(_query(postgres_url, "select name from flow_run where state_type = 'COMPLETED'"))
        knowing = [process for process in processes.marked(services.mark) if PASSWORD in str(process.environ())]

    assert run["name"] == "simulate-market: commits 1-5, 32 events"
    assert run["name"] in {name for (name,) in names}
    assert len(knowing) == 1
    assert not (services.settings.prefect_home / "prefect.db").exists()
    files = [file for file in services.settings.home.rglob("*") if file.is_file()]
    assert [file for file in files if PASSWORD.encode() in file.read_bytes()] == []


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {"user": os.geteuid()}


def _as_server(command: list[Any]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **_unprivileged())


@contextmanager
def _serving(command: list[Any]) -> Iterator[None]:
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **_unprivileged())
    try:
        yield
    finally:
        psutil.Process(server.pid).terminate()
        server.wait(timeout=60)


def _answers(url: str) -> bool:
    try:
        asyncio.run(_query(url, "select 1"))
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def _query(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()
