"""``python -m benchmarks.month``: 2,000 scheduled runs, one each half hour of six weeks: what grows and what does not?

A real Prefect server with a home of its own is told of every run; there is no worker, which would cost some seconds a
run: the flow ``refresh`` is called in one process and, as always, does its steps in another. Nine runs of ten find
nothing new. Before every tenth a small batch is accepted and published (``benchmarks.readers``) and Great Expectations
writes its page of Data Docs; before every hundredth the home is maintained as `navlog maintain` does it.

The limits are the project's own: runs, events and published states are forgotten at the age that it sets. Clocks can't
be moved for a server, so what they have written is made older instead, half an hour for each run; and the server looks
every few seconds for what is to be forgotten, because its hour is a real one.
"""

from __future__ import annotations

import argparse
import asyncio
import http.client
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

import duckdb

from benchmarks.data_docs import size_of
from benchmarks.readers import Begun, begin, is_what_the_log_gives, publish_deposit
from eventlog.clock import system_clock
from eventlog.settings import Settings, environment_of_services, settings_for
from expectations.checkpoint import Batch, verify
from flows import lake
from flows.refresh import refresh
from flows.steps.maintain import maintain

_PROJECT: Final = Path(__file__).resolve().parent.parent
_HOST: Final = "127.0.0.1"
_SECONDS_TO_START: Final = 300.0
_SECONDS_BETWEEN_VACUUMS: Final = 10

_MINUTES_BETWEEN_RUNS: Final = 30
_RUNS_PER_BATCH: Final = 10
_RUNS_PER_AGEING: Final = 20
_RUNS_PER_MAINTENANCE: Final = 100
_KEEP_DAYS: Final = 30
_SHOWN: Final = (100, 500, 1_000, 1_500, 2_000)

_TIMES_OF_PREFECT: Final = (
    ("flow_run", "end_time"),
    ("flow_run", "expected_start_time"),
    ("events", "occurred"),
    ("event_resources", "occurred"),
)
_TIMES_OF_LAKE: Final = (
    ("ducklake_snapshot", "snapshot_time"),
    ("ducklake_files_scheduled_for_deletion", "schedule_start"),
)
_HEAD: Final = (
    "runs", "seconds a run", "docs: files, KB", "lake: files, KB", "catalog KB", "states", "Prefect KB", "flow runs",
    "events", "landing: files, KB", "warehouse KB", "logs KB",
)  # fmt: skip

_REFERENCES: Final = """
    select 'account' as kind, 'A' || {number} as name, 'e' || {number} as event_id, true as is_inferred
"""


async def live(settings: Settings, run_count: int) -> None:
    """Do so many runs and print what the home holds after the shown ones."""
    begun = replace(begin(settings.home), clock=system_clock)
    print(f"| {' | '.join(_HEAD)} |\n|{'---:|' * len(_HEAD)}", flush=True)
    begun_at, shown = time.perf_counter(), 0
    for number in range(1, run_count + 1):
        if number % _RUNS_PER_BATCH == 0:
            publish_batch(begun, number // _RUNS_PER_BATCH)
        await refresh()
        if number % _RUNS_PER_AGEING == 0:
            make_older(settings, _RUNS_PER_AGEING * _MINUTES_BETWEEN_RUNS)
        if number % _RUNS_PER_MAINTENANCE == 0:
            maintain(settings, system_clock(), _KEEP_DAYS)
        if number in _SHOWN or number == run_count:
            seconds = (time.perf_counter() - begun_at) / (number - shown)
            time.sleep(2 * _SECONDS_BETWEEN_VACUUMS)  # the server comes round and forgets what is old by now
            print(f"| {number:,} | {seconds:.2f} | {' | '.join(held(settings))} |", flush=True)
            begun_at, shown = time.perf_counter(), number
    print(f"\na rebuild of the log has the same rows: {is_what_the_log_gives(begun)}")


def publish_batch(begun: Begun, number: int) -> None:
    """A small batch on its way through log, gate and lake; dbt, which leaves nothing behind, is left out."""
    publish_deposit(begun, number)
    rows = duckdb.sql(_REFERENCES.format(number=number)).df()
    run_id = f"commit-{begun.last_seq + number}-{system_clock():%Y%m%dT%H%M%S}"
    verify([Batch("new_references", rows, 1)], begun.settings.expectations_state, begun.settings.docs, run_id)


def make_older(settings: Settings, minutes: int) -> None:
    """Let so much time pass for everything that is forgotten by its age."""
    for catalog, times, zone in (
        (_prefect_store(settings), _TIMES_OF_PREFECT, ""),
        (settings.lake_catalog, _TIMES_OF_LAKE, "+00"),
    ):
        with closing(sqlite3.connect(catalog, timeout=60)) as database, database:
            for table, column in times:
                database.execute(
                    f"update {table} set {column} = "
                    f"strftime('%Y-%m-%d %H:%M:%f', substr({column}, 1, 23), ?) || '000{zone}'",
                    [f"-{minutes} minutes"],
                )


def held(settings: Settings) -> list[str]:
    """What lies in the home, as cells of a row."""
    store = _prefect_store(settings)
    with closing(sqlite3.connect(store, timeout=60)) as database:
        flow_runs, events = (
            database.execute(f"select count(*) from {table}").fetchone()[0] for table in ("flow_run", "events")
        )
    store_bytes = sum(file.stat().st_size for file in store.parent.glob(f"{store.name}*"))
    return [
        _told(settings.docs),
        _told(settings.lake_data),
        _kilobytes(settings.lake_catalog.stat().st_size),
        f"{len(lake.snapshots(settings)):,}",
        _kilobytes(store_bytes),
        f"{flow_runs:,}",
        f"{events:,}",
        _told(settings.landing),
        _kilobytes(size_of(settings.warehouse_folder)[1]),
        _kilobytes(size_of(settings.services)[1]),
    ]


@contextmanager
def prefect_server(settings: Settings) -> Iterator[dict[str, str]]:
    """A server as `navlog up` starts it, without a key; the environment of what talks to it until the block ends."""
    port = _free_port()
    environment = environment_of_services(
        {
            "NAVLOG_HOME": str(settings.home),
            "PREFECT_HOME": str(settings.prefect_home),
            "PREFECT_API_URL": f"http://{_HOST}:{port}/api",
            "PREFECT_SERVER_SERVICES_DB_VACUUM_LOOP_SECONDS": str(_SECONDS_BETWEEN_VACUUMS),
            "DO_NOT_TRACK": "1",
            "GX_ANALYTICS_ENABLED": "false",
        }
    )
    settings.service_logs.mkdir(parents=True)
    with (settings.service_logs / "prefect.log").open("ab") as log:
        command = [sys.executable, "-m", "deployments.prefect_door", str(port)]
        server = subprocess.Popen(command, env=environment, cwd=_PROJECT, stdout=log, stderr=log)
    try:
        _wait_until_ready(server, port)
        yield environment
    finally:
        server.terminate()
        server.wait()


def _wait_until_ready(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + _SECONDS_TO_START
    while not _is_ready(port):
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("the Prefect server did not come up")
        time.sleep(0.5)


def _is_ready(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=5)
    try:
        connection.request("GET", "/api/ready")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _free_port() -> int:
    with socket.socket() as attempt:
        attempt.bind((_HOST, 0))
        port: int = attempt.getsockname()[1]
        return port


def _prefect_store(settings: Settings) -> Path:
    return settings.prefect_home / "prefect.db"


def _told(folder: Path) -> str:
    files, size = size_of(folder)
    return f"{files:,}, {_kilobytes(size)}"


def _kilobytes(size: int) -> str:
    return f"{size // 1024:,}"


def measure(folder: Path, run_count: int) -> None:
    """Live beside a server, in a process that Prefect finds its address in the environment of."""
    settings = settings_for(folder / "home")
    command = [sys.executable, "-m", "benchmarks.month", "--runs", str(run_count), "--live", str(settings.home)]
    with prefect_server(settings) as environment, (folder / "runs.log").open("ab") as log:
        done = subprocess.run(command, env=environment, cwd=_PROJECT, stderr=log, check=False)
    if done.returncode:
        raise RuntimeError((folder / "runs.log").read_text(encoding="utf-8")[-4_000:])


def main() -> None:
    """Measure in a temporary folder, or be the process of the runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.month", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000, help="how many scheduled runs")
    parser.add_argument("--live", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.live:
        asyncio.run(live(settings_for(asked.live), asked.runs))
        return
    with tempfile.TemporaryDirectory(prefix="navlog-month-") as folder:
        measure(Path(folder), asked.runs)


if __name__ == "__main__":
    main()
