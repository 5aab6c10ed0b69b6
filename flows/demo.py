"""`navlog demo`: two years of three accounts and ten symbols, then four more days as four runs.

The four days bring what real feeds bring: a late trade, a file sent twice, a cancelled trade, and broken files.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from rich.console import Console

from eventlog.clock import fixed_clock
from eventlog.events import TRADES
from eventlog.landing import Landing, write_durably
from eventlog.settings import Settings
from flows import screens
from flows.books import state_of
from flows.pipeline import Refreshed, refresh_books
from flows.steps.ingest import ingest
from flows.steps.replay import Comparison, verify_replay
from flows.steps.simulate import evening_of
from generators.disorder import cancellations
from generators.malformed import csv_text, malformed_rows, truncated_parquet
from generators.simulation import business_days, default_scenario, simulate

LAST_DAY_OF_HISTORY = date(2025, 12, 31)
LAST_DAY = date(2026, 1, 9)
POSITIONS_OF_THE_LAST_DAY = (
    "SELECT value_date, account_id, symbol, cumulative_position, unrealized_pnl FROM main_facts.fact_positions_daily "
    "WHERE cumulative_position <> 0 AND value_date = (SELECT max(value_date) FROM main_facts.fact_positions_daily) "
    "ORDER BY unrealized_pnl DESC"
)


class NotEmptyError(RuntimeError):
    """The home holds a log that is not the demo's own."""


def run_demo(settings: Settings, console: Console, command: str) -> bool:
    """Run the whole main job on a simulated market; say whether the replay at the end equals the incremental state.

    ``command`` is how the user called navlog, for the hints at the end.

    Raises:
        NotEmptyError: the home holds other events than a demo's.
    """
    begun = time.perf_counter()
    _start_over(settings)
    _Demo(settings, console).tell()
    comparisons = _replay(settings, console)
    _close(settings, console, comparisons)
    seconds = time.perf_counter() - begun
    console.print(f"\nDone in {seconds:.0f} s. Where to look next:\n{_hints(settings, command)}", soft_wrap=True)
    return all(one.is_equal for one in comparisons)


def _start_over(settings: Settings) -> None:
    if settings.has_lake_elsewhere:
        raise NotEmptyError(
            "Your lake is elsewhere (NAVLOG_LAKE_CATALOG, NAVLOG_LAKE_DATA), and the demo, which starts over, "
            "leaves it alone. Run it without them: "
            "env -u NAVLOG_LAKE_CATALOG -u NAVLOG_LAKE_DATA NAVLOG_HOME=demo-data navlog demo"
        )
    commits = Landing(settings.landing).commits()
    if any(not commit.source.startswith(str(_folder(settings))) for commit in commits):
        raise NotEmptyError(
            f"{settings.home} holds a log of your own ({len(commits)} commits), which the demo leaves alone. "
            "Give it another place: NAVLOG_HOME=demo-data navlog demo"
        )
    for folder in (settings.landing, settings.quarantine, settings.warehouse_folder, settings.lake_folder,
                   settings.docs, _folder(settings)):  # fmt: skip
        shutil.rmtree(folder, ignore_errors=True)


def _folder(settings: Settings) -> Path:
    return settings.home / "demo"


class _Demo:
    """The story, told in five runs."""

    def __init__(self, settings: Settings, console: Console) -> None:
        self.settings = settings
        self.console = console
        self.scenario = default_scenario()
        self.days = business_days(LAST_DAY_OF_HISTORY + timedelta(days=1), LAST_DAY)[:4]

    def tell(self) -> None:
        """Two years at once, then day by day."""
        history = simulate(self.scenario, self.scenario.first_day, LAST_DAY_OF_HISTORY)
        with self._run("Two years of history: 3 accounts, 10 symbols", LAST_DAY_OF_HISTORY):
            self._deliver(LAST_DAY_OF_HISTORY, history)

        first, second, third, fourth = (simulate(self.scenario, day, day) for day in self.days)
        trades = first["trades"]
        with self._run("A normal day, but one of its trades does not arrive", self.days[0]):
            self._deliver(self.days[0], {**first, "trades": trades.slice(0, trades.num_rows - 1)})

        with self._run("The next day; yesterday's trade file is sent once more", self.days[1]):
            self._deliver(self.days[0], {"trades": trades.slice(0, trades.num_rows - 1)}, self.days[1], "-again")
            self._deliver(self.days[1], second)

        cancelled = history["trades"].slice(history["trades"].num_rows - 20, 1)
        with self._run("The missing trade arrives late; the broker cancels one of December", self.days[2]):
            self._deliver(self.days[0], {"trades": trades.slice(trades.num_rows - 1)}, self.days[2], "-late")
            self._deliver(self.days[2], {"corrections": cancellations(TRADES, cancelled, timedelta(days=20))})
            self._deliver(self.days[2], third)

        with self._run("One file is torn, another full of mistakes", self.days[3]):
            self._deliver(self.days[3], fourth)
            self._deliver_broken(self.days[3], fourth["trades"] if fourth["trades"].num_rows else trades)

    @contextmanager
    def _run(self, title: str, day: date) -> Iterator[None]:
        self.console.print(f"\n[bold]{day}[/bold]  {title}")
        yield
        with self.console.status("transform, verify, publish ..."):
            done = refresh_books(self.settings, fixed_clock(evening_of(day)))
        self._say(done)

    def _deliver(self, day: date, tables: dict[str, pa.Table], known_on: date | None = None, suffix: str = "") -> None:
        for stream, table in tables.items():
            if table.num_rows:
                file = _folder(self.settings) / str(day) / f"{stream}{suffix}.parquet"
                write_durably(file, table)
                self._ingest(stream, file, known_on or day)

    def _deliver_broken(self, day: date, trades: pa.Table) -> None:
        folder = _folder(self.settings) / str(day)
        torn = folder / "trades-torn.parquet"
        torn.write_bytes(truncated_parquet(trades, 0.6))
        mistakes = folder / "trades-mistakes.csv"
        mistakes.write_text(csv_text([row.row for row in malformed_rows(trades)]), encoding="utf-8")
        for file in (torn, mistakes):
            self._ingest("trades", file, day)

    def _ingest(self, stream: str, file: Path, known_on: date) -> None:
        for receipt in ingest(self.settings, stream, [file], fixed_clock(evening_of(known_on))):
            parts = [f"{receipt.accepted:,} accepted"]
            parts += [f"{receipt.duplicate:,} duplicate"] if receipt.duplicate else []
            parts += [f"[yellow]{receipt.quarantined:,} quarantined[/yellow]"] if receipt.quarantined else []
            self.console.print(f"  {file.parent.name}/{file.name}: {', '.join(parts)}")

    def _say(self, done: Refreshed) -> None:
        if done.build and done.audit:
            self.console.print(
                f"  [green]published[/green] commits {done.first_seq} to {done.last_seq} in "
                f"{sum(done.seconds.values()):.1f} s ({done.audit.laws} laws, {done.audit.evaluated} expectations)"
            )


def _replay(settings: Settings, console: Console) -> list[Comparison]:
    console.print("\n[bold]Proof[/bold]  the whole log, replayed from the first event into a second database")
    with console.status("replaying ..."):
        return verify_replay(settings)


def _close(settings: Settings, console: Console, comparisons: list[Comparison]) -> None:
    screens.show_comparisons(console, comparisons)
    state = state_of(settings)
    console.print()
    screens.show_refused(console, state.refused)
    console.print()
    if state.accounts:
        screens.show_accounts(console, state.accounts)
    rows = sum(counts.received for counts in state.streams)
    console.print(f"\n{rows:,} rows received in {state.last_seq} commits.")


def _hints(settings: Settings, command: str) -> str:
    return (
        f"  {command} status\n"
        f'  {command} query "{POSITIONS_OF_THE_LAST_DAY}"\n'
        f"  {settings.docs / 'index.html'}  (Data Docs: what was checked, run by run)\n"
        f"  docs/tour.md  (the way of the data)"
    )
