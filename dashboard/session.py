"""What a page shares with all others: the books it shows, and what is remembered of them.

An answer is remembered under the snapshot that gave it. A publish makes a new snapshot, so nothing is ever out of date
and nothing has to be forgotten in time.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, ParamSpec, TypeVar, cast

import streamlit as st

from dashboard.books import Books
from eventlog.settings import Settings, settings_from_environment
from flows import lake
from flows.books import State, state_of
from flows.lake import NothingPublishedError, Snapshot, Watch

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

ANSWERS_KEPT: Final = 64
"""Of each question."""


def remembered(question: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """The same question, answered once for each snapshot and its other arguments."""
    remember = st.cache_data(
        show_spinner="Reading the books ...", max_entries=ANSWERS_KEPT, hash_funcs={Books: lambda books: books.identity}
    )
    return cast(Callable[Asked, Answer], remember(question))


def snapshots() -> list[Snapshot]:
    """Every published state that is left, the newest last; looked up again when the catalog has changed."""
    settings = settings_from_environment()
    return _snapshots(settings, _watch(settings).stamp())


def books_of(snapshot: Snapshot) -> Books:
    """A published state, open for all who look at it."""
    return _books(settings_from_environment(), snapshot)


def newest_books() -> Books:
    """The books as they are published now.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    held = snapshots()
    if not held:
        raise NothingPublishedError(settings_from_environment())
    return books_of(held[-1])


def state() -> State:
    """The log and its quarantine in figures, counted again when a commit or a publish has been added."""
    settings = settings_from_environment()
    return _state(settings, (_last_commit(settings.landing / "_log"), _watch(settings).stamp()))


def _last_commit(log: Path) -> int | None:
    """Changes whenever a commit is added to the folder."""
    return log.stat().st_mtime_ns if log.exists() else None


@st.cache_resource(show_spinner=False, max_entries=2)
def _watch(settings: Settings) -> Watch:
    return Watch(settings)


@st.cache_data(show_spinner=False, max_entries=8)
def _snapshots(settings: Settings, stamp: Any) -> list[Snapshot]:  # noqa: ANN401 - the stamp is the key
    return lake.snapshots(settings)


@st.cache_resource(show_spinner="Opening the books ...", max_entries=6)
def _books(settings: Settings, snapshot: Snapshot) -> Books:
    return Books(settings, snapshot)


@st.cache_data(show_spinner="Reading the log ...", max_entries=2)
def _state(settings: Settings, stamp: Any) -> State:  # noqa: ANN401 - the stamp is the key
    return state_of(settings)
