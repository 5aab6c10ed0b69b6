"""Where an event came from: the commit that accepted it, and the files with their hashes."""

from __future__ import annotations

from dataclasses import dataclass

from eventlog.landing import Commit, Landing
from eventlog.settings import Settings


@dataclass(frozen=True, slots=True)
class Evidence:
    """The commit that accepted an event; ``file`` (below the landing folder) and ``sha256`` are the batch's own.

    ``source`` is the file that was brought in, as intake saw it.
    """

    commit_seq: int
    recorded_at: str
    batch_id: str
    file: str | None
    sha256: str | None
    source: str
    source_sha256: str


def evidence_of(settings: Settings) -> dict[int, Evidence]:
    """The evidence of every commit, by its number.

    Raises:
        LandingError: the chain of the log is broken.
    """
    return {commit.seq: _evidence(commit) for commit in Landing(settings.landing).commits()}


def _evidence(commit: Commit) -> Evidence:
    return Evidence(
        commit_seq=commit.seq,
        recorded_at=commit.accepted_at,
        batch_id=commit.batch_id,
        file=commit.path,
        sha256=commit.sha256,
        source=commit.source,
        source_sha256=commit.source_sha256,
    )
