"""A refresh from the outside: what it publishes, what it leaves alone, and what a crash or a changed file does."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import psutil
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager

from eventlog.clock import fixed_clock, system_clock
from eventlog.landing import Landing
from eventlog.settings import Settings, commits_in_environment, settings_for
from flows import dbt_run, lake, warehouse
from flows.books import ask
from flows.contract import public_tables
from flows.gate import last_gate
from flows.gate_aside import TOOLS, gate_aside
from flows.lock import BusyError, one_writer
from flows.pipeline import call, refresh_books, refresh_locked_books
from flows.step_process import StepProcess
from flows.steps.replay import replay_beside, verify_replay
from flows.steps.simulate import evening_of, simulate_days
from flows.steps.transform import last_seq_before, transform
from generators.simulation import default_scenario
from tests.e2e.command import NAVLOG, environment, navlog

PUBLIC_QUERIES = (
    "SELECT account_id, value_date, total_value, cash_balance, positions_value "
    "FROM main_facts.fact_portfolio_value_daily WHERE account_id = 'ACC001' ORDER BY value_date DESC LIMIT 30;",
    "SELECT account_id, symbol, cumulative_position, avg_cost_per_share, unrealized_pnl "
    "FROM main_facts.fact_positions_daily WHERE cumulative_position <> 0 ORDER BY unrealized_pnl DESC;",
    "SELECT account_id, value_date, daily_return_pct, cumulative_return_pct FROM main_metrics.daily_returns dr "
    "JOIN main_metrics.cumulative_returns cr USING (account_id, value_date) "
    "ORDER BY account_id, value_date DESC LIMIT 30;",
    "SELECT account_id, MAX(cumulative_return_pct) AS total_return_pct, MIN(max_drawdown_pct) AS max_drawdown_pct, "
    "AVG(annualized_volatility_pct) AS avg_volatility_pct FROM main_metrics.cumulative_returns cr "
    "LEFT JOIN main_metrics.drawdown dd USING (account_id, value_date) "
    "LEFT JOIN main_metrics.rolling_volatility rv USING (account_id, value_date) GROUP BY account_id;",
)


DAILY_TABLES = (
    "main_facts.fact_positions_daily",
    "main_facts.fact_pnl_daily",
    "main_facts.fact_portfolio_value_daily",
    "main_intermediate.int_returns_to_date",
    "main_metrics.value_at_risk_daily",
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's home whose log holds 60 simulated days, published."""
    folder = tmp_path_factory.mktemp("home")
    settings = books(folder)
    simulate_days(settings, default_scenario(), 60, system_clock)
    refresh_books(settings, system_clock)
    return folder


def books(home: Path) -> Settings:
    """Settings of navlog's home below a user's home."""
    return settings_for(home / "data")


def bytes_below(folder: Path) -> dict[str, str]:
    """SHA-256 of every file."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


@pytest.mark.parametrize("number", range(len(PUBLIC_QUERIES)))
def test_public_queries_run_verbatim_on_both_databases(home: Path, number: int) -> None:
    """The names and columns are a public contract: the build database and the lake answer alike."""
    published = ask(books(home), PUBLIC_QUERIES[number])
    with warehouse.reading(books(home)) as database:
        built = database.sql(PUBLIC_QUERIES[number]).fetchall()

    assert published.rows
    assert sorted(map(str, published.rows)) == sorted(map(str, built))


@pytest.mark.parametrize("table", DAILY_TABLES)
def test_full_build_lays_daily_tables_down_by_month_and_account(home: Path, table: str) -> None:
    """Whoever asks for some days or some accounts then skips blocks (decision 0019)."""
    with warehouse.reading(books(home)) as database:
        rows = database.sql(f"select date_trunc('month', value_date), account_id from {table} order by rowid")
        lain = rows.fetchall()

    assert len({month for month, _ in lain}) > 1
    assert len({account for _, account in lain}) > 1
    assert lain == sorted(lain)


def test_build_database_has_the_newest_format_in_small_blocks(home: Path) -> None:
    """DuckDB's own choice would be v1.0.0+ and 262144 (decision 0026)."""
    with warehouse.reading(books(home)) as database:
        version = database.sql("select tags['storage_version'] from duckdb_databases() where not internal").fetchall()
        block_bytes = database.sql("select block_size from pragma_database_size()").fetchall()

    assert version != [("v1.0.0+",)]
    assert block_bytes == [(65_536,)]


def test_only_a_build_from_the_start_writes_over_what_it_has_replaced(home: Path) -> None:
    """Its rows go past the write-ahead log; without checkpoints on its way the file would grow to twice its size."""
    settings, beside = books(home), replay_beside(books(home))
    from_the_start: set[str] = set()
    going_on: set[str] = set()

    warehouse.rebuild_unasked(beside, on_progress=lambda _: from_the_start.add(log_that_asks_for_a_checkpoint()))
    with commits_in_environment(len(Landing(settings.landing).commits()), None):
        dbt_run.build(settings, on_progress=lambda _: going_on.add(log_that_asks_for_a_checkpoint()))

    assert from_the_start == {"976.5 KiB"}
    assert going_on == {"244.1 MiB"}


def log_that_asks_for_a_checkpoint() -> str:
    """The size of the write-ahead log at which dbt's database writes its tables in between."""
    database = DuckDBConnectionManager.env().conn
    return str(database.cursor().execute("select current_setting('checkpoint_threshold')").fetchall()[0][0])


def test_nothing_new_changes_no_byte(home: Path) -> None:
    """Given everything published, when refreshed again, then no file of log, lake or build database changes."""
    before = bytes_below(home / "data")

    said = navlog(home, "refresh")

    assert said.exit_code == 0
    assert said.out.startswith("Nothing new")
    assert before == bytes_below(home / "data")


def test_file_sent_again_publishes_the_same_figures(home: Path) -> None:
    """Given a trade file that is in the log, when it comes again, then its rows are duplicates and no figure moves."""
    settings = books(home)
    before = ask(settings, PUBLIC_QUERIES[1]).rows
    again = home / "again.csv"
    again.write_text("event_id,account_id,type,amount,timestamp\nX1,ACC001,FEE,12.50,2024-02-01\n")
    first = navlog(home, "ingest", "cash_events", again, "--json").data[0]
    second = navlog(home, "ingest", "cash_events", again, "--json").data[0]
    refresh_books(settings, system_clock)

    assert (first["accepted"], second["accepted"], second["duplicate"]) == (1, 0, 1)
    assert before == ask(settings, PUBLIC_QUERIES[1]).rows
    assert all(one.is_equal for one in verify_replay(settings))


def test_backfill_from_a_day_brings_back_every_figure_from_that_day_on(tmp_path: Path) -> None:
    """Given published rows that somebody removed from a day on, when that day is backfilled, then all are back."""
    settings, day = books(tmp_path), date(2024, 2, 12)
    for _delivery in range(4):
        simulate_days(settings, default_scenario(), 10, system_clock)
    refresh_books(settings, system_clock)
    dated = [table for table in public_tables(settings) if table.replay_date]
    with lake.writing(settings) as database:
        removed = [
            database.execute(f"delete from {table.qualified} where {table.replay_date} >= ?", [day]).fetchall()[0][0]
            for table in dated
        ]

    nothing_new = refresh_books(settings, system_clock)
    after = last_seq_before(settings, day)
    with one_writer(settings):
        backfilled = refresh_locked_books(settings, system_clock, call, replay_after_seq=after)

    assert sum(removed) > 0
    assert nothing_new.publication is None
    assert 0 < after < backfilled.last_seq
    assert backfilled.first_seq == after + 1
    assert all(one.is_equal for one in verify_replay(settings))


def test_the_command_publishes_the_whole_log_once_more(tmp_path: Path) -> None:
    """Given published rows that somebody changed, when there is nothing new, then the command can still mend them."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 5, system_clock)
    refresh_books(settings, system_clock)
    with lake.writing(settings) as database:
        database.execute("update main_facts.fact_portfolio_value_daily set total_value = 0")

    nothing_new = navlog(tmp_path, "refresh")
    is_wrong = [one.table for one in verify_replay(settings) if not one.is_equal]
    again = navlog(tmp_path, "refresh", "--replay-after", "0")

    assert (nothing_new.exit_code, again.exit_code) == (0, 0), again.err
    assert is_wrong == ["main_facts.fact_portfolio_value_daily"]
    assert all(one.is_equal for one in verify_replay(settings))


def test_second_run_is_told_that_the_first_is_writing(home: Path) -> None:
    """Given a run that holds the lock, when another starts, then it ends at once with its own exit code."""
    with one_writer(books(home)):
        said = navlog(home, "refresh")

        with pytest.raises(BusyError):
            refresh_books(books(home), system_clock)
    assert said.exit_code == 75
    assert "Another run is writing" in said.err


@pytest.mark.parametrize("seconds_until_kill", [4.0, 8.0])
def test_killed_run_is_simply_run_again(tmp_path: Path, seconds_until_kill: float) -> None:
    """Given a run killed at any moment, when refreshed again, then the books equal a rebuild from the log."""
    settings = books(tmp_path)
    simulate_days(
        settings, default_scenario(), 40, fixed_clock(evening_of(default_scenario().first_day.replace(month=6)))
    )
    killed = subprocess.Popen(
        [NAVLOG, "refresh"], env=environment(tmp_path), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    time.sleep(seconds_until_kill)
    killed.send_signal(signal.SIGKILL)
    killed.wait()

    refresh_books(settings, system_clock)

    assert Landing(settings.landing).last_seq() == lake.last_publication(settings).published_seq
    assert all(one.is_equal for one in verify_replay(settings))


def test_changed_batch_file_is_refused_by_name(tmp_path: Path) -> None:
    """Given a batch file whose bytes were changed after it was accepted, when refreshed, then nothing is published."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 3, system_clock)
    batch = next((settings.landing / "prices").rglob("*.parquet"))
    content = bytearray(batch.read_bytes())
    content[len(content) // 2] ^= 0xFF
    batch.chmod(0o600)
    batch.write_bytes(content)

    said = navlog(tmp_path, "refresh")

    assert said.exit_code == 1
    assert batch.name in said.err
    assert lake.last_publication(settings) is None


def test_unusable_build_database_is_set_aside_and_built_again(home: Path) -> None:
    """Given a build database that is garbage, when something new is refreshed, then it is rebuilt from the log."""
    settings = books(home)
    settings.warehouse.write_bytes(b"not a database")
    file = home / "one.csv"
    file.write_text("event_id,account_id,type,amount,timestamp\nX2,ACC002,INTEREST,3.21,2024-02-02\n")
    navlog(home, "ingest", "cash_events", file)

    refresh_books(settings, system_clock)

    assert list(settings.warehouse.parent.glob("*.set-aside-1"))
    assert all(one.is_equal for one in verify_replay(settings))


def test_events_that_arrive_during_a_run_belong_to_the_next(tmp_path: Path) -> None:
    """Given a run that has looked at the log, when a batch is accepted before it builds, then the next run reads it."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 3, system_clock)
    arrived_between: list[str] = []

    def run_step(step: Callable[..., Any], *arguments: Any) -> Any:
        if step is transform:
            receipts = simulate_days(settings, default_scenario(), 1, system_clock)
            arrived_between.extend(receipt.stream for receipt in receipts)
        return step(*arguments)

    first = refresh_books(settings, system_clock, run_step)
    second = refresh_books(settings, system_clock)

    assert arrived_between
    assert first.publication is not None
    assert second.publication is not None
    assert first.publication.published_seq + len(arrived_between) == second.publication.published_seq
    assert all(one.is_equal for one in verify_replay(settings))


def test_gate_has_a_process_that_begins_with_the_models_and_ends_with_the_run(tmp_path: Path) -> None:
    """Given new days, when refreshed with the gate aside, then only the gate ran there; a run without news has none."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 3, system_clock)
    ran_here: list[str] = []
    begun: list[StepProcess] = []

    def run_here(step: Callable[..., Any], *arguments: Any) -> Any:
        ran_here.append(step.__name__)
        return step(*arguments)

    def begin() -> StepProcess:
        begun.append(StepProcess(600, imports=TOOLS))
        return begun[-1]

    with gate_aside(run_here, begin) as run_step:
        news = refresh_books(settings, system_clock, run_step)
    with gate_aside(run_here, begin) as run_step:
        nothing_new = refresh_books(settings, system_clock, run_step)

    assert ran_here == ["take_inbox", "transform", "publish", "take_inbox"]
    assert news.audit is not None
    assert news.audit.evaluated > 0
    assert nothing_new.publication is None
    assert [psutil.pid_exists(process.pid) for process in begun] == [False]


def test_changed_commit_entry_is_refused(tmp_path: Path) -> None:
    """Given an entry of the log that was edited after it was written, when refreshed, then nothing is published."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 2, system_clock)
    entry = settings.landing / "_log" / f"{1:020d}.json"
    entry.write_text(entry.read_text().replace('"duplicate": 0', '"duplicate": 1'))

    said = navlog(tmp_path, "refresh")

    assert said.exit_code == 2
    assert "Commit 1" in said.err
    assert lake.last_publication(settings) is None


def test_what_is_no_entry_of_the_log_is_in_nobodys_way(tmp_path: Path) -> None:
    """Given what file managers leave beside the entries, when refreshed, then the books are published."""
    settings = books(tmp_path)
    simulate_days(settings, default_scenario(), 2, system_clock)
    first = settings.landing / "_log" / f"{1:020d}.json"
    for name in (f"._{first.name}", f"{first.stem} (copy).json"):
        first.with_name(name).write_bytes(first.read_bytes())

    done = refresh_books(settings, system_clock)

    assert done.publication is not None


def test_reference_data_alone_can_be_published(tmp_path: Path) -> None:
    """Given an account and nothing else, when refreshed, then there is an account and no figure of it."""
    file = tmp_path / "accounts.csv"
    file.write_text("event_id,account_id,name,occurred_at\na1,A,First,2024-01-02\n")
    navlog(tmp_path, "ingest", "accounts", file)

    refresh_books(books(tmp_path), system_clock)

    assert ask(books(tmp_path), "select account_id from main_dimensions.dim_account").rows == [("A",)]
    assert ask(books(tmp_path), "select count(*) from main_facts.fact_portfolio_value_daily").rows == [(0,)]


def test_foreign_currency_closes_the_gate_until_it_is_cancelled(tmp_path: Path) -> None:
    """Given a deposit in euro on a dollar account, then nothing is published; cancelled, the next run recovers."""
    cash = tmp_path / "cash.csv"
    cash.write_text("event_id,account_id,type,amount,currency,occurred_at\nd1,A,DEPOSIT,5,EUR,2024-01-03\n")
    cancel = tmp_path / "cancel.csv"
    cancel.write_text(
        "event_id,action,corrects_stream,corrects_event_id,occurred_at\nc1,CANCEL,cash_events,d1,2024-01-04\n"
    )
    navlog(tmp_path, "ingest", "cash_events", cash)
    refused = navlog(tmp_path, "refresh")
    told = navlog(tmp_path, "status").out
    navlog(tmp_path, "ingest", "corrections", cancel)
    recovered = refresh_books(books(tmp_path), system_clock)

    assert refused.exit_code == 1
    assert recovered.publication is not None
    assert "law_accounts_have_one_currency" in refused.err
    assert "The gate is closed since" in told
    assert "law_accounts_have_one_currency, A, d1" in told
    assert "DEPOSIT 5.00" in told
    gate = last_gate(books(tmp_path))
    assert gate is not None
    assert gate.is_passed
    pages = (tmp_path / "data" / "docs" / "runs").glob("*/law_breaks.html")
    assert any("law_accounts_have_one_currency, A, d1" in page.read_text() for page in pages)
