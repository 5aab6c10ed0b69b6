"""A small book, published once, and what it says of its accounts."""

from __future__ import annotations

from functools import cache

import pytest

from eventlog.settings import settings_for
from reports.reading import published
from reports.selection import selected
from tests.unit.reports.small_book import build_small_book


@pytest.fixture(scope="session")
def small_book(tmp_path_factory):
    """The home of the small book; nobody changes it but for its sheets."""
    settings = settings_for(tmp_path_factory.mktemp("small_book") / "data")
    build_small_book(settings)
    return settings


@pytest.fixture(scope="session")
def portfolio_of(small_book):
    """Some accounts of the small book together: `portfolio_of("LEFT", "RIGHT")`."""
    with published(small_book) as books:
        yield cache(lambda *account_ids: books.portfolio(selected(books.accounts(), account_ids)))
