"""Periods and their flows in, money-weighted returns out, as Arrow tables: what a table of periods is filled with."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyarrow as pa

from measures.measured import Column, Integers
from measures.money_weighted import xirr
from measures.returns import Periods, modified_dietz

OK: Final = "ok"
AMBIGUOUS: Final = "several_rates"
"""Several rates make the flows worth nothing; the one given is nearest Modified Dietz."""

KEY: Final = ("account_id", "period", "period_start")
MONEY_WEIGHTED: Final = pa.schema(
    [
        pa.field("account_id", pa.string()),
        pa.field("period", pa.string()),
        pa.field("period_start", pa.date32()),
        pa.field("modified_dietz_pct", pa.float64()),
        pa.field("modified_dietz_reason", pa.string()),
        pa.field("xirr_pct", pa.float64()),
        pa.field("xirr_status", pa.string()),
    ]
)


def money_weighted_rows(periods: pa.Table, flows: pa.Table) -> pa.Table:
    """Modified Dietz and XIRR of every period.

    Args:
        periods: columns of the dbt model ``int_periods``, and ``period_number``, which counts its rows from 0.
        flows: columns period_number, value_date and net_flow, ordered by the first two.

    Returns:
        Schema ``MONEY_WEIGHTED``; rows in the order of ``periods``. A row is the same whatever stands beside it.
    """
    asked = Periods(
        start_day=_days(periods, "measured_from"),
        end_day=_days(periods, "closing_date"),
        start_value=_amounts(periods, "start_value"),
        end_value=_amounts(periods, "end_value"),
        flow_row=np.asarray(flows["period_number"].to_numpy(), dtype=np.int64),
        flow_day=_days(flows, "value_date"),
        flow_amount=_amounts(flows, "net_flow"),
    )
    dietz, rate = modified_dietz(asked), xirr(asked)
    status = np.where(rate.is_ambiguous & (rate.rate.reasons == ""), AMBIGUOUS, rate.rate.reasons)
    return pa.table(
        [
            *(periods[name].cast(MONEY_WEIGHTED.field(name).type) for name in KEY),
            pa.array(100 * dietz.values, from_pandas=True),
            pa.array([reason or None for reason in dietz.reasons], pa.string()),
            pa.array(100 * rate.rate.values, from_pandas=True),
            pa.array([told or OK for told in status], pa.string()),
        ],
        schema=MONEY_WEIGHTED,
    )


def _days(table: pa.Table, column: str) -> Integers:
    return np.asarray(table[column].cast(pa.int32()).to_numpy(), dtype=np.int64)


def _amounts(table: pa.Table, column: str) -> Column:
    return np.asarray(table[column].cast(pa.float64()).to_numpy(), dtype=np.float64)
