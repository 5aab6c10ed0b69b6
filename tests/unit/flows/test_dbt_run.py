"""What a run of dbt that does not come to its end says."""

from __future__ import annotations

import traceback
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import dbt.cli.main
import duckdb
import pyarrow as pa
import pytest

from eventlog.settings import settings_for
from flows import dbt_run
from ledger.columns import replay_stream
from ledger.schema import ROWS


def raising(error: BaseException) -> object:
    """A command of dbt that ends like this."""

    def invoke(*_: object) -> None:
        raise error

    return invoke


def test_a_run_that_is_interrupted_is_no_failed_build(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given Ctrl-C while models run, then the run ends as interrupted: a failed build would close the gate."""
    monkeypatch.setattr(dbt.cli.main.cli, "invoke", raising(KeyboardInterrupt()))

    with pytest.raises(KeyboardInterrupt):
        dbt_run.build(settings_for(tmp_path))


def test_a_position_out_of_reach_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given 5,000 million units and a split 1000:1, both within the contract, then the build says whose and why."""
    bought = {"kind": "TRADE", "event_id": "t-1", "occurred_at": datetime(2024, 1, 1), "quantity": Decimal(5 * 10**9)}
    split = {"kind": "SPLIT", "event_id": "s-1", "occurred_at": datetime(2024, 1, 2), "numerator": Decimal(1000)}
    of_key = {"account_id": "ACC", "symbol": "KO", "lot_method": "FIFO", "amount": Decimal(1), "fee": Decimal(0)}
    rows = pa.Table.from_pylist([{**of_key, **bought}, {**of_key, **split, "denominator": Decimal(1)}], schema=ROWS)
    slices = replay_stream(rows.to_reader(), rows.num_rows)  # noqa: F841 - DuckDB reads it by this name
    with pytest.raises(duckdb.Error) as failed:
        duckdb.sql("from slices").fetchall()
    told_by_dbt = "".join(traceback.format_exception(failed.value))
    monkeypatch.setattr(dbt.cli.main.cli, "invoke", raising(RuntimeError(f"Python model failed:\n{told_by_dbt}")))

    with pytest.raises(dbt_run.BuildFailedError) as refused:
        dbt_run.build(settings_for(tmp_path))

    assert str(refused.value) == (
        "OutOfReachError: quantity 5000000000000.00000000 of KO in account ACC, since event s-1, is out of reach: "
        "the ledger holds less than 1,000,000,000,000. Correct that event, or what it builds on, with a CANCEL or "
        "AMEND and refresh."
    )
