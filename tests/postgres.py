"""A PostgreSQL server of one test run, with a password, on a free port of this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from tests.services import wait_for

PASSWORD = "not-a-secret-outside-this-test"  # noqa: S105
USER = "navlog"


@dataclass(frozen=True, slots=True)
class Postgres:
    """Where it listens."""

    port: int

    @property
    def url(self) -> str:
        """Of its first database, password and all."""
        return f"postgresql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def query(self, sql: str) -> list[Any]:
        """Ask its first database."""
        return asyncio.run(_query(self.url, sql))


@contextmanager
def postgres_server() -> Iterator[Postgres]:
    """The server; where none is installed, the tests that need it are skipped, and the summary says so."""
    executable = shutil.which("postgres")
    if executable is None:
        pytest.skip("no PostgreSQL server on this machine: `postgres` is not on the PATH")
    binaries = Path(executable).resolve().parent
    with tempfile.TemporaryDirectory(prefix="navlog-postgres-") as folder:
        data, secret = Path(folder) / "data", Path(folder) / "password"
        secret.write_text(PASSWORD)
        for path in (Path(folder), secret):
            shutil.chown(path, **_unprivileged())
        _as_server([binaries / "initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", f"--pwfile={secret}"])
        server = Postgres(free_port())
        command = [binaries / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(server.port), "-k", folder]
        with serving(command, **_unprivileged()):
            wait_for(lambda: _answers(server), "the PostgreSQL server", seconds=60)
            yield server


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port


@contextmanager
def serving(command: list[Any], **options: Any) -> Iterator[None]:
    """A server that ends with the block."""
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", **options)
    try:
        yield
    finally:
        server.send_signal(signal.SIGINT)  # PostgreSQL would wait for its clients if it were asked to terminate
        server.wait(timeout=60)


def _unprivileged() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    return {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {"user": os.geteuid()}


def _as_server(command: list[Any]) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/", **_unprivileged())


def _answers(server: Postgres) -> bool:
    try:
        server.query("select 1")
    except (OSError, asyncpg.PostgresError):
        return False
    return True


async def _query(url: str, sql: str) -> list[Any]:
    connection = await asyncpg.connect(url)
    try:
        return list(await connection.fetch(sql))
    finally:
        await connection.close()
