"""Small ledgers: a file comes in, the books are built, a question is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from eventlog.clock import system_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse


@contextmanager
def empty_home(folder: Path) -> Iterator[Settings]:
    """A home below a folder, in which nothing has happened yet."""
    home = settings_for(folder / "data")
    home.home.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")  # a build exports its home
        yield home


def happened(home: Settings, stream: str, text: str) -> None:
    """One file comes in; every row of it is accepted."""
    file = home.home.parent / f"{stream}.csv"
    file.write_text(text)
    (receipt,) = ingest_files(home, stream, [file], system_clock)
    assert receipt.quarantined == 0, receipt


def built(home: Settings) -> None:
    """The books follow."""
    warehouse.build(home)


def told(home: Settings, sql: str) -> list[tuple[Any, ...]]:
    """What the books say; decimals and dates as people write them."""
    with warehouse.reading(home) as database:
        rows = database.execute(sql).fetchall()
    return [tuple(None if value is None else _plain(value) for value in row) for row in rows]


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        whole, _point, fraction = f"{value:f}".partition(".")
        return f"{whole}.{fraction}".rstrip("0").rstrip(".")
    return str(value)
