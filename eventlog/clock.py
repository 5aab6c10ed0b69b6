"""The log's clock: the one place where the time of day enters the house."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Returns the present as a naive timestamp in UTC, microseconds."""


def system_clock() -> datetime:
    """The machine's clock, in UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class StatedTime:
    """A clock that stands still at a time that somebody has stated; unlike a machine's, it means what it says."""

    moment: datetime

    def __call__(self) -> datetime:
        """The stated time."""
        return self.moment


def fixed_clock(moment: datetime) -> Clock:
    """A clock that stands still: for tests and for loading a history whose known times are on record."""
    return StatedTime(moment)
