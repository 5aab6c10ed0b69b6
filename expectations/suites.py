"""Every suite by the name of its batch: a stream of the log, a public table, or a view of the run as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from eventlog.events import STREAMS
from expectations.dimensions import DIMENSIONS
from expectations.facts import FACTS
from expectations.metrics import METRICS
from expectations.risk import RISK
from expectations.rules import Suite
from expectations.streams import stream_suite
from expectations.whole_run import WHOLE_RUN


class UnknownBatchError(ValueError):
    """A batch has no suite, so nothing could be said of it."""


SUITES: Final[dict[str, Callable[[], Suite]]] = {
    **{stream: partial(stream_suite, stream) for stream in STREAMS},
    **DIMENSIONS,
    **FACTS,
    **METRICS,
    **RISK,
    **WHOLE_RUN,
}


def suite_for(batch_name: str) -> Suite:
    """Build the suite of a batch.

    Raises:
        UnknownBatchError: no suite has this name.
    """
    if batch_name not in SUITES:
        raise UnknownBatchError(
            f"no suite for batch {batch_name!r}: add one to expectations/ or name one of {', '.join(sorted(SUITES))}"
        )
    return SUITES[batch_name]()
