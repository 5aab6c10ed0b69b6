"""Rows of risk: what an account's rows say does not depend on which accounts come in its batch."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from measures.benchmark import PairSums, pair_sums_of
from measures.moments import Sums
from measures.risk_rows import risk_stream

FIRST_DAY = date(2024, 1, 1)
NO_SUMS = {name.name: 0.0 for name in (*fields(Sums), *fields(PairSums))} | dict.fromkeys(
    (
        "benchmark_up_count", "benchmark_down_count", "pair_total", "up_loss_count", "down_loss_count",
        "small_cubes", "small_fourths", "risk_free_total", "risk_free_pair_total",
        "cumulative_return", "max_drawdown", "current_drawdown",
    ),
    0.0,
)  # fmt: skip


def days_of(account_id: str, count: int, benchmark_return: float | None) -> list[dict[str, Any]]:
    """Days of one account, all of which have a return and are to be measured; what all of history sums to is left 0."""
    return [
        NO_SUMS
        | {
            "account_id": account_id,
            "value_date": FIRST_DAY + timedelta(days=number),
            "first_date": FIRST_DAY,
            "day_return": 0.01 if number % 2 else -0.005,
            "benchmark_return": benchmark_return,
            "risk_free_return": 0.0,
            "return_count": number + 1,
            "is_replayed": True,
        }
        for number in range(count)
    ]


def with_history(days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same days of one account, with the sums that a table keeps of what its alpha is made of."""
    own, market, free = (
        np.array([day[column] for day in days], float)
        for column in ("day_return", "benchmark_return", "risk_free_return")
    )
    told = []
    for number, day in enumerate(days):
        past = slice(0, number + 1)
        sums = pair_sums_of(own[past], market[past])
        kept = {name.name: float(getattr(sums, name.name)[0]) for name in fields(PairSums)}
        kept |= {"benchmark_count": kept["count"], "pair_total": kept["total"], "total": float(own[past].sum())}
        totals = {
            "risk_free_total": free[past].sum(),
            "risk_free_pair_total": free[past][~np.isnan(market[past])].sum(),
        }
        told.append(day | kept | totals)
    return told


def rows_of(account_id: str, days: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What is measured of one account when these days come in one batch."""
    table = pa.Table.from_pylist(days, schema=pa.Table.from_pylist(days_of("A", 1, 0.1)).schema)
    measured = risk_stream(pa.RecordBatchReader.from_batches(table.schema, table.to_batches())).read_all()
    return [row for row in measured.to_pylist() if row["account_id"] == account_id]


def test_alpha_of_all_history_knows_the_rate_of_the_days_in_common_alone() -> None:
    """Given no rate for 90 days, then 0.04 % a day for the 30 on which the benchmark has returns, then alpha of all
    history is that of the last 30 days: 0.01 % a day above half of what the benchmark is above the rate.
    """
    quiet, measured = days_of("A", 90, None), days_of("A", 30, None)
    for number, day in enumerate(measured):
        above = 0.01 if number % 2 else -0.008
        day |= {
            "value_date": FIRST_DAY + timedelta(days=90 + number),
            "return_count": 91 + number,
            "benchmark_return": 0.0004 + above,
            "day_return": 0.0004 + 0.5 * above + 0.0001,
            "risk_free_return": 0.0004,
        }

    rows = rows_of("A", with_history(quiet + measured))
    last = {row["risk_window"]: row for row in rows if row["value_date"] == measured[-1]["value_date"]}

    yearly = pytest.approx(100 * (1.0001**252 - 1))
    assert [last[window]["alpha_pct"] for window in ("30D", "90D", "INCEPTION")] == [yearly] * 3
    assert [last[window]["beta"] for window in ("30D", "INCEPTION")] == [pytest.approx(0.5)] * 2


def test_an_account_without_benchmark_says_the_same_beside_one_that_has_one() -> None:
    """Given too few returns and no benchmark, then that there is none is the reason, whoever comes along."""
    without, beside = days_of("PLAIN", 40, None), days_of("MEASURED", 40, 0.002)
    last = days_of("ZZZ", 1, None)  # the last account of a stream is a batch of its own

    alone, together = rows_of("PLAIN", without + last), rows_of("PLAIN", beside + without + last)

    assert together == alone
    assert {json.loads(row["reasons"])["beta"] for row in alone} == {"no_benchmark"}
