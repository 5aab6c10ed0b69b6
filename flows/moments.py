"""Moments in the life of the books: as known at a time, as published at a time, or now.

A moment is a commit of the log and the models that fold it. What was *known* at K is the log up to the last commit
recorded at or before K; what was *published* at P is what readers saw at P (docs/decisions/0011).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from eventlog.landing import Commit, Landing
from eventlog.settings import Settings
from flows import lake, warehouse
from flows.lake import NothingPublishedError, Snapshot


class NoSuchMomentError(ValueError):
    """The books can't be had as of the moment asked for; the message says why and what can be had."""


@dataclass(frozen=True, slots=True)
class Moment:
    """The log up to commit ``seq`` (whose entry has this hash), folded by these models.

    ``snapshot_id`` is the published state that holds it, None if no run has published it or it was forgotten.
    ``asked`` says in words what was asked for.
    """

    seq: int
    entry_sha256: str
    models_sha256: str
    snapshot_id: int | None
    asked: str


def now(settings: Settings) -> Moment:
    """What is published.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    held = lake.snapshots(settings)
    if not held:
        raise NothingPublishedError(settings)
    return of_snapshot(held[-1])


def of_snapshot(snapshot: Snapshot) -> Moment:
    """What one published state holds."""
    return _of_snapshot(snapshot, f"as published at {_spoken(snapshot.publication.published_at)}")


def as_known(settings: Settings, asked: str) -> Moment:
    """What the log knew: the commits recorded up to a time (UTC; a day means its end), or up to a commit's number.

    Raises:
        NoSuchMomentError: nothing was known then, there is no such commit, or this is no time.
        LandingError: the chain of the log is broken.
    """
    commits = Landing(settings.landing).commits()
    known = commits[: int(asked)] if asked.isdecimal() else _recorded_until(commits, moment_of(asked))
    if not commits:
        raise NoSuchMomentError("The log is empty: nothing was known at any time. `navlog ingest` brings files in.")
    if asked.isdecimal() and len(known) < int(asked):
        raise NoSuchMomentError(f"There is no commit {asked}: the log ends with commit {len(commits)}.")
    if not known:
        raise NoSuchMomentError(
            f"Nothing was known at {asked}: the first commit was recorded at {_spoken(commits[0].accepted_at)}."
        )
    what = f"as known at commit {asked}" if asked.isdecimal() else f"as known at {asked}, commit {len(known)}"
    return _of_commit(settings, len(known), what)


def as_published(settings: Settings, asked: str) -> Moment:
    """What readers saw at a time (UTC; a day means its end).

    Raises:
        NothingPublishedError: no run has published yet.
        NoSuchMomentError: nothing was published then, the state was forgotten, or this is no time.
    """
    moment = moment_of(asked)
    held = lake.snapshots(settings)
    if not held:
        raise NothingPublishedError(settings)
    published = [one for one in held if datetime.fromisoformat(one.publication.published_at) <= moment]
    if published:
        what = f"as published at {_spoken(published[-1].publication.published_at)}"
        return _of_snapshot(published[-1], f"{what}, commit {published[-1].publication.published_seq}")
    oldest = _spoken(held[0].publication.published_at)
    if lake.has_forgotten(settings):
        raise NoSuchMomentError(
            f"The lake no longer holds what was published at {asked}: `navlog maintain` has forgotten the states "
            f"before {oldest}. The log forgets nothing: --known-at {asked} folds it again."
        )
    raise NoSuchMomentError(f"Nothing was published at {asked} yet: the first publish was at {oldest}.")


def moment_of(asked: str) -> datetime:
    """Read an ISO time (UTC unless it names its zone); a day alone means its end.

    Raises:
        NoSuchMomentError: this is no time.
    """
    try:
        if len(asked) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(asked), time.max)
        read = datetime.fromisoformat(asked)
        return read.astimezone(UTC).replace(tzinfo=None) if read.tzinfo else read
    except (ValueError, OverflowError) as error:
        raise NoSuchMomentError(
            f"{asked} is no time. Write a day like 2026-01-31 (its end), or a time like 2026-01-31T22:00:00 in UTC."
        ) from error


def _recorded_until(commits: list[Commit], moment: datetime) -> list[Commit]:
    """Known times never run backwards in the log, so this is its beginning."""
    return [commit for commit in commits if commit.recorded_at <= moment]


def _of_snapshot(snapshot: Snapshot, asked: str) -> Moment:
    said = snapshot.publication
    return Moment(said.published_seq, said.entry_sha256, said.models_sha256, snapshot.snapshot_id, asked)


def _of_commit(settings: Settings, seq: int, asked: str) -> Moment:
    """A commit under the models of today; the published state that is just this, if there is one."""
    entry_sha256 = Landing(settings.landing).entry_sha256(seq)
    models_sha256 = warehouse.models_sha256()
    wanted = (seq, entry_sha256, models_sha256)
    snapshot_id = next(
        (
            one.snapshot_id
            for one in reversed(lake.snapshots(settings))
            if (one.publication.published_seq, one.publication.entry_sha256, one.publication.models_sha256) == wanted
        ),
        None,
    )
    return Moment(seq, entry_sha256, models_sha256, snapshot_id, asked)


def _spoken(moment: str) -> str:
    return f"{moment[:19].replace('T', ' ')} UTC"
