"""A number in JSON is money too: it gets in as it is written."""

from __future__ import annotations

from decimal import Decimal

from tests.unit.eventlog.conftest import Desk


def test_a_long_number_in_json_keeps_every_digit(desk: Desk) -> None:
    """A double holds fifteen digits; the ledger needs all of them."""
    desk.take(
        "cash_events",
        '{"account_id": "A", "type": "DEPOSIT", "amount": 1234567890.12345678, "occurred_at": "2024-01-03"}',
        "c.jsonl",
    )

    assert [Decimal("1234567890.12345678")] == desk.column("cash_events", "amount")
