"""Accounts that break measures, each of them true: they get the figure that is due, or the reason why there is none.

One history of sixty business days: SWEPT earns fifty million on a cent every day, DEBTOR loses more than it has and
climbs back, CASHLIKE holds a hair of a share, LATECOMER's benchmark begins half way, NAMESAKE is measured against a
name that is an account's and becomes a symbol's, EURO trades what nobody has described, DUST owes fifty on a cent that
it has left. Then come prices of MODEL, and a deposit after the last close.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from eventlog.clock import system_clock
from eventlog.settings import Settings
from flows import warehouse
from flows.contract import public_tables
from flows.hashes import Content, content_of
from flows.pipeline import refresh_books
from flows.steps.replay import replay_beside
from tests.e2e.small_ledgers import empty_home, happened, told

pytestmark = pytest.mark.timeout(600)

DAYS = [day.date() for day in pd.bdate_range("2024-01-01", periods=60)]
LAST = DAYS[-1]
AFTER_THE_LAST_CLOSE = LAST + timedelta(days=1)
INDEX_FROM = 29
"""The business day with the index's first price: from the next one on, LATECOMER has thirty pairs."""


def wave(number: int) -> float:
    """What X is worth: up and down, never twice the same way."""
    return 100 + 3 * math.sin(number) + 0.2 * number


def lines(header: str, rows: list[str]) -> str:
    return "\n".join([header, *rows]) + "\n"


def prices() -> list[str]:
    rows = []
    for number, day in enumerate(DAYS):
        rows += [f"x{number},X,{wave(number):.4f},USD,{day}", f"s{number},SAP,{150 + number},EUR,{day}"]
        rows.append(f"r{number},RATE,{100 * 1.0005 ** max(0, number - INDEX_FROM):.6f},USD,{day}")
        if number >= INDEX_FROM:
            rows.append(f"i{number},INDEX,{200 + 4 * math.cos(number):.4f},USD,{day}")
    return rows


def cash() -> list[str]:
    rows = [f"d{number},{account},DEPOSIT,{amount},USD,{DAYS[0]}" for number, (account, amount) in enumerate([
        ("SWEPT", "0.01"), ("DEBTOR", "100"), ("CASHLIKE", "1000000"), ("LATECOMER", "20000"), ("NAMESAKE", "20000"),
        ("MODEL", "20000"), ("DUST", "1000"),
    ])]  # fmt: skip
    rows.append(f"e0,EURO,DEPOSIT,10000,EUR,{DAYS[0]}")
    rows += [f"b1,DEBTOR,FEE,150,USD,{DAYS[20]}", f"b2,DEBTOR,DEPOSIT,400,USD,{DAYS[30]}"]
    rows += [f"b3,DEBTOR,INTEREST,70,USD,{DAYS[40]}"]
    all_but_a_cent = 100 + 9 * Decimal(f"{wave(44):.4f}") - Decimal("0.01")
    rows += [f"u1,DUST,WITHDRAWAL,{all_but_a_cent},USD,{DAYS[45]}", f"u2,DUST,FEE,50,USD,{DAYS[46]}"]
    for number, day in enumerate(DAYS[1:]):
        rows += [f"i{number},SWEPT,INTEREST,50000000,USD,{day}", f"w{number},SWEPT,WITHDRAWAL,50000000,USD,{day}"]
    return rows


def trades() -> list[str]:
    bought = [("CASHLIKE", "0.001"), ("LATECOMER", "150"), ("NAMESAKE", "120"), ("MODEL", "90"), ("DUST", "9")]
    rows = [f"t{n},{account},X,BUY,{units},100,USD,{DAYS[0]}" for n, (account, units) in enumerate(bought)]
    rows.append(f"t8,DUST,X,SELL,9,{wave(44):.4f},USD,{DAYS[44]}")
    return [*rows, f"t9,EURO,SAP,BUY,10,150,EUR,{DAYS[0]}"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """The history, published; then a deposit after the last close and two prices of MODEL, published on top of it."""
    with empty_home(tmp_path_factory.mktemp("awkward")) as settings:
        happened(settings, "prices", lines("event_id,symbol,price,currency,occurred_at", prices()))
        happened(settings, "symbols", f"event_id,symbol,asset_class,occurred_at\ny1,RATE,RISK_FREE,{DAYS[0]}\n")
        happened(settings, "accounts", lines(
            "event_id,account_id,base_currency,benchmark_symbol,occurred_at",
            [f"a1,LATECOMER,USD,INDEX,{DAYS[0]}", f"a2,NAMESAKE,USD,MODEL,{DAYS[0]}", f"a3,EURO,EUR,,{DAYS[0]}"],
        ))  # fmt: skip
        happened(settings, "cash_events", lines("event_id,account_id,type,amount,currency,occurred_at", cash()))
        happened(settings, "trades", lines(
            "event_id,account_id,symbol,side,quantity,price,currency,occurred_at", trades()
        ))  # fmt: skip
        refresh_books(settings, system_clock)
        happened(settings, "cash_events", lines(
            "event_id,account_id,type,amount,occurred_at", [f"p1,LATECOMER,DEPOSIT,500,{AFTER_THE_LAST_CLOSE}"]
        ))  # fmt: skip
        happened(settings, "prices", lines(
            "event_id,symbol,price,occurred_at", [f"m1,MODEL,10,{DAYS[50]}", f"m2,MODEL,11,{DAYS[51]}"]
        ))  # fmt: skip
        refresh_books(settings, system_clock)
        yield settings


def measured(home: Settings, columns: str, account_id: str, window: str) -> list[tuple[Any, ...]]:
    """The last day's row of a window."""
    with warehouse.reading(home) as database:
        return database.execute(
            f"select {columns} from main_metrics.risk_daily "
            "where account_id = ? and risk_window = ? and value_date = ?",
            [account_id, window, LAST],
        ).fetchall()


def contents(home: Settings) -> dict[str, Content]:
    with warehouse.reading(home) as database:
        return content_of(database, public_tables(home))


def test_on_top_of_what_was_built_the_books_are_those_of_a_rebuild(home: Settings) -> None:
    """Also of MODEL, which was the name of an account alone for most of the history."""
    beside = replay_beside(home)
    warehouse.rebuild(beside)

    assert contents(home) == contents(beside)


def test_a_deposit_after_the_last_close_leaves_the_periods_alone(home: Settings) -> None:
    """It counts from the next close on: until then every period that goes on is what it was."""
    rows = told(home, "select period, end_value from main_metrics.period_returns where account_id = 'LATECOMER' "
                      f"and closing_date = '{LAST}' order by period")  # fmt: skip

    value = told(home, "select total_value from main_facts.fact_portfolio_value_daily "
                       f"where account_id = 'LATECOMER' and value_date = '{LAST}'")[0][0]  # fmt: skip
    assert rows == [(period, value) for period in ("INCEPTION", "MONTH", "QUARTER", "YEAR")]


@pytest.mark.parametrize("number", [20, 35, 59])
def test_whoever_lost_more_than_everything_stays_at_minus_a_hundred(home: Settings, number: int) -> None:
    """Neither new money nor a gain on it (70 on 350 on day 40) brings the return since the first day back."""
    day = f"account_id = 'DEBTOR' and value_date = '{DAYS[number]}'"

    assert told(home, f"select cumulative_return_pct from main_metrics.cumulative_returns where {day}") == [("-100.0",)]
    assert told(home, f"select drawdown_pct, max_drawdown_pct from main_metrics.drawdown where {day}") == [
        ("-100.0", "-100.0")
    ]


def test_a_period_after_the_loss_has_its_own_return(home: Settings) -> None:
    """On day 40, in February, 70 were earned on 350; in January everything was lost."""
    rows = told(home, "select period, round(return_pct, 9) from main_metrics.period_returns "
                      "where account_id = 'DEBTOR' and period in ('MONTH', 'INCEPTION') "
                      "order by period_start, period")  # fmt: skip

    assert rows == [("INCEPTION", "-100.0"), ("MONTH", "-100.0"), ("MONTH", "20.0"), ("MONTH", "0.0")]


def test_growth_beyond_a_double_has_no_figure_and_closes_nothing(home: Settings) -> None:
    """Five billion times what it had, every day: at the end 10^570."""
    cumulative, drawdown, period = (
        told(home, f"select {columns} from main_metrics.{table} where account_id = 'SWEPT' {which}")
        for columns, table, which in (
            ("cumulative_return_pct", "cumulative_returns", f"and value_date = '{LAST}'"),
            ("drawdown_pct", "drawdown", f"and value_date = '{LAST}'"),
            ("return_pct, return_reason", "period_returns", "and period = 'INCEPTION'"),
        )
    )

    assert (cumulative, drawdown, period) == ([(None,)], [("0.0",)], [(None, "beyond_float")])


def test_a_loss_beyond_measure_is_no_exception(home: Settings) -> None:
    """DUST loses 5,000 times what it has: risk counts such a day as one without a return, and so does the backtest."""
    days = told(home, "select value_date, daily_return_pct < -10000, is_exception_95 "
                      "from main_metrics.value_at_risk_daily "
                      "join main_metrics.daily_returns using (account_id, value_date) "
                      f"where account_id = 'DUST' and method = 'historical' and value_date >= '{DAYS[45]}' "
                      "order by value_date limit 2")  # fmt: skip

    assert days == [(str(DAYS[45]), "False", "False"), (str(DAYS[46]), "True", None)]


def test_alpha_takes_the_rate_of_the_days_that_it_compares(home: Settings) -> None:
    """LATECOMER has thirty pairs, all within the last thirty days; the rate was nothing before and is a lot since."""
    (since_inception,), (thirty_days,) = (
        measured(home, "alpha_pct, beta", "LATECOMER", window) for window in ("INCEPTION", "30D")
    )

    assert since_inception == pytest.approx(thirty_days, rel=1e-9)


def test_powers_of_tiny_returns_are_not_lost(home: Settings) -> None:
    """CASHLIKE's returns are those of X, divided by ten million: its skewness and kurtosis are those of X."""
    with warehouse.reading(home) as database:
        returns = pd.Series(
            value for (value,) in database.execute(
                "select daily_return_pct from main_metrics.daily_returns "
                "where account_id = 'CASHLIKE' and daily_return_pct is not null"
            ).fetchall()
        )  # fmt: skip
    deviation = returns - returns.mean()
    spread = (deviation**2).mean()

    ((skewness, kurtosis),) = measured(home, "skewness, excess_kurtosis", "CASHLIKE", "INCEPTION")

    assert abs(returns).max() < 1e-5
    assert skewness == pytest.approx((deviation**3).mean() / spread**1.5, rel=1e-5)
    assert kurtosis == pytest.approx((deviation**4).mean() / spread**2 - 3, rel=1e-5)


def test_what_nobody_has_described_is_in_the_currency_of_its_prices(home: Settings) -> None:
    rows = told(home, "select distinct currency from main_metrics.exposure_by_currency_daily "
                      "where account_id = 'EURO'")  # fmt: skip

    assert rows == [("EUR",)]
