"""The daily books that follow from the slow ledger: positions, portfolios, returns, drawdown and volatility."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from tests.oracle.ledger import EXACT, ZERO, Event, Lot, Position, consideration, effective, rounded

Books = dict[tuple[Any, ...], dict[str, Any]]
"""Rows by key."""


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
        self.lots: dict[tuple[str, str], list[Lot]] = {}
        self._keep_positions(methods)
        self._keep_portfolios()

    def value_day(self, day: date) -> date | None:
        """The valuation day on which an event of ``day`` counts; None after the last one."""
        place = bisect_left(self.days, day)
        return self.days[place] if place < len(self.days) else None

    def closes(self, symbol: str) -> dict[date, Decimal]:
        """Last known close on every valuation day."""
        own = [event for event in self.of["prices"] if event.body["symbol"] == symbol]
        stated = {event.occurred_at.date(): event.body["price"] for event in own}
        known: dict[date, Decimal] = {}
        latest = None
        for day in self.days:
            latest = stated.get(day, latest)
            if latest is not None:
                known[day] = Decimal(latest)
        return known

    def _keep_positions(self, methods: dict[str, str]) -> None:
        trades: dict[tuple[str, str], list[Event]] = defaultdict(list)
        for event in self.of["trades"]:
            trades[event.body["account_id"], event.body["symbol"]].append(event)
        closes = {symbol: self.closes(symbol) for symbol in {symbol for _, symbol in trades}}
        for (account, symbol), own in trades.items():
            position = Position(methods.get(account, "FIFO"))
            splits = [event for event in self.of["corporate_actions"] if event.body["symbol"] == symbol]
            steps = [((datetime.combine(s.body["effective_date"], time()), 0, s.event_id), s) for s in splits]
            steps += [((t.occurred_at, 1, t.event_id), t) for t in own]
            steps.sort(key=lambda step: step[0])
            for day in self.days:
                happened = self._live_through(day, steps, position)
                if position.lots or happened:
                    close = closes[symbol].get(day, position.last_price)
                    self.positions[account, symbol, day] = _position_row(position, close)
            self._live_through(date.max, steps, position)
            self.lots[account, symbol] = position.ended + position.lots

    @staticmethod
    def _live_through(day: date, steps: list[Any], position: Position) -> bool:
        """Take all steps up to the end of a day; whether any of them did something."""
        did = False
        while steps and steps[0][0][0].date() <= day:
            event = steps.pop(0)[1]
            if event.stream == "trades":
                position.trade(event)
                did = True
            else:
                did = did or bool(position.lots)
                position.split(event.event_id, Decimal(event.body["numerator"]), Decimal(event.body["denominator"]))
        return did

    def _keep_portfolios(self) -> None:
        moved: dict[tuple[str, date], dict[str, Decimal]] = defaultdict(lambda: defaultdict(lambda: ZERO))
        for event in [*self.of["trades"], *self.of["cash_events"]]:
            day = self.value_day(event.occurred_at.date())
            if day is not None:
                _move(moved[event.body["account_id"], day], event)
        for account in sorted({account for account, _ in moved}):
            first = min(day for name, day in moved if name == account)
            row: dict[str, Any] = defaultdict(lambda: ZERO)
            rows: list[dict[str, Any]] = []
            held = self._rows_by_symbol(account)
            for day in [day for day in self.days if day >= first]:
                row = _portfolio_row(row, moved.get((account, day), {}), self._held(held, day))
                rows.append(row)
                _measure(rows)
                self.portfolio[account, day] = row

    def _rows_by_symbol(self, account: str) -> list[Books]:
        by_symbol: dict[str, Books] = defaultdict(dict)
        for (name, symbol, day), row in self.positions.items():
            if name == account:
                by_symbol[symbol][day,] = row
        return list(by_symbol.values())

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


def _position_row(position: Position, close: Decimal | None) -> dict[str, Any]:
    quantity = sum((lot.quantity for lot in position.lots), ZERO)
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


def _move(sums: dict[str, Decimal], event: Event) -> None:
    """Book what an event does to the cash of its day."""
    if event.stream == "trades":
        sums["traded"] += consideration(event.body) * (-1 if event.body["side"] == "BUY" else 1)
        sums["fees"] += Decimal(event.body["fee"])
    else:
        booked = {"DEPOSIT": "inflow", "WITHDRAWAL": "outflow", "FEE": "fees", "TAX": "taxes"}
        sums[booked.get(event.body["type"], "income")] += Decimal(event.body["amount"])


def _portfolio_row(before: dict[str, Any], moved: dict[str, Decimal], held: dict[str, Decimal]) -> dict[str, Any]:
    day = {name: moved.get(name, ZERO) for name in ("traded", "inflow", "outflow", "income", "fees", "taxes")}
    flow = day["inflow"] - day["outflow"]
    cash = before["cash_balance"] + flow + day["traded"] + day["income"] - day["fees"] - day["taxes"]
    value = cash + held["positions_value"]
    return {
        **held, "cash_balance": cash, "total_value": value, "inflow": day["inflow"], "outflow": day["outflow"],
        "net_deposits": before["net_deposits"] + flow, "income": before["income"] + day["income"],
        "fees": before["fees"] + day["fees"], "taxes": before["taxes"] + day["taxes"],
        "total_pnl": value - before["total_value"] - flow,
        "daily_return_pct": growth(value + day["outflow"], before["total_value"] + day["inflow"]),
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
        growth_factor = 1 + (row[f"daily_return{rule}_pct"] or 0.0) / 100
        row[f"wealth{rule}"] = before.get(f"wealth{rule}", 1.0) * growth_factor
        row[f"cumulative_return{rule}_pct"] = 100 * (row[f"wealth{rule}"] - 1)
    row["peak"] = max(before.get("peak", 1.0), row["wealth"])
    row["drawdown_pct"] = 100 * (row["wealth"] / row["peak"] - 1)
    row["max_drawdown_pct"] = min(before.get("max_drawdown_pct", 0.0), row["drawdown_pct"])
    last = [known["daily_return_pct"] for known in rows if known["daily_return_pct"] is not None][-30:]
    mean = math.fsum(last) / len(last) if last else 0.0
    is_long_enough = len(last) == 30
    deviation = math.sqrt(math.fsum((known - mean) ** 2 for known in last) / 29)
    row["annualized_volatility_pct"] = deviation * math.sqrt(252) if is_long_enough else None
