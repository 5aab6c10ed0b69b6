"""A home of navlog for one test, far from the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from eventlog.settings import Settings, lake_environment, settings_for
from tests.services import Services, services_up


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make prove N=...` and `make mutants` say how many histories they want."""
    parser.addoption("--histories", type=int, help="random histories to live through, instead of the usual number")


def pytest_configure() -> None:
    """A lake of the user's own, on a server or in a bucket, is no place for tests."""
    for name in lake_environment():
        del os.environ[name]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """An empty home; what a build writes into the environment is taken back after the test."""
    for name in ("NAVLOG_HOME", "DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS", "GX_ANALYTICS_ENABLED"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return settings_for(tmp_path / "home")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """What `navlog up` starts, once for the tests of a file (half a minute): it works beside them, and ends with them.

    The inbox is looked at every minute, and a publish counts as old after a second: no test waits for hours.
    """
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_MAX_AGE_HOURS", str(1 / 3600))
        with services_up(tmp_path_factory.mktemp("services")) as up:
            up.schedule_every_minute("ingest-inbox")
            yield up
