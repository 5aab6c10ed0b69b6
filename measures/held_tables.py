"""Holdings and returns as Arrow tables -> their risk as Arrow tables. NULL stands for NaN, and a reason beside it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.held import Holdings, account_risk, betas, position_risk
from measures.measured import Column, Flags, Integers, Measured, Panel

ACCOUNT_RISK: Final = pa.schema([
    ("account_id", pa.string()), ("method", pa.string()), ("confidence_pct", pa.float64()),
    ("value_at_risk_pct", pa.float64()), ("expected_shortfall_pct", pa.float64()), ("day_count", pa.int64()),
    ("reason", pa.string()),
])  # fmt: skip
POSITION_RISK: Final = pa.schema([
    ("account_id", pa.string()), ("symbol", pa.string()), ("beta", pa.float64()), ("beta_reason", pa.string()),
    *(
        (f"{method}_{part}", pa.float64())
        for method in ("historical", "normal")
        for part in ("marginal_95", "component_95_pct", "marginal_99", "component_99_pct")
    ),
    ("reason", pa.string()),
])  # fmt: skip


def account_risk_table(held: pa.Table, returns: pa.Table) -> pa.Table:
    """VaR and ES of every account, a row per method and confidence. The tables are as in ``position_risk_table``."""
    accounts, holdings, _symbols = _holdings(held, returns)
    risk = account_risk(holdings)
    tables = []
    for tail in risk.tails:
        columns = {
            "account_id": accounts,
            "method": [tail.method] * len(accounts),
            "confidence_pct": np.full(len(accounts), round(100 * tail.confidence, 9)),
            "value_at_risk_pct": _percent(tail.value_at_risk.values),
            "expected_shortfall_pct": _percent(tail.expected_shortfall.values),
            "day_count": risk.day_count.astype(np.int64),
            "reason": _reasons(tail.value_at_risk),
        }
        tables.append(pa.table(columns, schema=ACCOUNT_RISK))
    return pa.concat_tables(tables)


def position_risk_table(held: pa.Table, returns: pa.Table) -> pa.Table:
    """Beta, marginal and component VaR of every position.

    Args:
        held: ``account_id``, ``symbol``, ``benchmark_symbol``, ``weight``, in the order of accounts; an account that
            holds nothing has one row without a symbol, and one without capital no weights (``has_capital``).
        returns: ``symbol``, ``value_date``, ``daily_return``.
    """
    _accounts, holdings, symbols = _holdings(held, returns)
    positions = held.filter(pc.is_valid(held["symbol"]))
    beta = betas(holdings.scenarios, holdings.symbol, _places(positions["benchmark_symbol"], symbols))
    columns: dict[str, Any] = {
        "account_id": positions["account_id"],
        "symbol": positions["symbol"],
        "beta": _nulls(beta.values),
        "beta_reason": _reasons(beta),
    }
    for risk in position_risk(holdings):
        name = f"{risk.method.removesuffix('_simulation')}_{{}}_{risk.confidence * 100:.0f}"
        columns[name.format("marginal")] = _nulls(risk.marginal)
        columns[f"{name.format('component')}_pct"] = _percent(risk.component)
        columns["reason"] = pa.array(risk.reasons, pa.string(), mask=risk.reasons == "")
    return pa.table(columns, schema=POSITION_RISK)


def _holdings(held: pa.Table, returns: pa.Table) -> tuple[pa.Array, Holdings, pa.Array]:
    """The accounts by place, the holdings, and the symbols by place."""
    accounts = held["account_id"].combine_chunks().dictionary_encode()
    has_capital = np.zeros(len(accounts.dictionary), np.bool_)
    has_capital[accounts.indices.to_numpy()] = held["has_capital"].to_numpy()
    is_position = pc.is_valid(held["symbol"])
    positions = held.filter(is_position)
    symbols = pc.unique(pa.chunked_array([*positions["symbol"].chunks, *returns["symbol"].chunks], pa.string()))
    holdings = Holdings(
        account=accounts.indices.to_numpy()[is_position.to_numpy()].astype(np.int64),
        symbol=_places(positions["symbol"], symbols),
        weight=positions["weight"].to_numpy().astype(np.float64),
        has_capital=has_capital,
        scenarios=_scenarios(returns, symbols),
    )
    return accounts.dictionary, holdings, symbols


def _scenarios(returns: pa.Table, symbols: pa.Array) -> Panel:
    """Days x symbols; one day without returns where there is no day."""
    days = pc.unique(returns["value_date"])
    panel = np.full((max(len(days), 1), len(symbols)), np.nan)
    day = pc.index_in(returns["value_date"], days).to_numpy().astype(np.int64)
    panel[day, _places(returns["symbol"], symbols)] = returns["daily_return"].to_numpy()
    return panel


def _places(names: pa.ChunkedArray, among: pa.Array) -> Integers:
    """Where each name is; -1 for one that is not there."""
    places: Integers = pc.fill_null(pc.index_in(names, among), -1).to_numpy().astype(np.int64)
    return places


def _percent(values: Column) -> pa.Array:
    return _nulls(100 * values)


def _nulls(values: Column) -> pa.Array:
    is_none: Flags = np.isnan(values)
    return pa.array(values, mask=is_none)


def _reasons(values: Measured) -> pa.Array:
    return pa.array(values.reasons, pa.string(), mask=values.reasons == "")
