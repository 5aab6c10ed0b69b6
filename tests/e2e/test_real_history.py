"""Four years of trading at real prices, shuffled and cut into many small files, against expected figures.

The figures come from a slow Decimal ledger outside of this project (tests/fixtures/real_history/SOURCES.md). Every row
of the expected tables must be there, no other may be, and every figure must agree.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq
import pytest

from eventlog.clock import fixed_clock
from eventlog.intake import Receipt, ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse
from flows.hashes import Content, content_of

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "real_history"
SEED = 20190221
ROUNDS = 4
FILES_PER_STREAM = 24
RESENT_SHARE = 0.05
START = datetime(2023, 1, 2)

POSITIONS = {
    "expected": """
        select account_id, symbol, date, quantity, close, market_value, fees_cum,
            {open_lots}
            cost_basis_{method} as cost_basis, realized_pnl_{method} as realized_pnl,
            unrealized_pnl_{method} as unrealized_pnl{average_cost}
        from '{fixtures}/expected_positions_daily.parquet'""",
    "actual": """
        select account_id, symbol, value_date as date, cumulative_position as quantity, close_price as close,
            market_value, fees as fees_cum, {actual_open_lots} cost_basis, realized_pnl, unrealized_pnl{actual_average}
        from main_facts.fact_positions_daily""",
}
PORTFOLIO_EXPECTED = """
    select account_id, date, cash_balance, positions_long + positions_short as positions_value, total_value, net_flow,
        daily_return, cumulative_return, drawdown, rolling_vol_30d,
        daily_return_flows_start, cumulative_return_flows_start, daily_return_flows_end, cumulative_return_flows_end,
        realized_pnl_{method} as realized_pnl, unrealized_pnl_{method} as unrealized_pnl, fees_cum, income_cum
    from '{fixtures}/expected_portfolio_daily.parquet'"""
PORTFOLIO_ACTUAL = """
    select account_id, value_date as date, cash_balance, positions_value, total_value, inflow - outflow as net_flow,
        daily_return_pct / 100 as daily_return, cumulative_return_pct / 100 as cumulative_return,
        drawdown_pct / 100 as drawdown, annualized_volatility_pct / 100 as rolling_vol_30d,
        daily_return_flows_start_pct / 100 as daily_return_flows_start,
        cumulative_return_flows_start_pct / 100 as cumulative_return_flows_start,
        daily_return_flows_end_pct / 100 as daily_return_flows_end,
        cumulative_return_flows_end_pct / 100 as cumulative_return_flows_end,
        realized_pnl, unrealized_pnl, fees as fees_cum, income as income_cum
    from main_facts.fact_portfolio_value_daily
    full join main_metrics.daily_returns using (account_id, value_date)
    full join main_metrics.cumulative_returns using (account_id, value_date)
    full join main_metrics.drawdown using (account_id, value_date)
    full join main_metrics.rolling_volatility using (account_id, value_date)"""
# Expected lots have no ids: those that share account, symbol and days are compared in the order of their figures.
CLOSED_LOTS_EXPECTED = """
    select *, row_number() over (
        partition by account_id, symbol, entry_date, exit_date order by quantity, pnl_gross, entry_fee
    ) as place
    from '{fixtures}/expected_closed_lots_fifo.parquet'"""
CLOSED_LOTS_ACTUAL = """
    select *, row_number() over (
        partition by account_id, symbol, entry_date, exit_date order by quantity, pnl_gross, entry_fee
    ) as place
    from (
        select account_id, symbol, case when quantity > 0 then 'LONG' else 'SHORT' end as direction,
            cast(acquired_at as date) as entry_date, closed_on as exit_date, abs(quantity)::double as quantity,
            (cost / quantity)::double as entry_price, (proceeds / quantity)::double as exit_price,
            realized_pnl::double as pnl_gross, entry_fee::double as entry_fee, exit_fee::double as exit_fee
        from main_facts.fact_lots
        where close_reason in ('sold', 'covered')
    )"""
YEAR_END_EXPECTED = """
    select *, row_number() over (partition by account_id, date, symbol, lot_date order by quantity, price) as place
    from '{fixtures}/expected_fifo_lots_year_end.parquet'"""
YEAR_END_ACTUAL = """
    select *, row_number() over (partition by account_id, date, symbol, lot_date order by quantity, price) as place
    from (
        select account_id, year_end.date, symbol, cast(acquired_at as date) as lot_date,
            sum(quantity)::double as quantity, (sum(cost) / sum(quantity))::double as price
        from (select distinct date from '{fixtures}/expected_fifo_lots_year_end.parquet') as year_end
        inner join main_facts.fact_lots
            on opened_on <= year_end.date and coalesce(closed_on, date '9999-12-31') > year_end.date
        group by account_id, year_end.date, symbol, lot_id, acquired_at
    )"""


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The whole history, brought in file by file with a build after each quarter of the files."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")
        folder = tmp_path_factory.mktemp("real_history")
        settings = settings_for(folder / "home")
        rounds = deliveries(folder)
        receipts: list[Receipt] = []
        for number, files in enumerate(rounds):
            clock = fixed_clock(START + timedelta(days=number))
            for stream, file in files:
                receipts += ingest_files(settings, stream, [file], clock)
            warehouse.build(settings)
        assert [receipt for receipt in receipts if receipt.quarantined] == []
        assert sum(receipt.accepted for receipt in receipts) == sum(table.num_rows for table in inputs().values())
        yield settings


@pytest.fixture(scope="module")
def under_average(lived: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The same home after an accounts file has set the average method for everyone."""
    file = tmp_path_factory.mktemp("accounts") / "accounts.csv"
    accounts = sorted(set(inputs()["cash_events"]["account_id"].to_pylist()))
    lines = [f"{account},2018-01-01,AVERAGE" for account in accounts]
    file.write_text("\n".join(["account_id,occurred_at,lot_method", *lines]) + "\n")
    list(ingest_files(lived, "accounts", [file], fixed_clock(START + timedelta(days=ROUNDS))))
    warehouse.build(lived)
    return lived


def inputs() -> dict[str, pa.Table]:
    """Every event of the fixture, by stream."""
    text = pacsv.ConvertOptions(column_types=dict.fromkeys(("quantity", "price", "fee", "amount"), pa.string()))
    return {
        "trades": pacsv.read_csv(FIXTURES / "trades.csv", convert_options=text),
        "cash_events": pacsv.read_csv(FIXTURES / "cash_events.csv", convert_options=text),
        "prices": pq.read_table(FIXTURES / "prices.parquet"),
    }


def deliveries(folder: Path) -> list[list[tuple[str, Path]]]:
    """Cut shuffled events into files of three formats, some rows sent twice; deal the files to the rounds."""
    chance = random.Random(SEED)  # noqa: S311 - the same cut every time
    files = []
    for stream, table in inputs().items():
        order = chance.sample(range(table.num_rows), table.num_rows)
        for number in range(FILES_PER_STREAM):
            rows = order[number::FILES_PER_STREAM]
            # Prices have no event_id; one that comes again, in another file, gets the same id from what it says.
            again = chance.sample(order, int(len(order) * RESENT_SHARE / FILES_PER_STREAM))
            chosen = [*rows, *(row for row in again if row not in set(rows))]
            files.append((stream, written(table.take(chosen), folder / f"{stream}-{number}", number)))
    chance.shuffle(files)
    return [files[number::ROUNDS] for number in range(ROUNDS)]


def written(table: pa.Table, file: Path, number: int) -> Path:
    """Write a file as CSV, JSON Lines or Parquet, in turn."""
    suffix = (".csv", ".jsonl", ".parquet")[number % 3]
    path = str(file.with_suffix(suffix))
    with duckdb.connect() as database:
        database.register("delivery", table)
        form = {".csv": "format csv, header", ".jsonl": "format json", ".parquet": "format parquet"}[suffix]
        database.execute(f"copy delivery to '{path}' ({form})")
    return Path(path)


def differences(
    settings: Settings, expected: str, actual: str, key: tuple[str, ...], tolerance: dict[str, float] | None = None
) -> list[tuple[object, ...]]:
    """Rows of either side that the other lacks or states differently: key, column, expected, actual."""
    with warehouse.reading(settings) as database:
        database.execute(f"create temp table expected as {expected}")
        database.execute(f"create temp table actual as {actual}")
        columns = [row[0] for row in database.execute("describe expected").fetchall() if row[0] not in key]
        types = dict(row[:2] for row in database.execute("describe expected").fetchall())
        on = " and ".join(f"e.{name} = a.{name}" for name in key)
        named = ", ".join(f"coalesce(e.{name}, a.{name}) as {name}" for name in key)
        found: list[tuple[object, ...]] = []
        for column in columns:
            limit = (tolerance or {}).get(column, 1e-6)
            differs = (
                f"e.{column} is distinct from a.{column}"
                if types[column] == "VARCHAR"
                else f"(e.{column} is null) <> (a.{column} is null) or not abs(e.{column} - a.{column}) <= {limit}"
            )
            found += database.execute(
                f"select {named}, '{column}', e.{column}, a.{column} from expected as e full join actual as a on {on} "
                f"where e.{key[0]} is null or a.{key[0]} is null or {differs} order by all limit 5"
            ).fetchall()
        assert database.execute("select count(*) > 0 from expected").fetchone() == (True,)
    return found


def positions(side: str, method: str) -> str:
    """Either side of the comparison of positions. Lots are counted under FIFO, average cost under AVERAGE."""
    is_fifo = method == "fifo"
    return POSITIONS[side].format(
        fixtures=FIXTURES,
        method=method,
        open_lots="open_lots," if is_fifo else "",
        actual_open_lots="open_lot_count as open_lots," if is_fifo else "",
        average_cost="" if is_fifo else ", average_cost",
        actual_average="" if is_fifo else ", avg_cost_per_share as average_cost",
    )


def contents(settings: Settings) -> dict[str, Content]:
    """Content hash of every public table."""
    with warehouse.reading(settings) as database:
        return content_of(database, warehouse.public_tables(settings))


def test_positions_agree_under_fifo(lived: Settings):
    """Quantity, close, value, cost, P&L, fees and the number of open lots of every position on every day."""
    found = differences(
        lived, positions("expected", "fifo"), positions("actual", "fifo"), ("account_id", "symbol", "date")
    )

    assert found == []


def test_portfolios_agree_under_fifo(lived: Settings):
    """Cash, value, three return rules with their chains, drawdown, volatility, P&L, fees and income of every day."""
    found = differences(
        lived,
        PORTFOLIO_EXPECTED.format(fixtures=FIXTURES, method="fifo"),
        PORTFOLIO_ACTUAL,
        ("account_id", "date"),
    )

    assert found == []


def test_closed_lots_agree_under_fifo(lived: Settings):
    """What every closing matched, for how much, with which fees."""
    found = differences(
        lived,
        CLOSED_LOTS_EXPECTED.format(fixtures=FIXTURES),
        CLOSED_LOTS_ACTUAL,
        ("account_id", "symbol", "entry_date", "exit_date", "place"),
    )

    assert found == []


def test_lots_open_at_the_end_of_a_year_agree_under_fifo(lived: Settings):
    """fact_lots answers for any day in the past, not only for the last one."""
    found = differences(
        lived,
        YEAR_END_EXPECTED.format(fixtures=FIXTURES),
        YEAR_END_ACTUAL.format(fixtures=FIXTURES),
        ("account_id", "date", "symbol", "lot_date", "place"),
    )

    assert found == []


def test_positions_agree_after_a_change_to_average(under_average: Settings):
    """One reference event re-prices every position from its first day."""
    found = differences(
        under_average,
        positions("expected", "avg"),
        positions("actual", "avg"),
        ("account_id", "symbol", "date"),
        tolerance={"average_cost": 1e-8},
    )

    assert found == []


def test_portfolios_agree_after_a_change_to_average(under_average: Settings):
    """The method moves P&L between realized and unrealized and touches neither value nor return."""
    found = differences(
        under_average,
        PORTFOLIO_EXPECTED.format(fixtures=FIXTURES, method="avg"),
        PORTFOLIO_ACTUAL,
        ("account_id", "date"),
    )

    assert found == []


def test_a_full_rebuild_changes_no_row(under_average: Settings):
    """Five incremental builds over shuffled files hold the very rows that one build from the first commit gives."""
    grown = contents(under_average)
    warehouse.rebuild(under_average)

    assert contents(under_average) == grown
