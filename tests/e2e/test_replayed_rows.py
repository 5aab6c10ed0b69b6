"""What a run has recomputed is kept until the next one, is looked at, and is all that it puts into a table."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from eventlog.settings import Settings, settings_for
from flows import dbt_run, warehouse
from flows.contract import public_tables
from flows.dbt_run import PROJECT, BuildFailedError
from tests.e2e.small_ledgers import built, happened, told

TRADES = "event_id,account_id,symbol,side,quantity,price,occurred_at\n"
PRICES = "event_id,symbol,price,occurred_at\n"
TWICE_IN_LATER_RUNS = "cross join range((select least(2, 1 + replay_after_seq) from event_log.watermark))"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Two accounts that hold a symbol each, priced on three days."""
    for name in ("NAVLOG_HOME", "DO_NOT_TRACK", "DBT_SEND_ANONYMOUS_USAGE_STATS"):
        monkeypatch.setenv(name, "")
    home = settings_for(tmp_path / "home")
    days = ("2024-01-03", "2024-01-04", "2024-01-05")
    happened(home, "prices", PRICES + "".join(f"p-{s}-{day},{s},60,{day}\n" for s in ("KO", "PG") for day in days))
    happened(home, "trades", f"{TRADES}t1,A,KO,BUY,10,60,2024-01-03\nt2,B,PG,BUY,10,60,2024-01-03\n")
    return home


@pytest.fixture
def with_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str, str], None]:
    """Puts models in force in one of which a text is another."""

    def put_in_force(model: str, text: str, other: str) -> None:
        for room in ("dbt", "ledger", "measures"):
            shutil.copytree(PROJECT.parent / room, tmp_path / "house" / room)
        file = tmp_path / "house" / "dbt" / "models" / model
        assert text in file.read_text()
        file.write_text(file.read_text().replace(text, other))
        for one in (dbt_run, warehouse):
            monkeypatch.setattr(one, "PROJECT", tmp_path / "house" / "dbt")

    return put_in_force


def positions(home: Settings, relation: str) -> list[tuple[str, ...]]:
    """Account, day and units."""
    sql = f"select account_id, value_date, cumulative_position from {relation} order by all"
    return told(home, sql)


def test_after_a_build_from_the_start_all_rows_are_shown(home: Settings) -> None:
    built(home)

    assert len(positions(home, "replayed.fact_positions_daily")) == 6
    assert positions(home, "replayed.fact_positions_daily") == positions(home, "main_facts.fact_positions_daily")


def test_rows_of_the_run_are_those_of_touched_keys_from_their_day_on(home: Settings) -> None:
    """Given A and B, when A buys 5 more on the second day, then two days of A are recomputed and stand in the table."""
    built(home)
    happened(home, "trades", f"{TRADES}t3,A,KO,BUY,5,60,2024-01-04\n")
    built(home)

    assert positions(home, "replayed.fact_positions_daily") == [("A", "2024-01-04", "15"), ("A", "2024-01-05", "15")]
    assert positions(home, "main_facts.fact_positions_daily") == [
        ("A", "2024-01-03", "10"), ("A", "2024-01-04", "15"), ("A", "2024-01-05", "15"),
        ("B", "2024-01-03", "10"), ("B", "2024-01-04", "10"), ("B", "2024-01-05", "10"),
    ]  # fmt: skip


def test_what_was_sold_on_a_weekend_is_gone_when_monday_is_replayed(home: Settings) -> None:
    """Given ten sold on a Saturday with 60 gained, when A buys five on Monday, then those five are all that A holds."""
    happened(home, "prices", f"{PRICES}p-KO-monday,KO,60,2024-01-08\n")
    happened(home, "trades", f"{TRADES}t3,A,KO,SELL,10,66,2024-01-06\n")
    built(home)
    happened(home, "trades", f"{TRADES}t4,A,KO,BUY,5,60,2024-01-08\n")
    built(home)

    monday = "main_facts.fact_positions_daily where value_date = '2024-01-08' and account_id = 'A'"
    assert told(home, f"select cumulative_position, realized_pnl from {monday}") == [("5", "60")]


def test_rows_that_are_not_replaced_are_refused(home: Settings, with_models: Callable[[str, str, str], None]) -> None:
    """Given a model that recomputes the day before as well, when it would stand there twice, then the run ends."""
    with_models("metrics/daily_returns.sql", "where value_date >= replay_from", "where true")
    built(home)
    before = told(home, "select count(*), count(distinct (account_id, value_date)) from main_metrics.daily_returns")

    happened(home, "trades", f"{TRADES}t3,A,KO,BUY,5,60,2024-01-05\n")
    with pytest.raises(BuildFailedError, match="daily_returns has recomputed 2 rows that it does not replace"):
        built(home)

    after = told(home, "select count(*), count(distinct (account_id, value_date)) from main_metrics.daily_returns")
    assert before == after == [("9", "9")]


def test_a_rebuild_that_dies_leaves_old_rows(home: Settings, with_models: Callable[[str, str, str], None]) -> None:
    """Given books, when a rebuild ends within a table, then the table is as it was: the next run goes on from it."""
    built(home)
    before = told(home, "select slice_id from main_facts.fact_lots order by all")

    reads = "from {{ ref('int_replayed_lots') }}"
    with_models("facts/fact_lots.sql", reads, f"{reads} where error('out of order') is null")
    with pytest.raises(BuildFailedError, match="out of order"):
        warehouse.rebuild(home)

    assert len(before) == 2
    assert told(home, "select slice_id from main_facts.fact_lots order by all") == before


def test_the_log_of_dbt_holds_what_went_wrong(home: Settings, with_models: Callable[[str, str, str], None]) -> None:
    """Given a build that passed, then dbt has logged nothing; when a model fails, then its name and words are there."""
    log = home.warehouse.parent / "dbt" / "logs" / "dbt.log"
    built(home)
    assert log.read_text() == ""

    reads = "from {{ ref('int_replayed_lots') }}"
    with_models("facts/fact_lots.sql", reads, f"{reads} where error('out of order') is null")
    with pytest.raises(BuildFailedError):
        warehouse.rebuild(home)

    logged = log.read_text()
    assert "Failure in model fact_lots" in logged
    assert "out of order" in logged


def test_two_rows_of_one_key_are_refused(home: Settings, with_models: Callable[[str, str, str], None]) -> None:
    """Given a model that states trades twice in every run but the first, then a second run ends and changes nothing."""
    with_models("facts/fact_trades.sql", "from valued", f"from valued {TWICE_IN_LATER_RUNS}")
    built(home)
    before = told(home, "select trade_id from main_facts.fact_trades order by all")

    happened(home, "trades", f"{TRADES}t3,A,KO,BUY,5,60,2024-01-05\n")
    with pytest.raises(BuildFailedError, match=r"fact_trades has 2 rows for one key: \{'trade_id': t3\}"):
        built(home)

    assert told(home, "select trade_id from main_facts.fact_trades order by all") == before == [("t1",), ("t2",)]


@pytest.mark.parametrize("model", ["facts/fact_trades.sql", "dimensions/dim_date.sql"])
def test_two_rows_of_one_key_are_refused_by_a_build_from_the_start(
    home: Settings, with_models: Callable[[str, str, str], None], model: str
) -> None:
    """Given a model whose rows all come twice, then the first run ends there."""
    last = (PROJECT / "models" / model).read_text().rpartition("\nfrom ")[2].split()[0]
    with_models(model, f"\nfrom {last}", f"\nfrom (from {last} union all from {last}) as {last}")

    with pytest.raises(BuildFailedError, match="has 2 rows for one key"):
        built(home)


@pytest.mark.parametrize("number", ["infinity", "nan"])
def test_numbers_that_are_not_finite_are_refused(
    home: Settings, with_models: Callable[[str, str, str], None], number: str
) -> None:
    """Given capital, and a model whose return of it is no number, then the run ends and names the column."""
    happened(home, "cash_events", "event_id,account_id,type,amount,occurred_at\nd1,A,DEPOSIT,1000,2024-01-03\n")
    stated = "100 * ({{ ratio('total_value + outflow', '(value_before + inflow)') }} - 1)"
    with_models("metrics/daily_returns.sql", stated, f"cast('{number}' as double)")

    with pytest.raises(BuildFailedError, match=r"daily_returns.*CHECK.*isfinite.*daily_return_pct"):
        built(home)


def test_a_run_leaves_views_of_the_contract_as_they_are(home: Settings) -> None:
    """Given books, when a trade comes in, then its run makes no public view anew, and they show it all the same."""
    built(home)
    happened(home, "trades", f"{TRADES}t3,A,KO,BUY,5,60,2024-01-04\n")

    build = warehouse.build(home)

    models = {run.name for run in build.model_runs}
    assert "fact_trades" in models
    assert not models & {table.name for table in public_tables(home) if table.is_view}
    assert told(home, "select count(*) from main_facts.fact_journal where event_id = 't3'") != [("0",)]
    sql = "select value_date, market_value from main_metrics.position_weights_daily where symbol = 'KO' order by all"
    assert told(home, sql) == [("2024-01-03", "600"), ("2024-01-04", "900"), ("2024-01-05", "900")]


def test_a_build_from_the_start_makes_the_views_of_the_contract(home: Settings) -> None:
    """Given books, when everything is replayed once more, then views are made anew: their words are published again."""
    built(home)

    warehouse.build(home, replay_after_seq=0)

    views = [table for table in public_tables(home) if table.is_view]
    assert views
    assert all(view.view_sql for view in views)
