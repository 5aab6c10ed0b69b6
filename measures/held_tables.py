"""Holdings and returns as Arrow tables -> their risk as Arrow tables. NULL stands for NaN, and a reason beside it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from measures.held import Accounts, account_risk, betas, position_risk
from measures.holdings import Holdings
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


def account_risk_table(held: pa.Table, returns: pa.Table, days: pa.Table) -> pa.Table:
    """VaR and ES of every account, a row per method and confidence. The tables are as in ``position_risk_table``."""
    account_ids, accounts, _symbols = _accounts(held, returns, days)
    risk = account_risk(accounts)
    tables = []
    for tail in risk.tails:
        columns = {
            "account_id": account_ids,
            "method": [tail.method] * len(account_ids),
            "confidence_pct": np.full(len(account_ids), round(100 * tail.confidence, 9)),
            "value_at_risk_pct": _percent(tail.value_at_risk.values),
            "expected_shortfall_pct": _percent(tail.expected_shortfall.values),
            "day_count": risk.day_count.astype(np.int64),
            "reason": _reasons(tail.value_at_risk),
        }
        tables.append(pa.table(columns, schema=ACCOUNT_RISK))
    return pa.concat_tables(tables)


def position_risk_table(held: pa.Table, returns: pa.Table, days: pa.Table) -> pa.Table:
    """Beta, marginal and component VaR of every position.

    Args:
        held: ``account_id``, ``symbol``, ``benchmark_symbol``, ``weight``, in the order of accounts and symbols. An
            account that holds nothing has one row without a symbol, one without capital (``has_capital``) no weights.
        returns: ``symbol``, ``value_date``, ``daily_return``.
        days: every ``value_date`` that may have a return, in order: sums over days are grouped by how many there are,
            and their last bits would otherwise depend on who else holds what.
    """
    _account_ids, accounts, symbols = _accounts(held, returns, days)
    positions = held.filter(pc.is_valid(held["symbol"]))
    benchmark = _places(positions["benchmark_symbol"], symbols)
    beta = betas(accounts.holdings.scenarios, accounts.holdings.symbol, benchmark)
    columns: dict[str, Any] = {
        "account_id": positions["account_id"],
        "symbol": positions["symbol"],
        "beta": _nulls(beta.values),
        "beta_reason": _reasons(beta),
    }
    for risk in position_risk(accounts):
        name = f"{risk.method.removesuffix('_simulation')}_{{}}_{risk.confidence * 100:.0f}"
        columns[name.format("marginal")] = _nulls(risk.marginal)
        columns[f"{name.format('component')}_pct"] = _percent(risk.component)
        columns["reason"] = pa.array(risk.reasons, pa.string(), mask=risk.reasons == "")
    return pa.table(columns, schema=POSITION_RISK)


def _accounts(held: pa.Table, returns: pa.Table, days: pa.Table) -> tuple[pa.Array, Accounts, pa.Array]:
    """The account ids by place, what they hold, and the symbols by place."""
    account_ids = held["account_id"].combine_chunks().dictionary_encode()
    has_capital = np.zeros(len(account_ids.dictionary), np.bool_)
    has_capital[account_ids.indices.to_numpy()] = held["has_capital"].to_numpy()
    is_position = pc.is_valid(held["symbol"])
    positions = held.filter(is_position)
    symbols = pc.unique(pa.chunked_array([*positions["symbol"].chunks, *returns["symbol"].chunks], pa.string()))
    holdings = Holdings(
        row=account_ids.indices.to_numpy()[is_position.to_numpy()].astype(np.int64),
        symbol=_places(positions["symbol"], symbols),
        weight=np.nan_to_num(positions["weight"].to_numpy().astype(np.float64)),
        row_count=len(has_capital),
        scenarios=_scenarios(returns, symbols, days),
    )
    return account_ids.dictionary, Accounts(holdings, has_capital), symbols


def _scenarios(returns: pa.Table, symbols: pa.Array, days: pa.Table) -> Panel:
    """Symbols x days; one day without returns where there is no day."""
    panel = np.full((len(symbols), max(len(days), 1)), np.nan)
    day = _places(returns["value_date"], days["value_date"])
    panel[_places(returns["symbol"], symbols), day] = returns["daily_return"].to_numpy()
    return panel


def _places(names: pa.ChunkedArray, among: pa.Array | pa.ChunkedArray) -> Integers:
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
