"""The verdict of the last run, kept where readers look: did the gate open, and if not, since when, why, which events?

It lies beside the catalog of the lake, because that is what its reader reads: it says why the lake is as old as it is,
and it outlives the build database, which is a cache and may be gone just when somebody asks. A lake that is removed
takes its verdict along.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from eventlog.settings import Settings

CRITICAL = "critical"


@dataclass(frozen=True, slots=True)
class SuspectEvent:
    """An event to look at: it stands behind a row that did not pass."""

    stream: str
    event_id: str
    commit_seq: int
    what: str


@dataclass(frozen=True, slots=True)
class GateFinding:
    """What did not pass, or (severity ``warning``) what is odd and did pass. Texts may quote an event: escape them."""

    suite: str
    column: str | None
    severity: str
    message: str
    examples: tuple[str, ...] = ()
    events: tuple[SuspectEvent, ...] = ()

    @property
    def sentence(self) -> str:
        """Where and what, in one line."""
        return f"{self.suite}.{self.column}: {self.message}" if self.column else f"{self.suite}: {self.message}"


@dataclass(frozen=True, slots=True)
class Gate:
    """The verdict of one run.

    ``docs_page`` is its page of Data Docs below the site's folder. ``failing_since`` is the time (UTC) of the first of
    the ``failed_runs`` that failed one after the other; None if the gate has opened.
    """

    run_id: str
    time: str
    first_seq: int
    last_seq: int
    is_passed: bool
    findings: tuple[GateFinding, ...]
    docs_page: str | None = None
    failing_since: str | None = None
    failed_runs: int = 0

    def has_refused(self, last_seq: int) -> bool:
        """Whether it saw all of a log that ends with this commit and stayed closed: a refresh would meet the same."""
        return not self.is_passed and self.last_seq >= last_seq

    @property
    def failures(self) -> tuple[GateFinding, ...]:
        """The findings that closed the gate."""
        return tuple(finding for finding in self.findings if finding.severity == CRITICAL)

    @property
    def suspects(self) -> tuple[SuspectEvent, ...]:
        """The events behind all failures, each once, the newest first."""
        events = {event: None for finding in self.failures for event in finding.events}
        return tuple(sorted(events, key=lambda event: -event.commit_seq))


def last_gate(settings: Settings) -> Gate | None:
    """The verdict of the last run that had something to publish; None before the first.

    None also for a verdict that another version of navlog has written in other words: the next run writes it anew.
    """
    try:
        content = json.loads(settings.last_gate.read_text(encoding="utf-8"))
        return Gate(**content | {"findings": tuple(_finding(finding) for finding in content["findings"])})
    except FileNotFoundError:
        return None
    except (ValueError, TypeError, KeyError):
        return None


def record_gate(settings: Settings, gate: Gate) -> Gate:
    """Keep a verdict; of a failed one, count since when the gate is closed. It replaces the last one whole."""
    before = last_gate(settings)
    if not gate.is_passed:
        is_still_closed = before is not None and not before.is_passed
        gate = replace(
            gate,
            failing_since=before.failing_since if before and is_still_closed else gate.time,
            failed_runs=1 + (before.failed_runs if before and is_still_closed else 0),
        )
    file = settings.last_gate
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.draft")
    with draft.open("w", encoding="utf-8") as sink:
        json.dump(asdict(gate), sink, indent=1)
        sink.flush()
        os.fsync(sink.fileno())
    draft.replace(file)
    return gate


def time_of(moment: datetime) -> str:
    """A moment as a verdict writes it."""
    return moment.isoformat(timespec="seconds")


def _finding(content: dict[str, Any]) -> GateFinding:
    events = tuple(SuspectEvent(**event) for event in content["events"])
    return GateFinding(**content | {"events": events, "examples": tuple(content["examples"])})
