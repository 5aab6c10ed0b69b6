"""A figure of a worked example, asked from the published tables."""

from __future__ import annotations

from typing import Any

import duckdb

from tests.e2e.worked_examples import queries
from tests.e2e.worked_examples.cases import Case, Check

END_OF_TIME = "9999-12-30"
Parameters = dict[str, Any]


def figure(database: duckdb.DuckDBPyConnection, case: Case, check: Check) -> Any:
    """The figure of a check as the published tables give it: a number, a list of values or of rows, or None.

    Raises:
        KeyError: there is no query for the metric.
    """
    parameters = _parameters(case, check)
    metric = check.metric.removesuffix(".avg").removesuffix(".fifo").removesuffix(".lots")
    if case.kind == "period_report":
        return _of_period(database, case, metric, parameters)
    if metric.startswith(("closed_trades.", "trade_stats.")):
        return _of_closed_trades(database, metric, parameters)
    if metric in queries.LISTS:
        return _rows(database, queries.LISTS[metric], parameters)
    if metric == "amount_mismatch":
        return [row["trade"] for row in _rows(database, queries.MISMATCHED_AMOUNTS, parameters)]
    return _scalar(database, (queries.OF_A_SALE if "event_id" in check.at else queries.SCALARS)[metric], parameters)


def _of_closed_trades(database: duckdb.DuckDBPyConnection, metric: str, parameters: Parameters) -> Any:
    family, grouping, column = [*metric.split("."), ""][:3]
    if family == "trade_stats":
        return _rows(database, queries.TRADE_STATISTICS, parameters)[0][grouping]
    trades = _rows(database, queries.CLOSED_TRADES.format(grouping=queries.GROUPING[grouping]), parameters)
    return [trade[column] for trade in trades] if column else trades


def _parameters(case: Case, check: Check) -> Parameters:
    method = case.method_of(check.metric)
    named = check.at.get("account", "*")
    return {
        "accounts": case.accounts(method) if named == "*" else [case.account(method, named)],
        "symbol": case.symbol(check.at["symbol"]) if "symbol" in check.at else None,
        "day": check.at.get("as_of") or check.at.get("date") or case.given.get("as_of", END_OF_TIME),
        "since": check.at.get("from"),
        "event_id": check.at.get("event_id"),
        "rate_days": list(case.rates),
        "rates": list(case.rates.values()),
    }


def _of_period(database: duckdb.DuckDBPyConnection, case: Case, metric: str, parameters: Parameters) -> Any:
    moment, column = queries.PERIOD[metric]
    query = queries.PORTFOLIO.format(figure=column)
    begin = _scalar(database, query, {**parameters, "day": case.given["period"]["start"]})
    end = _scalar(database, query, {**parameters, "day": case.given["period"]["end"]})
    return {"begin": begin, "end": end, "change": end - begin}[moment]


def _ask(database: duckdb.DuckDBPyConnection, query: str, parameters: Parameters) -> duckdb.DuckDBPyConnection:
    typed = query.replace("$day", "$day::date").replace("$since", "$since::date")
    return database.execute(typed, {name: value for name, value in parameters.items() if f"${name}" in typed})


def _scalar(database: duckdb.DuckDBPyConnection, query: str, parameters: Parameters) -> Any:
    row = _ask(database, query, parameters).fetchone()
    return row[0] if row else None


def _rows(database: duckdb.DuckDBPyConnection, query: str, parameters: Parameters) -> list[dict[str, Any]]:
    answer = _ask(database, query, parameters)
    names = [column[0] for column in answer.description or []]
    return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]
