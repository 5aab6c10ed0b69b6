"""Starts the services of a home in their order, waits for each, and ends them in the other order."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from random import SystemRandom
from typing import Final

from deployments import processes, services, state
from deployments.services import PROJECT, Ports, Service
from deployments.state import Running, State
from eventlog.settings import Settings

_SECONDS_TO_START: Final = 180.0
_SECONDS_BETWEEN_LOOKS: Final = 0.25
_LINES_SHOWN: Final = 20
_PORTS_TO_CHOOSE_FROM: Final = range(20_000, 32_768)
"""Below those that the system lends to outgoing connections: a service binds its port seconds after it was chosen."""


class StartFailedError(RuntimeError):
    """A service did not come up; what was started has been ended. The message names the log to read."""


class PortTakenError(ValueError):
    """Somebody else listens on the port; the message says how to choose another."""


Tell = Callable[[str], None]
"""Shows a person what is happening."""


def running(settings: Settings) -> tuple[Running, ...]:
    """The services of this home that `up` has started and that still run."""
    held = state.read(settings)
    return tuple(one for one in held.services if processes.is_running(one.pid, held.mark)) if held else ()


def is_up(settings: Settings) -> bool:
    """Whether everything on record runs; False if nothing is."""
    held = state.read(settings)
    return held is not None and bool(held.services) and len(running(settings)) == len(held.services)


def up(settings: Settings, wanted: Ports, tell: Tell) -> tuple[Running, ...]:
    """Start what does not run yet, register the deployments, and return when all is healthy.

    Port 0 stands for a free one. If a service of an earlier start has died, the others are ended and all start anew.

    Raises:
        PortTakenError: somebody else listens on a port.
        StartFailedError: a service did not come up.
        ServicesBusyError: another `up` or `down` is at work.
    """
    with state.exclusive(settings):
        if is_up(settings):
            return running(settings)
        _end(settings)
        with ExitStack() as held:  # all at once, so that none is given twice
            ports = Ports(
                held.enter_context(_held(wanted.prefect, "--port")),
                held.enter_context(_held(wanted.data_docs, "--docs-port")),
                held.enter_context(_held(wanted.dashboard, "--dashboard-port")),
            )
        try:
            _start_all(settings, ports, tell)
        except BaseException:  # also when the user loses patience
            _end(settings)
            raise
        return running(settings)


def down(settings: Settings) -> tuple[Running, ...]:
    """End what `up` has started in this home, runs under way included; what it was.

    Raises:
        ServicesBusyError: another `up` or `down` is at work.
    """
    with state.exclusive(settings):
        return _end(settings)


def wait_for_an_end(settings: Settings) -> None:
    """Return when a service has ended."""
    while is_up(settings):
        time.sleep(1)


def _start_all(settings: Settings, ports: Ports, tell: Tell) -> None:
    environment = services.environment(settings, ports)
    held = State()
    in_order = (
        services.prefect_server(ports.prefect),
        services.data_docs(settings, ports.data_docs),
        services.dashboard(ports.dashboard),
        services.worker(settings, ports.prefect),
    )
    for service in in_order:
        tell(f"Starting {service.name} ...")
        log = _log(settings, service.name)
        pid = processes.start(
            service.command, environment | service.own_environment, held.mark, folder=PROJECT, log=log
        )
        held = replace(held, services=(*held.services, Running(service.name, pid, service.address)))
        state.write(settings, held)
        _wait_until_healthy(service, pid, held.mark, log)
    tell("Registering the deployments of prefect.yaml ...")
    _register(environment, _log(settings, "registration"))


def _wait_until_healthy(service: Service, pid: int, mark: str, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not service.is_healthy():
        if not processes.is_running(pid, mark):
            raise StartFailedError(f"{service.name} ended while it started. {log} ends with:\n{_end_of(log)}")
        if time.monotonic() > deadline:
            raise StartFailedError(f"{service.name} was not up after {_SECONDS_TO_START:.0f} s. Read {log}.")
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def _register(environment: dict[str, str], log: Path) -> None:
    with log.open("wb") as output:
        done = subprocess.run(
            services.registration(), env=environment, cwd=PROJECT, stdin=subprocess.DEVNULL, stdout=output,
            stderr=output, check=False,
        )  # fmt: skip
    if done.returncode:
        raise StartFailedError(f"The deployments of prefect.yaml could not be registered. Read {log}.")


def _end(settings: Settings) -> tuple[Running, ...]:
    """The server last, so that runs can still tell it how they ended."""
    held = state.read(settings)
    if held is None:
        return ()
    ended = running(settings)
    first = held.services[0].pid if held.services else None
    processes.end(held.mark, spared={first} if first else ())
    processes.end(held.mark)
    state.forget(settings)
    return ended


def _log(settings: Settings, name: str) -> Path:
    settings.service_logs.mkdir(mode=0o700, exist_ok=True)
    return settings.service_logs / f"{name.lower()}.log"


@contextmanager
def _held(port: int, option: str) -> Iterator[int]:
    """The port, or a free one for 0, kept from others until the block ends."""
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if port and not _binds(holder, port):
            raise PortTakenError(
                f"Port {port} is taken. Choose another: {option} N, or {option} 0 for any that is free."
            )
        yield port or next(free for free in _in_any_order(_PORTS_TO_CHOOSE_FROM) if _binds(holder, free))


def _binds(holder: socket.socket, port: int) -> bool:
    try:
        holder.bind((services.HOST, port))
    except OSError:
        return False
    return True


def _in_any_order(ports: range) -> list[int]:
    """Two homes that start at the same time should not try the same ones."""
    return SystemRandom().sample(ports, len(ports))


def _end_of(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join(lines[-_LINES_SHOWN:])
