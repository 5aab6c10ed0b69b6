"""What stands around every page: its title, what is published, the account it is about, and what goes wrong."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import streamlit as st

from dashboard import address, session, words
from dashboard.books import Books
from dashboard.data_docs import StrangePageError
from dashboard.queries import account
from dashboard.restating import RestatingFailedError
from eventlog.clock import system_clock
from eventlog.landing import Landing, LandingError
from eventlog.settings import SettingsError, max_age_from_environment, settings_from_environment
from flows.gate import last_gate
from flows.lake import LakeUnreachableError, NothingPublishedError
from flows.moments import NoSuchMomentError
from flows.plain import commits, counted

_LOOK_AGAIN: Final = "5s"
_STYLESHEET: Final = Path(__file__).with_name("style.css")
ICON: Final = Path(__file__).with_name("icon.svg")
"""Our own: a named icon or an emoji would be fetched from elsewhere."""

_KNOWN: Final = (
    SettingsError, LandingError, LakeUnreachableError, NoSuchMomentError, RestatingFailedError, StrangePageError,
)  # fmt: skip

NO_VALUE_YET: Final = "This account has no value yet: its first event counts on the next day that has a price."

accounts_of = session.remembered(account.accounts)


def opened(title: str, why_the_gate_is_closed: str = "The page Data quality says why.") -> Books:
    """Begin a page: its title, and when the books it shows were published. It follows a new publish by itself.

    With a closed gate it also says where the reader finds out why.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    books = session.newest_books()
    st.title(title, anchor=False)
    _publication(books, why_the_gate_is_closed)
    return books


def chosen_account(books: Books) -> str:
    """The account that the reader has chosen, on whichever page, its name as text; without any the page ends here."""
    names = accounts_of(books)
    if not names:
        st.info("There is no account yet: trades, cash events or accounts bring one. Bring them in and refresh.")
        st.stop()
    address.follow("account", names, otherwise=next(iter(names)))
    chosen: str = st.selectbox(
        "Account",
        list(names),
        format_func=lambda account_id: f"{account_id}  {names[account_id] or ''}".strip(),
        key="account",
        on_change=address.write,
        args=("account",),
    )
    return chosen


@contextmanager
def framed() -> Iterator[None]:
    """Dress a page, and tell what goes wrong in one sentence, with what to do next."""
    st.html(_STYLESHEET)
    try:
        with _welcoming():
            yield
    except _KNOWN as error:
        _say(str(error), "Mend it and load this page again.")
    except duckdb.Error as error:
        _say(
            f"The published tables could not be read: {str(error).splitlines()[0]}",
            "Load this page again. If it stays, `navlog status` says whether the books are whole.",
        )


@contextmanager
def _welcoming() -> Iterator[None]:
    try:
        yield
    except NothingPublishedError:
        _welcome()


def _say(what: str, next_step: str) -> None:
    """What happened is text that may quote a path or an event; what to do next is ours."""
    with st.container(border=True):
        st.badge("This page can't be shown", icon=":material/error:", color="red")
        st.text(what)
        st.markdown(next_step)


@st.fragment(run_every=_LOOK_AGAIN)
def _publication(books: Books, why_the_gate_is_closed: str) -> None:
    newest = session.newest_books()
    if newest.identity != books.identity:
        st.rerun()
    said = books.publication
    gate = last_gate(books.settings)
    if gate is not None and not gate.is_passed:
        st.error(
            f"The gate is closed: {commits(gate.first_seq, gate.last_seq)} did not pass. "
            f"These are the books as they were published before. {why_the_gate_is_closed}",
            icon=":material/block:",
        )
    st.caption(
        f"{_published(books.published_at, system_clock())} · "
        f"commit {said.published_seq:,} of the log · {counted(said.checks, 'expectation')} evaluated"
    )


def _published(at: datetime, now: datetime) -> str:
    """When the books were published; older ones than an alert allows carry no green check."""
    age, age_max = now - at, max_age_from_environment()
    said = f"Published {words.moment(at)} ({words.age(age)})"
    if age <= age_max:
        return f":green[:material/check_circle:] {said}"
    return f":orange[:material/warning:] {said}, older than {age_max / timedelta(hours=1):g} hours"


def _welcome() -> None:
    """Nothing is published yet: say how to get books, and show them as soon as they are there."""
    settings = settings_from_environment()
    commit_count = len(Landing(settings.landing).commits())
    st.title("No books yet", anchor=False)
    gate = last_gate(settings)
    if gate is not None and not gate.is_passed:
        st.markdown("The books did not pass the gate, so nothing is published. Which events to look at:")
        st.code(".venv/bin/navlog status", language="bash")
    elif commit_count:
        st.markdown(f"The log holds {counted(commit_count, 'commit')}, and nothing is published. Publish the books:")
        st.code(".venv/bin/navlog refresh", language="bash")
    else:
        st.markdown("The log is empty. Look around with a simulated market (about two minutes):")
        st.code(".venv/bin/navlog demo", language="bash")
        st.markdown("or bring in your own files and publish them:")
        st.code(".venv/bin/navlog ingest trades my_trades.csv\n.venv/bin/navlog refresh", language="bash")
    st.caption("This page looks into the home below and shows the books as soon as they are published.")
    st.text(str(settings.home))
    _wait_for_books()


@st.fragment(run_every=_LOOK_AGAIN)
def _wait_for_books() -> None:
    if session.snapshots():
        st.rerun()
