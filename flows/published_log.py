"""Whether the log is still the one that was published: its chain says nothing of its own end."""

from __future__ import annotations

from contextlib import suppress

import duckdb

from eventlog.landing import Landing, LandingError
from eventlog.settings import Settings
from flows import lake
from flows.lake import LakeUnreachableError, Publication


def publication_of_this_log(settings: Settings) -> Publication | None:
    """The last publish, None before the first; the log holds the very entry up to which it was published.

    Raises:
        LandingError: the chain of the log is broken, or its published end is gone or another one.
        LakeUnreachableError: the server of the lake does not answer.
    """
    published = lake.last_publication(settings)
    landing = Landing(settings.landing)
    last_seq = len(landing.commits())  # reads the chain, so a changed entry is noticed
    if published is None:
        return None
    if published.published_seq > last_seq or landing.entry_sha256(published.published_seq) != published.entry_sha256:
        raise LandingError(
            f"Commit {published.published_seq} is not the one that was published. Restore {settings.landing} from a "
            f"backup, or, if this log is meant to be another one, remove the lake and refresh: "
            f"{lake.whereabouts(settings)}."
        )
    return published


def refuse_another_log(settings: Settings) -> None:
    """Take no event into a log that lost its end: what comes next would take the numbers of what was published.

    A lake that can't be asked stops no intake; the refresh says what is wrong with it.

    Raises:
        LandingError: the chain of the log is broken, or its published end is gone or another one.
    """
    with suppress(LakeUnreachableError, duckdb.Error):
        publication_of_this_log(settings)
