"""Files from outside -> typed events in the log, or quarantine with a reason.

For every file: received = accepted + duplicate + quarantined. A file that can't be read as rows counts as one received
and one quarantined item and is kept whole beside its reason.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Final

import duckdb
import pyarrow as pa

from eventlog import checks
from eventlog.clock import Clock, StatedTime
from eventlog.delivery import Delivery, UnreadableFileError, take_delivery
from eventlog.events import IDENTIFIER_PATTERN, STREAMS, EventType
from eventlog.landing import Arrival, Commit, Landing, copy_durably, file_sha256, write_durably
from eventlog.raw_rows import RAW, REFUSED
from eventlog.reading import read_raw
from eventlog.settings import Settings

_COLUMNS_TOLD: Final = 20


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one file.

    ``reasons`` counts the quarantined rows by reason code, ``examples`` names the first row of each; ``refusal`` is the
    sentence for a file refused whole.
    ``notice`` says what else somebody should look after; nothing is wrong with the file.
    """

    stream: str
    source: str
    received: int
    accepted: int
    duplicate: int
    quarantined: int
    seq: int | None
    reasons: dict[str, int] = field(default_factory=dict)
    refusal: str | None = None
    notice: str | None = None
    examples: tuple[str, ...] = ()


class UnknownStreamError(ValueError):
    """There is no such stream; the message lists those there are."""


class RecordedTimeError(ValueError):
    """A stated known time would run backwards."""


def event_type_of(stream: str) -> EventType:
    """Look a stream up by name.

    Raises:
        UnknownStreamError: the log has no stream of this name.
    """
    if stream not in STREAMS:
        raise UnknownStreamError(f"There is no stream {stream!r}. Streams: {', '.join(STREAMS)}.")
    return STREAMS[stream]


def ingest_files(settings: Settings, stream: str, files: Iterable[Path], clock: Clock) -> Iterator[Receipt]:
    """Bring files into the log, one commit each. Safe to repeat: what is already in the log counts as duplicate.

    Args:
        settings: where the log lives.
        stream: name of the stream that all rows of the files belong to.
        files: CSV, JSON Lines or Parquet with the stream's column names.
        clock: gives the known time of each batch. Known time never runs backwards: while a running clock is behind
            the last commit, that commit's known time is taken, and the receipts say so.

    Raises:
        UnknownStreamError: the log has no stream of this name.
        RecordedTimeError: a stated known time is earlier than the last commit.
    """
    event_type = event_type_of(stream)
    landing = Landing(settings.landing)
    for file in files:
        yield _ingest_file(settings, landing, event_type, file, clock)


def _ingest_file(settings: Settings, landing: Landing, event_type: EventType, file: Path, clock: Clock) -> Receipt:
    stream = event_type.stream
    with landing.writing():
        now = clock()
        recorded_at = _recorded_at(landing, clock, now)
        batch_id = _batch_id(stream, landing.last_seq() + 1, recorded_at)
        try:
            delivery = take_delivery(file, landing.staging, batch_id)
        except UnreadableFileError as refusal:
            return _not_received(stream, file, refusal)
        try:
            receipt = _Intake(settings, landing, event_type, delivery, batch_id, recorded_at).run()
        finally:
            delivery.copy.unlink(missing_ok=True)
    return replace(receipt, notice=_notice(now, recorded_at))


def _recorded_at(landing: Landing, clock: Clock, now: datetime) -> datetime:
    """Known time does not run backwards: a machine's clock may have been ahead and be right again."""
    commits = landing.commits()
    previous = commits[-1].recorded_at if commits else now
    if now < previous and isinstance(clock, StatedTime):
        raise RecordedTimeError(
            f"Recorded time {now} is before that of the last commit ({previous}): known time can't run "
            "backwards. State a later --recorded-at."
        )
    return max(now, previous)


def _notice(now: datetime, recorded_at: datetime) -> str | None:
    if now == recorded_at:
        return None
    return (
        f"The clock says {now:%Y-%m-%d %H:%M:%S} UTC, before the last commit: recorded as of {recorded_at} UTC, like "
        "that one. If the clock is wrong, set it right; if it was ahead, this ends when that time has come."
    )


def _batch_id(stream: str, seq: int, recorded_at: datetime) -> str:
    return hashlib.sha256(f"{stream}|{seq}|{recorded_at.isoformat()}".encode()).hexdigest()[:32]


def _not_received(stream: str, file: Path, refusal: UnreadableFileError) -> Receipt:
    return Receipt(stream, str(file), 0, 0, 0, 0, None, {refusal.reason: 1}, str(refusal))


@dataclass(frozen=True, slots=True)
class _Intake:
    """One file on its way in, inside the landing lock."""

    settings: Settings
    landing: Landing
    event_type: EventType
    delivery: Delivery
    batch_id: str
    recorded_at: datetime

    def run(self) -> Receipt:
        with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as db:
            db.execute("set TimeZone = 'UTC'")
            try:
                columns = read_raw(db, self.delivery)
                self._check_columns(columns)
            except UnreadableFileError as refusal:
                return self._refuse_whole(refusal)
            received = _count(db, RAW) + _count(db, REFUSED)
            if received == 0:
                sentence = f"{self.delivery.source} has a header but no rows. Send it again."
                return self._refuse_whole(UnreadableFileError("EMPTY_FILE", sentence))
            self._type_rows(db, columns)
            self._find_known(db)
            return self._commit(db, received)

    def _check_columns(self, columns: list[str]) -> None:
        source, stream = self.delivery.source, self.event_type.stream
        if unknown := checks.unknown_columns(self.event_type, columns):
            known = ", ".join(field.name for field in checks.source_fields(self.event_type))
            told = ", ".join(unknown[:_COLUMNS_TOLD]) + (", ..." if len(unknown) > _COLUMNS_TOLD else "")
            raise UnreadableFileError(
                "UNKNOWN_COLUMN", f"{source} has columns that {stream} does not know: {told}. It knows: {known}."
            )
        if missing := checks.missing_columns(self.event_type, columns):
            raise UnreadableFileError(
                "MISSING_COLUMN", f"{source} lacks columns that {stream} needs: {', '.join(missing)}. Add them."
            )

    def _type_rows(self, db: duckdb.DuckDBPyConnection, columns: list[str]) -> None:
        """Make table ``rows``: typed fields, the breach (NULL if none), and the raw row as JSON."""
        event_type = self.event_type
        body = ", ".join(f"cast({name.name} as varchar)" for name in event_type.body)
        renamed = ", ".join(f"{name.name} as raw_{name.name}" for name in checks.source_fields(event_type))
        db.execute(
            f"""
            create temp table typed_rows as
            with texts as (select row_number, {checks.raw_columns(event_type, columns)} from {RAW}),
            renamed as (select row_number, {renamed} from texts),
            typed as (select *, {checks.typed_columns(event_type)} from renamed),
            timed as (select *, {checks.occurred_at(event_type)} as occurred_at from typed),
            counted as (
                select *,
                    row_number() over (
                        partition by occurred_at, {body} order by row_number
                    ) as occurrence
                from timed
            ),
            identified as (
                select *,
                    timestamp '{self.recorded_at.isoformat(sep=" ")}' as recorded_at,
                    coalesce(
                        raw_event_id,
                        'auto-' || left(sha256(to_json([
                            '{event_type.stream}', cast(occurred_at as varchar), {body}, cast(occurrence as varchar)
                        ])::varchar), 32)
                    ) as event_id
                from counted
            )
            select *, {checks.breaches(event_type)} as breach from identified
            """
        )

    def _find_known(self, db: duckdb.DuckDBPyConnection) -> None:
        """Make table ``judged_rows``: whether an id is new, and whether another event (of log or file) holds it."""
        compared = ["occurred_at", *(field.name for field in self.event_type.body)]
        differs = " or ".join(f"candidate.{name} is distinct from known.{name}" for name in compared)
        db.execute("create temp table candidates as select * from typed_rows where breach is null")
        self._load_known(db, compared)
        db.execute(
            f"""
            create temp table judged_rows as
            with firsts as (
                select event_id, min(row_number) as row_number from candidates group by event_id
            ),
            known as (
                select * from known_events
                union all
                select event_id, {", ".join(compared)} from candidates
                semi join firsts using (event_id, row_number)
                anti join known_events using (event_id)
            )
            select
                candidate.*,
                not exists (select 1 from known_events where known_events.event_id = candidate.event_id)
                    and candidate.row_number = firsts.row_number as is_new,
                ({differs}) as is_conflict
            from candidates as candidate
            join firsts using (event_id)
            join known on known.event_id = candidate.event_id
            """
        )

    def _load_known(self, db: duckdb.DuckDBPyConnection, compared: list[str]) -> None:
        """Make table ``known_events``: those of the log whose id a candidate has too."""
        bounds = db.execute("select min(event_id), max(event_id) from candidates").fetchone()
        files = self._files_that_may_hold(*bounds) if bounds and bounds[0] is not None else []
        columns = ", ".join(["event_id", *compared])
        if not files:
            db.execute(f"create temp table known_events as select {columns} from candidates limit 0")
            return
        db.execute(
            f"""
            create temp table known_events as
            select {columns} from read_parquet(?, hive_partitioning = false)
            semi join candidates using (event_id)
            """,
            [files],
        )

    def _files_that_may_hold(self, least: str, greatest: str) -> list[str]:
        return [
            str(self.landing.batch_file(commit))
            for commit in self.landing.commits()
            if commit.path is not None
            and commit.stream == self.event_type.stream
            and (commit.event_id_least or "") <= greatest
            and (commit.event_id_greatest or "") >= least
        ]

    def _commit(self, db: duckdb.DuckDBPyConnection, received: int) -> Receipt:
        self._collect_refused(db)
        refused = db.execute("select * from quarantine order by row_number").to_arrow_table()
        accepted = self._accepted(db)
        quarantined = refused.num_rows
        duplicate = received - accepted.num_rows - quarantined
        if quarantined:
            self._write_quarantine(refused)
        reasons = db.execute("select reason, count(*) from quarantine group by reason order by reason").fetchall()
        examples = self._examples(db)
        commit = self._land(accepted, received, duplicate, quarantined)
        return Receipt(
            commit.stream, commit.source, received, accepted.num_rows, duplicate, quarantined, commit.seq,
            reasons=dict(reasons), examples=examples,
        )  # fmt: skip

    def _examples(self, db: duckdb.DuckDBPyConnection) -> tuple[str, ...]:
        """Plain texts: an id that is none is not repeated."""
        rows = db.execute(
            """
            select refused.reason, refused.detail, refused.row_number,
                if(regexp_full_match(stated.raw_event_id, ?), stated.raw_event_id, null)
            from quarantine as refused
            left join typed_rows as stated on stated.row_number = refused.row_number
            qualify row_number() over (partition by refused.reason order by refused.row_number) = 1
            order by refused.reason
            """,
            [IDENTIFIER_PATTERN],
        ).fetchall()
        return tuple(
            f"row {row_number}{f', event {event_id}' if event_id else ''}: {reason} {detail}"
            for reason, detail, row_number, event_id in rows
        )

    def _collect_refused(self, db: duckdb.DuckDBPyConnection) -> None:
        db.execute(
            f"""
            create temp table quarantine as
            with refused as (
                select row_number, breach as reason from typed_rows where breach is not null
                union all
                select row_number, 'CONFLICT: ' || event_id from judged_rows where is_conflict
            ),
            with_raw as (
                select refused.*, to_json(raw)::varchar as raw
                from refused join {RAW} as raw using (row_number)
                union all
                select row_number, 'UNREADABLE_ROW: ' || detail, raw from {REFUSED}
            )
            select
                '{self.batch_id}' as batch_id,
                '{self.event_type.stream}' as stream,
                ?::varchar as source,
                cast(row_number as bigint) as row_number,
                split_part(reason, ': ', 1) as reason,
                substr(reason, position(': ' in reason) + 2) as detail,
                raw,
                timestamp '{self.recorded_at.isoformat(sep=" ")}' as recorded_at
            from with_raw
            """,
            [self.delivery.source],
        )

    def _accepted(self, db: duckdb.DuckDBPyConnection) -> pa.Table:
        expressions = {"batch_id": f"'{self.batch_id}'", "schema_version": str(self.event_type.schema_version)}
        columns = ", ".join(f"{expressions.get(name, name)} as {name}" for name in self.event_type.arrow_schema.names)
        rows = db.execute(
            f"select {columns} from judged_rows where is_new and not is_conflict order by occurred_at, event_id"
        ).to_arrow_table()
        return rows.cast(self.event_type.arrow_schema)

    def _refuse_whole(self, refusal: UnreadableFileError) -> Receipt:
        stream, source = self.event_type.stream, self.delivery.source
        row = {
            "batch_id": self.batch_id, "stream": stream, "source": source, "row_number": None,
            "reason": refusal.reason, "detail": str(refusal), "raw": None, "recorded_at": self.recorded_at,
        }  # fmt: skip
        self._write_quarantine(pa.Table.from_pylist([row], schema=QUARANTINE_SCHEMA))
        kept = self.settings.quarantine / stream / "files" / f"{self.batch_id}{self.delivery.copy.suffix}"
        copy_durably(self.delivery.copy, kept)
        nothing = self.event_type.arrow_schema.empty_table()
        commit = self._land(nothing, received=1, duplicate=0, quarantined=1)
        return Receipt(stream, source, 1, 0, 0, 1, commit.seq, {refusal.reason: 1}, str(refusal))

    def _land(self, accepted: pa.Table, received: int, duplicate: int, quarantined: int) -> Commit:
        arrival = Arrival(self.delivery.source, file_sha256(self.delivery.copy), received, duplicate, quarantined)
        return self.landing.commit(self.event_type, accepted, arrival, self.batch_id, self.recorded_at)

    def _write_quarantine(self, rows: pa.Table) -> None:
        file = self.settings.quarantine / self.event_type.stream / f"{self.batch_id}.parquet"
        # The log has no entry of this id yet: a file of its name was left by an intake that died before its entry.
        file.unlink(missing_ok=True)
        write_durably(file, rows)


QUARANTINE_SCHEMA = pa.schema([
    ("batch_id", pa.string()), ("stream", pa.string()), ("source", pa.string()), ("row_number", pa.int64()),
    ("reason", pa.string()), ("detail", pa.string()), ("raw", pa.string()), ("recorded_at", pa.timestamp("us")),
])  # fmt: skip


def _count(db: duckdb.DuckDBPyConnection, table: str) -> int:
    row = db.execute(f"select count(*) from {table}").fetchone()
    return int(row[0]) if row else 0
