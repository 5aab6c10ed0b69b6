"""What `navlog down` ends: everything that carries the mark of its `up`, and nothing that does not."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest

from deployments import processes, services, state, together
from deployments.services import Ports, Service
from deployments.state import Running, ServicesBusyError, State
from eventlog.settings import SettingsError, environment_of_services, prefect_database_url, settings_for

PARENT_THAT_IGNORES_THE_END = """
import signal, subprocess, sys
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.run([sys.executable, "-c", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); signal.pause()"])
"""


@pytest.fixture
def settings(tmp_path):
    """A home whose folder for services exists."""
    settings = settings_for(tmp_path / "data")
    settings.services.mkdir(parents=True)
    return settings


@pytest.fixture
def stranger():
    """A process that nobody here has started as a service."""
    process = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    yield process
    process.kill()
    process.wait()


def test_process_that_got_a_reused_id_is_left_alone(settings, stranger):
    """Given a record of a service that has died and whose id went to somebody else, when ended, then he lives on."""
    state.write(settings, State(services=(Running("worker", stranger.pid, None),)))

    ended = together.down(settings)

    assert ended == ()
    assert stranger.poll() is None
    assert state.read(settings) is None


def test_process_ends_with_all_it_has_started(settings, monkeypatch):
    """Given a service and its child that both ignore the polite request, when ended, then neither is left."""
    monkeypatch.setattr(processes, "_SECONDS_TO_END", 0.5)
    mark = State().mark
    command = [sys.executable, "-c", PARENT_THAT_IGNORES_THE_END]
    processes.start(command, dict(os.environ), mark, settings.services, settings.services / "log")
    deadline = time.monotonic() + 60
    while len(processes.marked(mark)) < 2 and time.monotonic() < deadline:
        time.sleep(0.1)
    assert len(processes.marked(mark)) == 2

    processes.end(mark)

    assert processes.marked(mark) == []


def test_process_shows_its_mark_as_soon_as_it_is_started(settings):
    """A service that was just started must not be taken for one that has ended: its environment is empty at first."""
    mark = State().mark
    command = [sys.executable, "-c", "import signal; signal.pause()"]

    seen = [
        processes.is_running(
            processes.start(command, dict(os.environ), mark, settings.services, settings.services / "log"), mark
        )
        for _ in range(20)
    ]

    processes.end(mark)
    assert seen == [True] * 20


def test_service_that_ends_at_once_says_why(settings, monkeypatch):
    """Given a server that can't start, when started, then the message has what it last wrote."""
    refusing = Service("Prefect", (sys.executable, "-c", "raise SystemExit('no room left')"), is_healthy=lambda: False)
    monkeypatch.setattr(services, "prefect_server", lambda _port: refusing)

    with pytest.raises(together.StartFailedError, match="no room left"):
        together.up(settings, Ports(0, 0, 0), print)

    assert state.read(settings) is None


def test_two_starts_at_once_are_one_too_many(settings):
    with state.exclusive(settings), pytest.raises(ServicesBusyError, match="Try again"):
        together.down(settings)


def test_record_is_for_its_owner(settings):
    state.write(settings, State("mark", (Running("Prefect", 1, "http://127.0.0.1:1"),)))

    file = settings.services / "services.json"
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["services"][0]["name"] == "Prefect"
    assert state.read(settings) == State("mark", (Running("Prefect", 1, "http://127.0.0.1:1"),))


def test_taken_port_is_refused_before_anything_starts(settings):
    with socket.create_server(("127.0.0.1", 0)) as listener, pytest.raises(together.PortTakenError, match="--port 0"):
        together.up(settings, Ports(prefect=listener.getsockname()[1], data_docs=0, dashboard=0), print)

    assert state.read(settings) is None


def test_users_own_prefect_settings_stay_outside(monkeypatch):
    monkeypatch.setenv("PREFECT_API_KEY", "somebody's")
    monkeypatch.setenv("NAVLOG_PREFECT_DATABASE_URL", "postgresql+asyncpg://user:secret@127.0.0.1/prefect")

    environment = environment_of_services({"PREFECT_HOME": "/ours"})

    assert {name: value for name, value in environment.items() if "PREFECT" in name} == {"PREFECT_HOME": "/ours"}


def test_database_of_another_kind_is_refused(monkeypatch):
    monkeypatch.setenv("NAVLOG_PREFECT_DATABASE_URL", "mysql://127.0.0.1/prefect")

    with pytest.raises(SettingsError, match="postgresql"):
        prefect_database_url()
