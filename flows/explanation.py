"""From a figure to the lots behind it, and from the lots to the events, their batches and the hashes of their files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import duckdb

from eventlog.settings import Settings
from flows import warehouse
from flows.builds import reading_build
from flows.explained_events import ExplainedEvent, explained_events
from flows.moments import Moment, NoSuchMomentError
from flows.plain import named
from ledger.rounding import divide

CASH: Final = "$CASH"
"""The symbol that asks for an account's cash."""

_DECIDING_DAY: Final = """
    select max(calendar_date) from main_dimensions.dim_date where is_valuation_day and calendar_date <= $day
"""
"""What happens on another day counts on the next valuation day: figures of a day are made of what came up to this."""

_POSITION: Final = """
    with
    position as (
        select *
        from main_facts.fact_positions_daily
        where account_id = $account_id and symbol = $symbol and value_date <= $day
        order by value_date desc
        limit 1
    ),
    earned as (
        select
            coalesce(sum(income), 0) as income,
            coalesce(sum(fees), 0) as fees_and_charges,
            coalesce(sum(taxes), 0) as taxes
        from main_facts.fact_pnl_daily
        where account_id = $account_id and symbol = $symbol and value_date <= $day
    )
    select position.*, earned.* from position cross join earned
"""

_CASH_BALANCE: Final = """
    select *
    from main_facts.fact_portfolio_value_daily
    where account_id = $account_id and value_date <= $day
    order by value_date desc
    limit 1
"""

_CASH_PARTS: Final = """
    with
    moves as (
        select
            case stream when 'cash_events' then type when 'trades' then 'FEE KEPT' else 'DECLARED ' || type end as part,
            1 as place,
            signed_amount as amount
        from main_facts.fact_cash_moves
        where account_id = $account_id and occurred_on <= $day
        union all
        select side, 2, case when side = 'BUY' then -consideration else consideration end
        from main_facts.fact_trades
        where account_id = $account_id and trade_date <= $day
        union all
        select 'TRADE FEES', 3, -fee
        from main_facts.fact_trades
        where account_id = $account_id and trade_date <= $day
    )
    select part, count(*) filter (where amount <> 0) as events, sum(amount) as amount
    from moves
    group by part, place
    having sum(amount) <> 0 or count(*) filter (where amount <> 0) > 0
    order by place, part
"""

_OPEN_LOTS: Final = """
    select lot_id, lot_method, acquired_at, opened_at, opened_by_event_id,
        sum(quantity) as quantity, sum(cost) as cost, sum(entry_fee) as entry_fee
    from main_facts.fact_lots
    where account_id = $account_id and symbol = $symbol and opened_on <= $day
        and coalesce(closed_on, date '9999-12-31') > $day
    group by all
    order by acquired_at, lot_id
"""

_ENDED_LOTS: Final = """
    select lot_id, acquired_at, opened_by_event_id, closed_at, closed_by_event_id, close_reason,
        quantity, cost, entry_fee, proceeds, exit_fee, realized_pnl, realized_pnl_net
    from main_facts.fact_lots
    where account_id = $account_id and symbol = $symbol and closed_on <= $day
    order by closed_at, closed_by_event_id, acquired_at, lot_id
"""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Explanation:
    """A figure and what is behind it.

    ``day`` is the last valuation day at or before the day asked for; None if there is none. ``figure`` is what holds
    on it, None if nothing does: the row of fact_positions_daily (of a flat position that of the day on which it became
    flat) with the income, charges and taxes booked on the symbol up to ``day``; for cash that of
    fact_portfolio_value_daily. Lots and cash parts are those of ``day`` too: open lots add up to the position and cost,
    ended lots to the realized P&L, cash parts to the balance. ``events`` reach to the day asked for, and say which of
    them count. The models of today fold the moment; ``is_by_other_models`` says that others published it.
    ``held_symbols`` are those that the account has traded up to the day asked for.
    """

    account_id: str
    symbol: str
    asked_day: date
    day: date | None
    moment: Moment
    figure: Row | None
    open_lots: tuple[Row, ...]
    ended_lots: tuple[Row, ...]
    cash_parts: tuple[Row, ...]
    events: tuple[ExplainedEvent, ...]
    held_symbols: tuple[str, ...]
    is_by_other_models: bool


def explain(settings: Settings, account_id: str, symbol: str, day: str, moment: Moment) -> Explanation:
    """Explain a position of an account, or with symbol ``$CASH`` its cash, on a day.

    Raises:
        NoSuchMomentError: this is no day, nobody knew the account at that moment, or the log can't be folded up to it.
    """
    asked_day = _day_of(day)
    with reading_build(settings, moment) as database:
        _refuse_unknown_account(database, account_id, moment)
        deciding_day = _deciding_day(database, asked_day)
        key = {"account_id": account_id, "symbol": symbol, "day": deciding_day}
        of_account = {"account_id": account_id, "day": deciding_day}
        is_cash = symbol == CASH
        figure = _rows(database, _CASH_BALANCE, of_account) if is_cash else _rows(database, _POSITION, key)
        return Explanation(
            account_id=account_id,
            symbol=symbol,
            asked_day=asked_day,
            day=deciding_day,
            moment=moment,
            figure=figure[0] if figure else None,
            open_lots=() if is_cash else _with_unit_cost(_rows(database, _OPEN_LOTS, key)),
            ended_lots=() if is_cash else _rows(database, _ENDED_LOTS, key),
            cash_parts=_rows(database, _CASH_PARTS, of_account) if is_cash else (),
            events=explained_events(database, settings, account_id, None if is_cash else symbol, asked_day),
            held_symbols=_held_symbols(database, {"account_id": account_id, "day": asked_day}),
            is_by_other_models=moment.models_sha256 != warehouse.models_sha256(),
        )


def _day_of(asked: str) -> date:
    try:
        return date.fromisoformat(asked)
    except ValueError as error:
        raise NoSuchMomentError(f"{asked} is no day. Write it like 2026-01-31.") from error


def _deciding_day(database: duckdb.DuckDBPyConnection, asked_day: date) -> date | None:
    day: date | None = database.execute(_DECIDING_DAY, {"day": asked_day}).fetchall()[0][0]
    return day


def _refuse_unknown_account(database: duckdb.DuckDBPyConnection, account_id: str, moment: Moment) -> None:
    accounts = [
        name
        for (name,) in database.execute(
            "select account_id from main_dimensions.dim_account order by account_id"
        ).fetchall()
    ]
    if account_id not in accounts:
        raise NoSuchMomentError(f"There is no account {account_id} {moment.asked}. There are: {named(accounts)}.")


def _held_symbols(database: duckdb.DuckDBPyConnection, of_account: Row) -> tuple[str, ...]:
    rows = database.execute(
        "select distinct symbol from main_facts.fact_trades where account_id = $account_id and trade_date <= $day "
        "order by symbol",
        of_account,
    ).fetchall()
    return tuple(symbol for (symbol,) in rows)


def _rows(database: duckdb.DuckDBPyConnection, sql: str, parameters: Row) -> tuple[Row, ...]:
    cursor = database.execute(sql, parameters)
    names = [column[0] for column in cursor.description or ()]
    return tuple(dict(zip(names, row, strict=True)) for row in cursor.fetchall())


def _with_unit_cost(lots: tuple[Row, ...]) -> tuple[Row, ...]:
    return tuple({**lot, "unit_cost": _quotient(lot["cost"], lot["quantity"])} for lot in lots)


def _quotient(cost: Decimal, quantity: Decimal) -> Decimal:
    """Rounded half away from zero to eight decimals, like every stored quotient (ledger.rounding)."""
    scaled = divide(int(cost.scaleb(16)), int(quantity.scaleb(8)))
    return Decimal(scaled).scaleb(-8)
