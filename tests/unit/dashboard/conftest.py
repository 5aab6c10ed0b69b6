"""The home that all tests of pages share, and the dashboard without a browser."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.books import newest
from tests.published_home import shared_home

APP = Path(__file__).resolve().parents[3] / "dashboard" / "app.py"
PAGES = ("overview", "account", "risk", "quality", "travel")


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """Two runs have published."""
    return shared_home(tmp_path_factory)


@pytest.fixture(scope="module")
def books(published):
    """What they have published."""
    return newest(published)


@pytest.fixture
def opened(monkeypatch):
    """Open a page of a home: `opened(home, "risk")`, with widgets set before: `account="ACC001"`."""

    def open_page(home, page, **widgets):
        monkeypatch.setenv("NAVLOG_HOME", str(home.home))
        app = AppTest.from_file(str(APP), default_timeout=120).run()
        if page != "overview":
            app.switch_page(f"views/{page}.py").run()
        for key, value in widgets.items():
            app.selectbox(key=key).set_value(value).run()
        return app

    return open_page
