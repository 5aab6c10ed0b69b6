"""What was restated between two published states, found in a process of its own.

Which events moved a figure stands in the log. It is folded into a database beside those of the runs, with dbt, which
needs memory and belongs to one thread: neither is the server's. A run is neither read nor waited for.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any, Final

import duckdb

from eventlog.landing import LandingError
from eventlog.settings import settings_from_environment
from flows import lake
from flows.builds import beside_the_runs
from flows.moments import NoSuchMomentError, of_snapshot
from flows.restatement import restatement
from flows.screens import json_of

ROWS_PER_TABLE: Final = 200


class RestatingFailedError(RuntimeError):
    """The two states could not be compared; the message says why."""


def restated_between(before_id: int, after_id: int) -> dict[str, Any]:
    """The restatement between two snapshots of the home that the environment names, as its JSON says it.

    Raises:
        RestatingFailedError: one of them is forgotten, or the log can't be folded.
    """
    done = subprocess.run(
        [sys.executable, "-m", "dashboard.restating", str(before_id), str(after_id)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        last_line = (done.stderr.strip().splitlines() or ["The comparison ended without a word."])[-1]
        raise RestatingFailedError(last_line)
    restated: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return restated


def main(before_id: int, after_id: int) -> None:
    """Print the restatement between two snapshots as one line of JSON."""
    settings = beside_the_runs(settings_from_environment())
    moments = {one.snapshot_id: of_snapshot(one) for one in lake.snapshots(settings)}
    if not {before_id, after_id} <= set(moments):
        sys.exit("`navlog maintain` has forgotten one of the two states. Load the page again and choose another one.")
    try:
        restated = restatement(settings, moments[before_id], moments[after_id], ROWS_PER_TABLE)
    except (NoSuchMomentError, LandingError, duckdb.Error) as error:
        sys.exit(" ".join(str(error).splitlines()))
    print(json_of(restated))  # noqa: T201 - read by the process that asked


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
