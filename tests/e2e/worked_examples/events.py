"""A worked example in the words of navlog: neutral events -> rows of the streams.

Each case is booked in accounts of its own, once per lot method that its checks ask for, with symbols of its own.
What the neutral form says in another way than navlog is turned here:

- A tax on a trade is part of what it cost: it is added to the fee. A tax on a dividend is a TAX cash event.
- A delivery in kind is a trade and the deposit or withdrawal of its amount.
- Interest charged is a FEE.
- A split in the middle of a day takes effect at a start of a day: what came before it happened on the day before.
- Every day that a case names is a day of the market: the symbol MARKET has a price on it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from eventlog.clock import fixed_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings
from tests.e2e.worked_examples.cases import Case

Row = dict[str, str]
MARKET = "MARKET"
KNOWN_AFTERWARDS = datetime(2026, 7, 30, 9)
"""When cases that don't say it become known: with the last event of those that do."""
CASH_TYPES = {"INTEREST_CHARGE": "FEE"}
SESSION_START = datetime(2015, 8, 6, 15, 30)
ORDER_PRICE = "120"
"""Orders of the source state no price; what they match does not depend on it."""
EIGHT_DECIMALS = Decimal("0.00000001")


def deliver(settings: Settings, cases: tuple[Case, ...], folder: Path) -> None:
    """Bring the events of cases into the log, in the order in which they became known, one file per time and stream."""
    stated = sorted((row for case in cases for row in stated_rows(case)), key=lambda row: row[:2])
    opening = stated[0][0]
    deliveries: dict[tuple[datetime, str], list[Row]] = {}
    told = set()
    for known, stream, row in stated:
        # Two cases may name one day of the market. Accounts are opened before anything is known of them.
        if (stream, row["event_id"]) not in told:
            deliveries.setdefault((opening if stream == "accounts" else known, stream), []).append(row)
            told.add((stream, row["event_id"]))
    for (known, stream), rows in sorted(deliveries.items(), key=lambda delivery: delivery[0]):
        file = folder / f"{stream}.jsonl"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        (receipt,) = ingest_files(settings, stream, [file], fixed_clock(known))
        assert (receipt.accepted, receipt.quarantined) == (len(rows), 0), receipt


def stated_rows(case: Case) -> Iterator[tuple[datetime, str, Row]]:
    """Known time, stream and row of everything that a case states."""
    events = list(_given(case))
    known_first = min((_known(event) for event in events), default=KNOWN_AFTERWARDS)
    for method in case.methods:
        for account in case.accounts(method):
            yield known_first, "accounts", _account_row(case, account, method)
    for day in _days(case, events):
        yield known_first, "prices", _price_row(f"{MARKET}:{day}", MARKET, "1", day, "USD")
    for place, event in enumerate(events):
        for stream, row in _rows(case, event, place):
            yield _known(event), stream, row


def _given(case: Case) -> Iterator[dict[str, Any]]:
    """The events of a case; opening lots, orders and closed trades are told as trades."""
    yield from _before_splits_on_the_day_before(case.events)
    for lot in case.given.get("opening_lots", []):
        yield {**lot, "type": "TRADE", "side": "BUY"}
    for order in case.given.get("orders", []):
        quantity = Decimal(order["quantity"])
        side = "BUY" if quantity > 0 else "SELL"
        yield {**order, "type": "TRADE", "side": side, "quantity": str(abs(quantity)), "price": ORDER_PRICE}
    for trade in case.given.get("trades", []):
        yield from _both_ends(trade)


def _before_splits_on_the_day_before(events: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Listed order holds inside a day: events listed before a split of their day move to the day before."""
    for place, event in enumerate(events):
        splits = {later["date"] for later in events[place + 1 :] if later["type"] == "SPLIT" and "date" in later}
        if "time" not in event and not event.get("intraday"):
            yield event
            continue
        moved = event["date"] in splits
        day = str(date.fromisoformat(event["date"]) - timedelta(days=int(moved)))
        time = {"time": day + event["time"][10:]} if "time" in event else {}
        yield {**event, "date": day, **time}


def _both_ends(trade: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A closed trade as the two fills that made it; each carries half of the fees."""
    sides = ("BUY", "SELL") if trade["direction"] == "LONG" else ("SELL", "BUY")
    fee = str(Decimal(trade["fees"]) / 2)
    for side, end in zip(sides, ("entry", "exit"), strict=True):
        time = SESSION_START + timedelta(minutes=trade[f"{end}_minute"])
        yield {
            "type": "TRADE", "side": side, "symbol": "PAIR", "quantity": trade["quantity"], "fee": fee,
            "price": trade[f"{end}_price"], "date": str(time.date()), "time": time.isoformat(),
        }  # fmt: skip


def _known(event: dict[str, Any]) -> datetime:
    stated = event.get("recorded_at")
    return datetime.fromisoformat(stated.removesuffix("Z")) if stated else KNOWN_AFTERWARDS


def _days(case: Case, events: list[dict[str, Any]]) -> list[str]:
    """Every day that a case names, in its events and in its checks."""
    named = {event["date"] for event in events if "date" in event}
    named |= {event["occurred_at"][:10] for event in events if "occurred_at" in event}
    named |= {event["settle_date"] for event in events if "settle_date" in event}
    named |= {day for check in case.checks for key, day in check.at.items() if key in ("as_of", "date", "from")}
    named |= {*case.given.get("dates", []), *case.given.get("period", {}).values()}
    return sorted(named | ({case.given["as_of"]} if "as_of" in case.given else set()))


def _rows(case: Case, event: dict[str, Any], place: int) -> Iterator[tuple[str, Row]]:
    """The rows of one neutral event; those of accounts once per lot method."""
    occurred_at = event.get("occurred_at") or event.get("time") or event["date"]
    name = event.get("event_id") or f"{place:03}"
    if event["type"] == "PRICE":
        symbol = case.symbol(event["symbol"])
        row = _price_row(f"{case.number:03}:{name}", symbol, event["close"], occurred_at, case.currency)
        yield "prices", row
    elif event["type"] == "SPLIT":
        yield "corporate_actions", {
            "event_id": f"{case.number:03}:{name}", "occurred_at": occurred_at, "symbol": case.symbol(event["symbol"]),
            "type": "SPLIT", "numerator": event["new"], "denominator": event["old"], "effective_date": occurred_at[:10],
        }  # fmt: skip
    else:
        tell = {"TRADE": _trade_rows, "CASH": _cash_rows, "CANCEL": _cancel_rows}[event["type"]]
        for method in case.methods:
            account = case.account(method, _account_named(case, event))
            common = {"event_id": f"{account}:{name}", "occurred_at": occurred_at}
            yield from tell(case, event, account, common)


def _account_named(case: Case, event: dict[str, Any]) -> str:
    """The account of an event; a cancellation belongs where its target is."""
    if "corrects_event_id" in event:
        (event,) = (other for other in case.events if other["event_id"] == event["corrects_event_id"])
    return str(event.get("account", ""))


def _trade_rows(case: Case, event: dict[str, Any], account: str, common: Row) -> Iterator[tuple[str, Row]]:
    quantity, fee = Decimal(event["quantity"]), Decimal(event.get("fee", 0)) + Decimal(event.get("tax", 0))
    gross = Decimal(event.get("gross_amount") or quantity * Decimal(event["price"]))
    price = event.get("price") or str((gross / quantity).quantize(EIGHT_DECIMALS, ROUND_HALF_UP))
    row = {
        **common, "account_id": account, "symbol": case.symbol(event["symbol"]), "side": event["side"],
        "quantity": event["quantity"], "price": price, "fee": str(fee), "currency": case.currency,
    }  # fmt: skip
    row |= {"consideration": event["gross_amount"]} if "gross_amount" in event else {}
    row |= {"settle_date": event["settle_date"]} if "settle_date" in event else {}
    yield "trades", row
    if event.get("no_cash"):
        into, amount = ("DEPOSIT", gross + fee) if event["side"] == "BUY" else ("WITHDRAWAL", gross - fee)
        yield "cash_events", {**common, "account_id": account, "type": into, "amount": str(amount), **_in(case)}


def _cash_rows(case: Case, event: dict[str, Any], account: str, common: Row) -> Iterator[tuple[str, Row]]:
    row = {**common, "account_id": account, **_in(case)}
    row |= {"symbol": case.symbol(event["symbol"])} if "symbol" in event else {}
    kind = CASH_TYPES.get(event["kind"], event["kind"])
    yield "cash_events", {**row, "type": kind, "amount": event["amount"]}
    if "tax" in event:
        yield "cash_events", {**row, "event_id": f"{row['event_id']}.tax", "type": "TAX", "amount": event["tax"]}


def _cancel_rows(case: Case, event: dict[str, Any], account: str, common: Row) -> Iterator[tuple[str, Row]]:
    row = {**common, "action": "CANCEL", "corrects_stream": "trades", "revision": event["revision"]}
    row |= {"corrects_event_id": f"{account}:{event['corrects_event_id']}"}
    row |= {"fee_retained": event["fee_retained"]} if "fee_retained" in event else {}
    yield "corrections", row


def _in(case: Case) -> Row:
    return {"currency": case.currency}


def _account_row(case: Case, account: str, method: str) -> Row:
    return {
        "event_id": account, "occurred_at": "2000-01-01", "account_id": account, "lot_method": method,
        "base_currency": case.currency, "name": case.id,
    }  # fmt: skip


def _price_row(event_id: str, symbol: str, price: str, occurred_at: str, currency: str) -> Row:
    return {
        "event_id": event_id, "occurred_at": occurred_at, "symbol": symbol, "price": price, "currency": currency,
    }  # fmt: skip
