"""The landing zone: the only code that writes it.

A batch is accepted when its commit entry is on disk: an entry ``landing/_log/<seq, 20 digits>.json`` that names one
immutable Parquet file (or none, when an intake brought nothing new), its SHA-256 and what became of every row received.
Each entry carries the hash of the one before, so a changed or missing entry is noticed. Every step is made durable
(``fsync`` of file and folder) before the next one, and the entry is made with ``link(2)``, which never overwrites.

Readers use the files that the log names and never a pattern of file names.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from eventlog.events import EventType

SEQ_DIGITS: Final = 20
NO_ENTRY_SHA256: Final = "0" * 64
_ENTRY_NAME: Final = re.compile(rf"[0-9]{{{SEQ_DIGITS}}}\.json")


class LandingError(RuntimeError):
    """The landing zone is not what its log says; the message names the entry or file."""


@dataclass(frozen=True, slots=True)
class Commit:
    """One entry of the log: what an intake brought and where the accepted rows are.

    ``path`` is relative to the landing folder and None when no row was new. ``received`` always equals ``accepted +
    duplicate + quarantined``. Event times and ids bound what the batch holds, so that a reader can skip it.
    """

    seq: int
    previous_sha256: str
    batch_id: str
    stream: str
    source: str
    source_sha256: str
    path: str | None
    sha256: str | None
    bytes: int
    schema_version: int
    occurred_from: str | None
    occurred_until: str | None
    event_id_least: str | None
    event_id_greatest: str | None
    accepted_at: str
    received: int
    accepted: int
    duplicate: int
    quarantined: int

    @property
    def recorded_at(self) -> datetime:
        """When the log accepted the batch (UTC)."""
        return datetime.fromisoformat(self.accepted_at)


@dataclass(frozen=True, slots=True)
class Arrival:
    """What an intake has to say of a file: where it came from and what became of its rows."""

    source: str
    source_sha256: str
    received: int
    duplicate: int
    quarantined: int

    def check_counts(self, accepted: int) -> None:
        """Every row received is accepted, a duplicate or refused.

        Raises:
            LandingError: rows were lost or counted twice on their way.
        """
        parts = (accepted, self.duplicate, self.quarantined)
        if min(parts) < 0 or self.received != sum(parts):
            raise LandingError(
                f"Of {self.received} rows received from {self.source}, {accepted} were accepted, {self.duplicate} "
                f"are duplicates and {self.quarantined} refused: that does not add up. Nothing of the file was "
                "accepted. It is a fault of navlog: keep the file and report it."
            )


class Landing:
    """The landing zone below one folder.

    Hold ``writing()`` around reading the tail and committing: identity checks and the commit must see one log.
    """

    def __init__(self, root: Path) -> None:
        """Name the folder; nothing is created until the first write."""
        self.root = root
        self.log = root / "_log"
        self.staging = root / "_staging"
        self._read: list[Commit] = []
        self._read_sha256 = NO_ENTRY_SHA256

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Keep every other writer out until the block ends; the kernel releases the lock if the process dies.

        Whatever a writer that died has left in staging was never accepted and is swept away.
        """
        for folder in (self.root, self.log, self.staging):
            _make_folder(folder)
        with (self.root / "_lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for abandoned in self.staging.iterdir():
                _remove(abandoned)
            yield

    def last_seq(self) -> int:
        """The number of the newest entry, 0 for an empty log."""
        return max(self._seqs(), default=0)

    def commits(self, after_seq: int = 0) -> list[Commit]:
        """Entries above ``after_seq`` in order, their chain checked. Entries never change, so each is read once.

        Raises:
            LandingError: an entry is missing, was changed, or can't be read.
        """
        for seq in sorted(seq for seq in self._seqs() if seq > len(self._read)):
            if seq != len(self._read) + 1:
                raise LandingError(f"Commit {len(self._read) + 1} is missing from {self.log}: restore it.")
            text = self._entry(seq).read_bytes()
            commit = self._commit_in(seq, text)
            if commit.previous_sha256 != self._read_sha256:
                raise LandingError(f"Commit {seq - 1} in {self.log} was changed after it was written: restore it.")
            self._read_sha256 = _sha256(text)
            self._read.append(commit)
        return self._read[after_seq:]

    def _commit_in(self, seq: int, text: bytes) -> Commit:
        """An entry is complete before it has its name: one that can't be read was damaged afterwards."""
        try:
            return Commit(**json.loads(text))
        except (ValueError, TypeError, RecursionError) as error:
            raise LandingError(
                f"Commit {seq} in {self.log} can't be read: {self._entry(seq).name} is cut off or was changed. "
                f"Restore commit {seq} from a backup."
            ) from error

    def entry_sha256(self, seq: int) -> str:
        """Hash of one entry, the name of the whole log up to it.

        Raises:
            LandingError: there is no such entry.
        """
        entry = self._entry(seq)
        if not entry.exists():
            raise LandingError(f"Commit {seq} is missing from {self.log}: restore it from a backup.")
        return _sha256(entry.read_bytes())

    def batch_file(self, commit: Commit) -> Path:
        """The Parquet file of a commit that has one.

        Raises:
            LandingError: the file is gone or its bytes are not those that were accepted.
        """
        file = self.root / (commit.path or "")
        if not file.is_file() or file_sha256(file) != commit.sha256:
            raise LandingError(f"Batch file {file} of commit {commit.seq} is not what was accepted: restore it.")
        return file

    def commit(
        self, event_type: EventType, rows: pa.Table, arrival: Arrival, batch_id: str, recorded_at: datetime
    ) -> Commit:
        """Accept ``rows`` (schema of the stream, possibly none) and what became of the rest of their file.

        Returns when entry and folder are on disk. Call inside ``writing()``.

        Raises:
            LandingError: the rows don't have the stream's schema, or the counts don't close.
        """
        arrival.check_counts(rows.num_rows)
        path, sha256, size = self._land(event_type, rows, batch_id) if rows.num_rows else (None, None, 0)
        seq = self.last_seq() + 1
        commit = Commit(
            seq=seq,
            previous_sha256=self.entry_sha256(seq - 1) if seq > 1 else NO_ENTRY_SHA256,
            batch_id=batch_id,
            stream=event_type.stream,
            source=arrival.source,
            source_sha256=arrival.source_sha256,
            path=path,
            sha256=sha256,
            bytes=size,
            schema_version=event_type.schema_version,
            occurred_from=_bound(rows, "occurred_at", "min"),
            occurred_until=_bound(rows, "occurred_at", "max"),
            event_id_least=_bound(rows, "event_id", "min"),
            event_id_greatest=_bound(rows, "event_id", "max"),
            accepted_at=recorded_at.isoformat(timespec="microseconds"),
            received=arrival.received,
            accepted=rows.num_rows,
            duplicate=arrival.duplicate,
            quarantined=arrival.quarantined,
        )
        self._append(commit)
        return commit

    def _land(self, event_type: EventType, rows: pa.Table, batch_id: str) -> tuple[str, str, int]:
        if rows.schema != event_type.arrow_schema:
            raise LandingError(f"Rows of batch {batch_id} don't have the schema of stream {event_type.stream}.")
        staged = self.staging / f"{batch_id}.parquet"
        write_durably(staged, rows)
        day = str(pc.max(rows["occurred_at"]).as_py().date())
        relative = f"{event_type.stream}/{day}/{batch_id}.parquet"
        final = self.root / relative
        _make_folder(final.parent)
        # The log has no entry of this id yet: a file of its name was left by a writer that died before its entry.
        final.unlink(missing_ok=True)
        os.link(staged, final)
        _sync_folder(final.parent)
        staged.unlink()
        return relative, file_sha256(final), final.stat().st_size

    def _append(self, commit: Commit) -> None:
        draft = self.staging / f"{commit.batch_id}.json"
        with draft.open("x", encoding="utf-8") as file:
            draft.chmod(0o600)
            json.dump(asdict(commit), file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, self._entry(commit.seq))
        _sync_folder(self.log)
        draft.unlink()

    def _entry(self, seq: int) -> Path:
        return self.log / f"{seq:0{SEQ_DIGITS}d}.json"

    def _seqs(self) -> Iterator[int]:
        """Only names of entries count; a copy that somebody has made beside them is none."""
        names = (entry.name for entry in self.log.iterdir()) if self.log.is_dir() else iter(())
        return (int(name.removesuffix(".json")) for name in names if _ENTRY_NAME.fullmatch(name))


def write_durably(file: Path, rows: pa.Table) -> None:
    """Write a new Parquet file (0600) and force it to the disk.

    Raises:
        FileExistsError: the name is taken.
    """
    _make_folder(file.parent)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as sink:
        pq.write_table(rows, sink, compression="zstd")
        sink.flush()
        os.fsync(sink.fileno())
    _sync_folder(file.parent)


def copy_durably(source: Path, copy: Path) -> None:
    """Copy a file (0600) and force the copy to the disk."""
    _make_folder(copy.parent)
    shutil.copyfile(source, copy)
    copy.chmod(0o600)
    with copy.open("rb") as copied:
        os.fsync(copied.fileno())
    _sync_folder(copy.parent)


def file_sha256(file: Path) -> str:
    """SHA-256 of a file's bytes, hexadecimal."""
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").hexdigest()


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _bound(rows: pa.Table, column: str, which: str) -> str | None:
    bound: Any = pc.min_max(rows[column]).as_py()[which]
    return bound.isoformat(timespec="microseconds") if isinstance(bound, datetime) else bound


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
