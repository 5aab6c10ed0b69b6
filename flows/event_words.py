"""Events in the words of a person: what one says, without its envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flows.plain import plain, units

Body = dict[str, Any]


def in_words(stream: str, body: Body) -> str:
    """What an event of a stream says."""
    return _WORDS[stream](body)


def _trade(body: Body) -> str:
    said = f"{body['side']} {units(body['quantity'])} {body['symbol']} at {plain(body['price'])}"
    said += f", fee {plain(body['fee'])}" if body.get("fee") else ""
    said += f", for {plain(body['consideration'])}" if body.get("consideration") is not None else ""
    said += f", lot {body['lot_id']}" if body.get("lot_id") else ""
    return said + (f"; fee of {plain(body['retained_fee'])} kept" if body.get("retained_fee") else "")


def _cash(body: Body) -> str:
    return f"{body['type']} {plain(body['amount'])}" + (f" of {body['symbol']}" if body.get("symbol") else "")


def _corporate_action(body: Body) -> str:
    if body["type"] == "SPLIT":
        ratio = f"{units(body['numerator'])} for {units(body['denominator'])}"
        return f"SPLIT {body['symbol']} {ratio} from {body['effective_date']}"
    return f"DIVIDEND {body['symbol']} {plain(body['amount_per_share'])} a share, ex {body['ex_date']}"


def _price(body: Body) -> str:
    return f"close of {body['symbol']} {plain(body['price'])}"


def _account(body: Body) -> str:
    return f"account with lot method {body.get('lot_method') or 'not stated'}"


def _correction(body: Body) -> str:
    said = f"{body['action']} {body['corrects_stream']} {body['corrects_event_id']}"
    said += f", fee of {plain(body['fee_retained'])} kept" if body.get("fee_retained") else ""
    return said + (f" ({body['reason']})" if body.get("reason") else "")


_WORDS: dict[str, Callable[[Body], str]] = {
    "trades": _trade,
    "cash_events": _cash,
    "corporate_actions": _corporate_action,
    "prices": _price,
    "accounts": _account,
    "corrections": _correction,
}
