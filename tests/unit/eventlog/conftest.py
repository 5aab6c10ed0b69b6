"""A desk that takes deliveries: writes a file, brings it in, and shows what the log and the quarantine hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from eventlog.clock import Clock, fixed_clock
from eventlog.intake import Receipt, ingest_files
from eventlog.landing import Commit, Landing
from eventlog.settings import Settings

NOON = datetime(2024, 6, 3, 12)


@dataclass
class Desk:
    """One home and one clock."""

    home: Settings
    inbox: Path
    clock: Clock = field(default_factory=lambda: fixed_clock(NOON))

    def write(self, name: str, content: str | bytes | pa.Table) -> Path:
        """Put a file into the inbox."""
        self.inbox.mkdir(exist_ok=True)
        file = self.inbox / name
        if isinstance(content, pa.Table):
            pq.write_table(content, file)
        else:
            file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def take(self, stream: str, content: str | bytes | pa.Table, name: str = "delivery.csv") -> Receipt:
        """Write a file and bring it in; the counts of every receipt close."""
        (receipt,) = ingest_files(self.home, stream, [self.write(name, content)], self.clock)
        assert receipt.received == receipt.accepted + receipt.duplicate + receipt.quarantined
        return receipt

    @property
    def commits(self) -> list[Commit]:
        """The log, read afresh."""
        return Landing(self.home.landing).commits()

    def rows(self, stream: str) -> list[dict[str, Any]]:
        """Every accepted event of a stream, in the order of its commits."""
        landing = Landing(self.home.landing)
        files = [landing.batch_file(commit) for commit in landing.commits() if commit.stream == stream and commit.path]
        return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]

    def column(self, stream: str, name: str) -> list[Any]:
        """One column of the accepted events."""
        return [row[name] for row in self.rows(stream)]

    def quarantine(self, stream: str) -> list[dict[str, Any]]:
        """Every refused row of a stream, in the order of files and rows."""
        folder = self.home.quarantine / stream
        if not folder.is_dir():
            return []
        records = [pq.read_table(file) for file in folder.glob("*.parquet")]
        rows = [row for table in records for row in table.to_pylist()]
        return sorted(rows, key=lambda row: (row["recorded_at"], row["batch_id"], row["row_number"] or 0))


@pytest.fixture
def desk(home: Settings, tmp_path: Path) -> Desk:
    """A desk in an empty home."""
    return Desk(home, tmp_path / "inbox")


@pytest.fixture
def desk_at(home: Settings, tmp_path: Path) -> Callable[[datetime], Desk]:
    """The same home, later or earlier."""
    return lambda moment: Desk(home, tmp_path / "inbox", fixed_clock(moment))
