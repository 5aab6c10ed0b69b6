"""The published tables as one snapshot holds them: every question of a page sees the same state.

Only the lake is read. Its readers never wait for a publish and no publish waits for them; the build database, which a
run could not write while somebody reads it, is never opened.
"""

from __future__ import annotations

from contextlib import ExitStack
from datetime import datetime
from typing import Any

import pandas as pd

from eventlog.settings import Settings
from flows import lake
from flows.lake import LAKE, NothingPublishedError, Publication, Snapshot

Row = dict[str, Any]


class Books:
    """An open snapshot of the published tables; it closes when nobody refers to it any more."""

    def __init__(self, settings: Settings, snapshot: Snapshot) -> None:
        """Attach the snapshot read-only.

        Raises:
            NothingPublishedError: no run has published yet.
        """
        self.settings = settings
        self.snapshot = snapshot
        self._opened = ExitStack()
        self._database = self._opened.enter_context(lake.connected(settings))
        lake.attach_published(self._database, settings, LAKE, snapshot.snapshot_id)

    @property
    def publication(self) -> Publication:
        """What the lake says of this state."""
        return self.snapshot.publication

    @property
    def published_at(self) -> datetime:
        """When it was published, UTC."""
        return published_at(self.snapshot)

    @property
    def identity(self) -> tuple[str, int, str, str]:
        """What tells this state from every other one, also when a lake was deleted and published again."""
        said = self.publication
        return str(self.settings.home), self.snapshot.snapshot_id, said.entry_sha256, said.published_at

    def frame(self, sql: str, **parameters: Any) -> pd.DataFrame:  # noqa: ANN401 - whatever SQL can be asked with
        """The answer as a frame; decimals become floats, so this is for showing."""
        with self._database.cursor() as cursor:
            cursor.execute(f"use {LAKE}")
            return cursor.execute(sql, parameters).df()

    def rows(self, sql: str, **parameters: Any) -> list[Row]:  # noqa: ANN401
        """The answer as rows whose decimals are exact."""
        with self._database.cursor() as cursor:
            cursor.execute(f"use {LAKE}")
            cursor.execute(sql, parameters)
            names = [column[0] for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def published_at(snapshot: Snapshot) -> datetime:
    """When a state was published, UTC."""
    return datetime.fromisoformat(snapshot.publication.published_at)


def newest(settings: Settings) -> Books:
    """The books as they are published now.

    Raises:
        NothingPublishedError: no run has published yet.
    """
    held = lake.snapshots(settings)
    if not held:
        raise NothingPublishedError(settings)
    return Books(settings, held[-1])
