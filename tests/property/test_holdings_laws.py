"""Laws of exposures, contributions, effects and risk on wild histories: dust, shorts, debts, total losses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import duckdb
import pytest

from eventlog.settings import settings_for
from flows import warehouse
from tests.oracle.ledger import Event
from tests.property.strategies import history
from tests.property.test_warehouse_laws import ingest

ACCOUNTS = 60
SEED = 7
SHARES = """
    select reason, sum({parts}), any_value({whole}), max(abs({largest}))
    from main_metrics.{table} group by account_id, period, period_start, reason
"""


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A wild history in which accounts are benchmarks of each other, built once."""
    home = settings_for(tmp_path_factory.mktemp("wild") / "data")
    happened = history(SEED, ACCOUNTS, days=50, trades_per_account=12, batches=2)
    names = sorted({event.body["account_id"] for event in happened.events if "account_id" in event.body})
    described = [
        Event("accounts", f"benchmark-{name}", datetime(2024, 3, 1),
              {"account_id": name, "benchmark_symbol": names[number * 7 % ACCOUNTS] if number % 3 else "A0"})
        for number, name in enumerate(names)
    ]  # fmt: skip
    described += [
        Event("symbols", f"described-{symbol}", datetime(2024, 1, 1), {"symbol": symbol, "sector": f"of {symbol[0]}"})
        for symbol in ("A0", "B0", "A1", "C2")
    ]
    ingest(home, [*happened.events, *described], 0)
    warehouse.build(home)
    with warehouse.reading(home) as database:
        yield database


def public_metrics(database: duckdb.DuckDBPyConnection) -> list[str]:
    """Every table and view of the metrics."""
    found = database.execute("select table_name from information_schema.tables where table_schema = 'main_metrics'")
    return [name for (name,) in found.fetchall()]


def test_every_figure_is_finite_or_null(books):
    for table in public_metrics(books):
        columns = books.execute(f"describe main_metrics.{table}").fetchall()
        doubles = [name for name, kind, *_rest in columns if kind == "DOUBLE"]
        is_not_finite = " or ".join(f"not isfinite({name})" for name in doubles) or "false"
        assert books.execute(f"select * from main_metrics.{table} where {is_not_finite}").fetchall() == [], table


@pytest.mark.parametrize(
    ("table", "parts", "whole", "largest"),
    [
        ("contribution_by_period", "contribution_pct", "return_pct", "contribution_pct"),
        (
            "attribution_by_sector",
            "allocation_pct + selection_pct + interaction_pct + trading_pct",
            "active_return_pct",
            "selection_pct",
        ),
    ],
)
def test_parts_of_a_period_sum_to_the_whole(books, table, parts, whole, largest):
    """To nine digits of the largest of them; a period in which everything was lost has no parts, and says so."""
    periods = books.execute(SHARES.format(table=table, parts=parts, whole=whole, largest=largest)).fetchall()

    stated = [period for period in periods if period[0] is None]
    assert len(stated) > ACCOUNTS
    for _reason, together, due, size in stated:
        assert together == pytest.approx(due, abs=1e-9 * max(1, size))
    assert {reason for reason, *_figures in periods} >= {None, "wiped_out"}
    assert all(figures[:2] == [None, None] for reason, *figures in periods if reason is not None)


def test_days_sum_to_what_the_books_say(books):
    """Contributions of symbols and sectors to the return, weights to the whole, effects to what is active."""
    assert books.execute(
        """
        select bool_and(abs(by_symbol - daily_return_pct) <= 1e-9 * greatest(1, abs(daily_return_pct))),
            bool_and(abs(by_sector - daily_return_pct) <= 1e-9 * greatest(1, abs(daily_return_pct))),
            bool_and(abs(weight - 100) <= 1e-9 * greatest(1, heaviest))
        from (
            select account_id, value_date, sum(contribution_pct) as by_symbol
            from main_metrics.contribution_daily group by all
        ) join (
            select account_id, value_date, sum(contribution_pct) as by_sector, sum(weight_pct) as weight,
                max(abs(weight_pct)) as heaviest
            from main_metrics.sector_returns_daily where reason is null group by all
        ) using (account_id, value_date) join main_metrics.daily_returns using (account_id, value_date)
        """
    ).fetchall() == [(True, True, True)]
    assert (
        books.execute(
            """
        select account_id, value_date from main_metrics.attribution_daily group by all
        having abs(
            sum(allocation_pct + selection_pct + interaction_pct + trading_pct)
            - any_value(account_return_pct) + any_value(benchmark_account_return_pct)
        ) > 1e-9 * greatest(1, max(abs(selection_pct)), max(abs(account_return_pct)))
        """
        ).fetchall()
        == []
    )
