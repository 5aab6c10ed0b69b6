"""What runs on one machine: the Prefect server, its worker, Data Docs, the dashboard."""

from __future__ import annotations

import base64
import http.client
import json
import secrets
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dashboard import server
from deployments.state import write_private
from eventlog.settings import Settings, environment_of_services, lake_environment, prefect_database_url

PROJECT: Final = Path(__file__).resolve().parent.parent
POOL: Final = "navlog"
HOST: Final = "127.0.0.1"
DOCS_ARE_UP: Final = "/is-up"
"""Answered before there is a first page."""
_PREFECT: Final = str(Path(sys.executable).with_name("prefect"))
_ANSWER_SECONDS: Final = 5


@dataclass(frozen=True, slots=True)
class Service:
    """How one of them is started, how it says that it is up, and the address that people open."""

    name: str
    command: tuple[str, ...]
    is_healthy: Callable[[], bool]
    address: str | None = None
    own_environment: dict[str, str] = field(default_factory=dict)
    """What only this one is told."""


@dataclass(frozen=True, slots=True)
class Ports:
    """Where each of them listens on this machine."""

    prefect: int
    data_docs: int
    dashboard: int


def address(port: int) -> str:
    """What a browser on this machine opens."""
    return f"http://{HOST}:{port}"


def prefect_server(port: int) -> Service:
    """Server and UI, on this machine only. It alone knows its database, whose address may hold a password."""
    url = prefect_database_url()
    return Service(
        "Prefect",
        (sys.executable, "-m", "deployments.prefect_door", str(port)),
        is_healthy=lambda: answer(port, "/api/ready") is not None,
        address=address(port),
        own_environment={"PREFECT_SERVER_DATABASE_CONNECTION_URL": url} if url else {},
    )


def worker(settings: Settings, port: int) -> Service:
    """Takes runs from the pool, which it makes if there is none, and gives each a process of its own."""
    return Service(
        "worker",
        (_PREFECT, "worker", "start", "--pool", POOL, "--type", "process", "--name", "navlog"),
        is_healthy=lambda: _is_pool_ready(port, sign_in_key(settings)),
        own_environment=lake_environment(),
    )


def dashboard(port: int) -> Service:
    """The pages on the published books."""
    return Service(
        "dashboard",
        tuple(server.command(port)),
        is_healthy=lambda: answer(port, "/_stcore/health") is not None,
        address=server.address(port),
        own_environment=lake_environment(),
    )


def data_docs(settings: Settings, port: int) -> Service:
    """The pages that every run of the gate leaves."""
    return Service(
        "Data Docs",
        (sys.executable, "-m", "deployments.docs_door", str(port), str(settings.docs)),
        is_healthy=lambda: answer(port, DOCS_ARE_UP) is not None,
        address=address(port),
    )


def registration() -> tuple[str, ...]:
    """The command that tells the server of prefect.yaml. It replaces what is there, so it may be repeated."""
    return (_PREFECT, "--no-prompt", "deploy", "--all")


def environment(settings: Settings, ports: Ports) -> dict[str, str]:
    """For every process: the home, the addresses, the key to the server, and no telemetry."""
    origin, key = address(ports.prefect), sign_in_key(settings)
    return environment_of_services(
        {
            "NAVLOG_HOME": str(settings.home),
            "NAVLOG_MEMORY_LIMIT": settings.memory_limit,
            "NAVLOG_DOCS_URL": address(ports.data_docs),
            "PREFECT_HOME": str(settings.prefect_home),
            "PREFECT_API_URL": f"{origin}/api",
            "PREFECT_API_AUTH_STRING": key,
            "PREFECT_SERVER_API_AUTH_STRING": key,
            "PREFECT_SERVER_CSRF_PROTECTION_ENABLED": "true",
            "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": origin,
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_SERVER_UI_V2_ENABLED": "false",  # its pages ask a host elsewhere
            "PREFECT_UI_STATIC_DIRECTORY": str(settings.prefect_home / "ui"),
            "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "false",
            "GX_ANALYTICS_ENABLED": "false",
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "DO_NOT_TRACK": "1",
        }
    )


def sign_in_file(settings: Settings) -> Path:
    """Where the key to the Prefect server is: one line, to be pasted into its sign-in page."""
    return settings.services / "prefect-key"


def sign_in_key(settings: Settings) -> str:
    """The key; made by chance the first time."""
    file = sign_in_file(settings)
    if not file.exists():
        write_private(file, f"navlog:{secrets.token_urlsafe(24)}\n")
    return file.read_text(encoding="ascii").strip()


def answer(port: int, path: str, key: str | None = None) -> str | None:
    """What a service on this machine answers; None if nothing, or no success."""
    headers = {"Authorization": f"Basic {base64.b64encode(key.encode()).decode()}"} if key else {}
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        text = response.read().decode()
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
    return text if response.status == http.client.OK else None


def _is_pool_ready(port: int, key: str) -> bool:
    """A pool is ready when a worker asks for its runs."""
    text = answer(port, f"/api/work_pools/{POOL}", key)
    return text is not None and json.loads(text).get("status") == "READY"
