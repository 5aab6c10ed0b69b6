"""The daily books that follow from the slow ledger: positions, portfolios, returns, drawdown and volatility."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from tests.oracle.ledger import EXACT, ZERO, Event, Lot, Position, after_splits, consideration, effective, rounded

Books = dict[tuple[Any, ...], dict[str, Any]]
"""Rows by key."""


@dataclass(frozen=True)
class Move:
    """Cash that an account gains or loses: when it counts, when it changes hands, and as what."""

    booked_on: date
    settled_on: date | None
    kind: str
    amount: Decimal
    fee: Decimal

    @property
    def cash(self) -> Decimal:
        """What it adds to the cash of the account."""
        return (-self.amount if self.kind in ("outflow", "fees", "taxes") else self.amount) - self.fee


class Oracle:
    """The books of every account on every valuation day."""

    def __init__(self, events: Iterable[Event], methods: dict[str, str]) -> None:
        """Keep the books once, from the first event to the last."""
        counting = effective(events)
        self.of = {
            stream: [event for event in counting if event.stream == stream]
            for stream in ("trades", "prices", "cash_events", "corporate_actions")
        }
        self.days = sorted({event.occurred_at.date() for event in self.of["prices"]})
        self.positions: Books = {}
        self.portfolio: Books = {}
        self.dividends: Books = {}
        self.lots: dict[tuple[str, str], list[Lot]] = {}
        self._moves: dict[str, list[Move]] = defaultdict(list)
        self._keep_positions(methods)
        self._keep_cash()
        self._keep_portfolios()

    def value_day(self, day: date) -> date | None:
        """The valuation day on which an event of ``day`` counts; None after the last one."""
        place = bisect_left(self.days, day)
        return self.days[place] if place < len(self.days) else None

    def next_day(self, day: date | None) -> date | None:
        """The valuation day after a valuation day, if it is there yet."""
        return None if day is None else self.value_day(day + timedelta(days=1))

    def actions(self, symbol: str, kind: str) -> list[Event]:
        """Corporate actions of a symbol."""
        return [event for event in self.of["corporate_actions"]
                if (event.body["symbol"], event.body["type"]) == (symbol, kind)]  # fmt: skip

    def closes(self, symbol: str, prices: list[Event]) -> dict[date, Decimal]:
        """Last known close on every valuation day, as it is after the splits since."""
        stated = {event.occurred_at.date(): Decimal(event.body["price"]) for event in prices}
        splits = [(event.body["effective_date"], _ratio(event)) for event in self.actions(symbol, "SPLIT")]
        known: dict[date, Decimal] = {}
        latest: date | None = None
        for day in self.days:
            latest = day if day in stated else latest
            if latest is not None:
                since = [ratio for effective_date, ratio in splits if latest < effective_date <= day]
                known[day] = after_splits(stated[latest], since)
        return known

    def _keep_positions(self, methods: dict[str, str]) -> None:
        trades: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.of["trades"]:
            trades[event.body["account_id"], event.body["symbol"]].append(event)
        prices: dict[str, list[Event]] = defaultdict(list)
        for event in self.of["prices"]:
            prices[event.body["symbol"]].append(event)
        closes = {symbol: self.closes(symbol, prices[symbol]) for symbol in {symbol for _, symbol in trades}}
        for (account, symbol), own in trades.items():
            position = Position(methods.get(account, "FIFO"))
            steps = self._steps(symbol, own)
            for day in self.days:
                happened = self._live_through(day, steps, account, position)
                if position.lots or happened:
                    close = closes[symbol].get(day, position.last_price)
                    self.positions[account, symbol, day] = _position_row(position, close)
            self._live_through(date.max, steps, account, position)
            self.lots[account, symbol] = position.ended + position.lots

    def _steps(self, symbol: str, trades: list[Event]) -> list[Any]:
        """What happens to a position, in order. Before all else of its ex-date a dividend looks who holds."""
        steps = [((t.occurred_at, 2, t.event_id), t) for t in trades]
        for order, kind, day in ((0, "DIVIDEND", "ex_date"), (1, "SPLIT", "effective_date")):
            steps += [
                ((datetime.combine(event.body[day], time()), order, event.event_id), event)
                for event in self.actions(symbol, kind)
            ]
        return sorted(steps, key=lambda step: step[0])

    def _live_through(self, day: date, steps: list[Any], account: str, position: Position) -> bool:
        """Take all steps up to the end of a day; whether any of them changed the position."""
        did = False
        while steps and steps[0][0][0].date() <= day:
            event = steps.pop(0)[1]
            if event.stream == "trades":
                position.trade(event)
                did = True
            elif event.body["type"] == "SPLIT":
                did = did or bool(position.lots)
                position.split(event.event_id, *_ratio(event))
            else:
                self._entitle(event, account, position)
        return did

    def _entitle(self, event: Event, account: str, position: Position) -> None:
        """A declared dividend: so much for every unit held, owed from the ex-date on and paid on the pay-date."""
        if position.quantity == 0:
            return
        amount = rounded(EXACT.multiply(position.quantity, Decimal(event.body["amount_per_share"])))
        self.dividends[event.event_id, account] = {"entitled_quantity": position.quantity, "amount": amount}
        ex_date, pay_date = event.body["ex_date"], event.body["pay_date"]
        self._book(account, ex_date, self.value_day(max(pay_date, ex_date)), "income", amount)

    def _keep_cash(self) -> None:
        """What trades and cash events move."""
        for event in self.of["trades"]:
            body, day = event.body, event.occurred_at.date()
            stated = body.get("settle_date")
            settled_on = self.value_day(max(stated, day)) if stated else self.next_day(self.value_day(day))
            traded = consideration(body) * (-1 if body["side"] == "BUY" else 1)
            self._book(body["account_id"], day, settled_on, "trade", traded, Decimal(body["fee"]))
        for event in self.of["cash_events"]:
            body, day = event.body, event.occurred_at.date()
            booked = {"DEPOSIT": "inflow", "WITHDRAWAL": "outflow", "FEE": "fees", "TAX": "taxes"}
            kind = booked.get(body["type"], "income")
            self._book(body["account_id"], day, self.value_day(day), kind, Decimal(body["amount"]))

    def _book(
        self, account: str, day: date, settled_on: date | None, kind: str, amount: Decimal, fee: Decimal = ZERO
    ) -> None:
        booked_on = self.value_day(day)
        if booked_on is not None:
            self._moves[account].append(Move(booked_on, settled_on, kind, amount, fee))

    def _keep_portfolios(self) -> None:
        held: dict[str, dict[str, Books]] = defaultdict(lambda: defaultdict(dict))
        for (account, symbol, day), row in self.positions.items():
            held[account][symbol][day,] = row
        for account, moves in self._moves.items():
            first = min(move.booked_on for move in moves)
            rows: list[dict[str, Any]] = []
            row: dict[str, Any] = defaultdict(lambda: ZERO)
            for day in [day for day in self.days if day >= first]:
                row = _portfolio_row(row, _sums(moves, day), self._held(list(held[account].values()), day))
                rows.append(row)
                _measure(rows)
                self.portfolio[account, day] = row

    @staticmethod
    def _held(rows: list[Books], day: date) -> dict[str, Decimal]:
        """Sums over the symbols of an account; realized P&L is that of the last row of each, open or not."""
        sums = {"positions_value": ZERO, "unrealized_pnl": ZERO, "realized_pnl": ZERO}
        for row in [rows_of_symbol[day,] for rows_of_symbol in rows if (day,) in rows_of_symbol]:
            sums["positions_value"] += row["market_value"]
            sums["unrealized_pnl"] += row["unrealized_pnl"]
        for rows_of_symbol in rows:
            past = [valued for (valued,) in rows_of_symbol if valued <= day]
            sums["realized_pnl"] += rows_of_symbol[max(past),]["realized_pnl"] if past else ZERO
        return sums


def _ratio(split: Event) -> tuple[Decimal, Decimal]:
    """New units for old ones."""
    return Decimal(split.body["numerator"]), Decimal(split.body["denominator"])


def _position_row(position: Position, close: Decimal | None) -> dict[str, Any]:
    quantity = position.quantity
    cost = sum((lot.cost for lot in position.lots), ZERO)
    fees_left = sum((lot.entry_fee for lot in position.lots), ZERO)
    value = rounded(EXACT.multiply(quantity, close or ZERO))
    return {
        "cumulative_position": quantity, "cost_basis": cost, "cost_basis_incl_fees": cost + fees_left,
        "avg_cost_per_share": rounded(EXACT.divide(cost, quantity)) if quantity else ZERO, "close_price": close,
        "market_value": value, "unrealized_pnl": value - cost, "unrealized_pnl_net": value - cost - fees_left,
        "realized_pnl": position.realized, "realized_pnl_net": position.realized_net, "fees": position.fees,
        "open_lot_count": len(position.lots),
    }  # fmt: skip


def _sums(moves: list[Move], day: date) -> dict[str, Decimal]:
    """What the moves of an account do to the cash of a day, and to what is owed at its end."""
    sums: dict[str, Decimal] = defaultdict(lambda: ZERO)
    for move in moves:
        if move.booked_on == day:
            sums[move.kind] += move.amount
            sums["fees"] += move.fee
        if move.settled_on == day:
            sums["settled"] += move.cash
        if move.booked_on <= day and (move.settled_on is None or move.settled_on > day):
            sums["receivables" if move.cash > 0 else "payables"] += abs(move.cash)
    return sums


def _portfolio_row(before: dict[str, Any], moved: dict[str, Decimal], held: dict[str, Decimal]) -> dict[str, Any]:
    flow = moved["inflow"] - moved["outflow"]
    cash = before["cash_balance"] + flow + moved["trade"] + moved["income"] - moved["fees"] - moved["taxes"]
    value = cash + held["positions_value"]
    return {
        **held, "cash_balance": cash, "total_value": value, "inflow": moved["inflow"], "outflow": moved["outflow"],
        "cash_settled": before["cash_settled"] + moved["settled"], "receivables": moved["receivables"],
        "payables": moved["payables"],
        "net_deposits": before["net_deposits"] + flow, "income": before["income"] + moved["income"],
        "fees": before["fees"] + moved["fees"], "taxes": before["taxes"] + moved["taxes"],
        "total_pnl": value - before["total_value"] - flow,
        "daily_return_pct": growth(value + moved["outflow"], before["total_value"] + moved["inflow"]),
        "daily_return_flows_start_pct": growth(value, before["total_value"] + flow),
        "daily_return_flows_end_pct": growth(value - flow, before["total_value"]),
    }  # fmt: skip


def growth(after: Decimal, before: Decimal) -> float | None:
    """Percent, or None where there was nothing to grow."""
    return float(100 * EXACT.subtract(EXACT.divide(after, before), Decimal(1))) if before > 0 else None


def _measure(rows: list[dict[str, Any]]) -> None:
    """Add to the last row what depends on the rows before it: chains, drawdown, volatility."""
    row, before = rows[-1], rows[-2] if len(rows) > 1 else {}
    for rule in ("", "_flows_start", "_flows_end"):
        growth_factor = max(1 + (row[f"daily_return{rule}_pct"] or 0.0) / 100, 0.0)
        row[f"wealth{rule}"] = before.get(f"wealth{rule}", 1.0) * growth_factor
        row[f"cumulative_return{rule}_pct"] = 100 * (row[f"wealth{rule}"] - 1)
    row["peak"] = max(before.get("peak", 1.0), row["wealth"])
    row["drawdown_pct"] = 100 * (row["wealth"] / row["peak"] - 1)
    row["max_drawdown_pct"] = min(before.get("max_drawdown_pct", 0.0), row["drawdown_pct"])
    defined = [known["daily_return_pct"] for known in rows if known["daily_return_pct"] is not None]
    last = [value for value in defined if abs(value) <= 10_000][-30:]
    mean = math.fsum(last) / len(last) if last else 0.0
    is_long_enough = len(last) == 30
    deviation = math.sqrt(math.fsum((known - mean) ** 2 for known in last) / 29)
    row["annualized_volatility_pct"] = deviation * math.sqrt(252) if is_long_enough else None
