"""What `navlog up` has started, kept in a file so that `navlog down` ends that and nothing else."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from eventlog.settings import Settings


class ServicesBusyError(RuntimeError):
    """Another `navlog up` or `navlog down` is at work in this home."""


@dataclass(frozen=True, slots=True)
class Running:
    """A started service: its process, and the address that people open (none for a worker)."""

    name: str
    pid: int
    address: str | None


@dataclass(frozen=True, slots=True)
class State:
    """The mark of the processes of one `up`, and the services among them in the order of their start."""

    mark: str = field(default_factory=lambda: secrets.token_hex(16))
    services: tuple[Running, ...] = ()


@contextmanager
def exclusive(settings: Settings) -> Iterator[None]:
    """Keep other starts and ends in this home out until the block ends.

    Raises:
        ServicesBusyError: one is at work.
    """
    settings.services.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (settings.services / "_lock").open("a") as lock:
        # The descriptor is not inherited by what is started, so that only this command holds the lock.
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as taken:
            raise ServicesBusyError(
                f"Services of {settings.home} are being started or ended just now. Try again in a minute."
            ) from taken
        yield


def read(settings: Settings) -> State | None:
    """What is on record, None if nothing is."""
    if not _file(settings).exists():
        return None
    content = json.loads(_file(settings).read_text(encoding="utf-8"))
    return State(content["mark"], tuple(Running(**service) for service in content["services"]))


def write(settings: Settings, state: State) -> None:
    """Put it on record, before what comes next is started."""
    write_private(_file(settings), json.dumps(asdict(state), indent=1))


def forget(settings: Settings) -> None:
    """Nothing is running any more."""
    _file(settings).unlink(missing_ok=True)


def write_private(file: Path, text: str) -> None:
    """Replace a file at once by one that only its owner can read."""
    draft = file.with_name(f".{file.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as opened:
        opened.write(text)
    draft.replace(file)


def _file(settings: Settings) -> Path:
    return settings.services / "services.json"
