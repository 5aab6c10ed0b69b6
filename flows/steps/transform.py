"""The event log -> the build database."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from eventlog.landing import Landing
from eventlog.settings import Settings
from flows import warehouse
from flows.dbt_run import Build
from flows.published_log import publication_of_this_log


@dataclass(frozen=True, slots=True)
class Pending:
    """What a run has to do: publish the commits above ``published_seq`` up to ``last_seq``."""

    published_seq: int
    last_seq: int

    @property
    def is_nothing(self) -> bool:
        """Whether everything accepted is published."""
        return self.published_seq == self.last_seq


def find_pending(settings: Settings) -> Pending:
    """Compare the log with what the lake says it holds; a lake that other models made counts as empty.

    Raises:
        LandingError: the chain of the log is broken, or the lake was published from another log than this one.
    """
    published = publication_of_this_log(settings)
    last_seq = Landing(settings.landing).last_seq()
    if published is None:
        return Pending(0, last_seq)
    is_continued = warehouse.models_sha256() == published.models_sha256
    return Pending(published.published_seq if is_continued else 0, last_seq)


def again_after(pending: Pending, seq: int) -> Pending:
    """Publish the commits above ``seq`` once more, in addition to what is pending; seq 0 means the whole log."""
    return replace(pending, published_seq=min(pending.published_seq, seq))


def last_seq_before(settings: Settings, day: date) -> int:
    """The commit below which no batch holds an event of ``day`` or later.

    Replaying the commits above it computes every figure from that day on again: a figure of a day follows from the
    prices of that day, and their commit is among them.
    """
    commits = Landing(settings.landing).commits()
    return next(
        (commit.seq - 1 for commit in commits if (commit.occurred_until or "") >= day.isoformat()), len(commits)
    )


def transform(settings: Settings, pending: Pending) -> Build:
    """Replay in the build database whatever is not published yet.

    Raises:
        BuildFailedError: a model failed; nothing is published and the next run starts from the same commits.
    """
    warehouse.set_aside_if_unusable(settings)
    return warehouse.build(settings, replay_after_seq=pending.published_seq, last_seq=pending.last_seq)
