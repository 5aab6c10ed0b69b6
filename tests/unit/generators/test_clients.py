"""The laws that clients obey, checked by a ledger of plain Decimals that knows nothing of the generator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, time
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pyarrow as pa
import pytest

from generators.cash import cash_events, morning, night
from generators.clients import ClientState, account_identifiers, default_clients, synthetic_clients, trade
from generators.simulation import Scenario
from generators.trades import commission_cents, trade_events
from generators.universe import default_universe, synthetic_universe

Event = dict[str, object]
_CASH_IN = {"DEPOSIT", "DIVIDEND", "INTEREST"}


def _habit_of(scenario: Scenario) -> dict[str, str]:
    clients = scenario.clients
    return {
        account: clients.habits[index].name
        for account, index in zip(clients.account_ids, clients.habit_index, strict=True)
    }


def _signed(event: Event) -> Decimal:
    return event["quantity"] if event["side"] == "BUY" else -event["quantity"]


def _positions(trades: pa.Table) -> Iterator[tuple[Event, Decimal, Decimal]]:
    """Yield every trade in the log's total order with the position before and after it."""
    position: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for event in trades.sort_by([("occurred_at", "ascending"), ("event_id", "ascending")]).to_pylist():
        key = event["account_id"], event["symbol"]
        before = position[key]
        position[key] = before + _signed(event)
        yield event, before, position[key]


def test_only_short_sellers_ever_sell_more_than_they_hold(scenario: Scenario, trades: pa.Table) -> None:
    """At every single trade in total order, not only at the end of days."""
    habit_of = _habit_of(scenario)
    oversold = {habit_of[event["account_id"]] for event, _, after in _positions(trades) if after < 0}

    assert {"SHORT_SELLER"} == oversold


def test_short_sellers_flip_through_zero_in_both_directions(scenario: Scenario, trades: pa.Table) -> None:
    """The ledger's hardest case has to be in the data."""
    flips = {event["side"] for event, before, after in _positions(trades) if before * after < 0}

    assert {"BUY", "SELL"} == flips


def test_positions_are_also_closed_completely(trades: pa.Table) -> None:
    """A flat position must cost exactly nothing, so there have to be some."""
    assert sum(after == 0 for _, _, after in _positions(trades)) > 50


def test_no_account_is_ever_overdrawn(year: dict[str, pa.Table]) -> None:
    """Cash after every event of the year, trades and cash events together in total order."""
    events = year["trades"].to_pylist() + year["cash_events"].to_pylist()
    cash: dict[str, Decimal] = defaultdict(Decimal)
    overdrawn = []
    for event in sorted(events, key=lambda event: (event["occurred_at"], event["event_id"])):
        if "side" in event:
            cash[event["account_id"]] -= _signed(event) * event["price"] + event["fee"]
        else:
            cash[event["account_id"]] += event["amount"] if event["type"] in _CASH_IN else -event["amount"]
        if cash[event["account_id"]] < 0:
            overdrawn.append(event["event_id"])

    assert not overdrawn


def test_savers_buy_fractions_on_the_first_business_day_of_a_month_and_never_sell(
    scenario: Scenario, trades: pa.Table
) -> None:
    """Everybody else trades whole shares."""
    habit_of = _habit_of(scenario)
    saved = [event for event in trades.to_pylist() if habit_of[event["account_id"]] == "MONTHLY_SAVER"]
    others = [event for event in trades.to_pylist() if habit_of[event["account_id"]] != "MONTHLY_SAVER"]

    assert {"BUY"} == {event["side"] for event in saved}
    assert set(range(1, 13)) == {event["occurred_at"].month for event in saved}
    assert all(event["occurred_at"].day <= 4 for event in saved)
    assert any(event["quantity"] % 1 for event in saved)
    assert not any(event["quantity"] % 1 for event in others)


def test_trades_happen_in_market_hours_near_the_close(year: dict[str, pa.Table]) -> None:
    """Within three percent of it, six standard deviations being 2.4; and on days that have a close."""
    close = {(event["symbol"], event["occurred_at"].date()): event["price"] for event in year["prices"].to_pylist()}
    for event in year["trades"].to_pylist():
        assert time(14, 30) <= event["occurred_at"].time() < time(21)
        assert abs(event["price"] / close[event["symbol"], event["occurred_at"].date()] - 1) < Decimal("0.03")


def test_the_commission_is_half_a_cent_per_share_and_at_least_a_dollar(trades: pa.Table) -> None:
    """Said once more in Decimal, on every trade of the year; then where rounding and the minimum begin to matter."""
    for event in trades.to_pylist():
        per_share = (event["quantity"] * Decimal("0.005")).quantize(Decimal("0.01"), ROUND_HALF_UP)
        assert max(Decimal(1), per_share) == event["fee"]
    units = np.array([1, 200, 201, 202, 1_000], dtype=np.int64)
    expected_cents = [100, 100, 101, 101, 500]
    assert expected_cents == commission_cents(units * 10_000).tolist()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_state_after_a_day_is_the_state_before_it_and_its_trades(seed: int) -> None:
    """Two hundred accounts with 50,000 dollars each; their holdings and cash are re-reckoned from the events."""
    universe, clients, day = synthetic_universe(20, seed), synthetic_clients(200, seed), date(2024, 3, 1)
    before = ClientState(np.zeros((200, 20), dtype=np.int64), np.full(200, 50_000 * 10**6, dtype=np.int64))

    after, trades = trade(clients, before, universe.start_price_cents, day, seed)

    holdings: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    cash = dict.fromkeys(clients.account_ids, Decimal(50_000))
    for event in trade_events(clients.account_ids, universe, day, trades).to_pylist():
        holdings[event["account_id"], event["symbol"]] += _signed(event)
        cash[event["account_id"]] -= _signed(event) * event["price"] + event["fee"]
    assert len(trades) > 100
    assert list(cash.values()) == [Decimal(int(millionths)).scaleb(-6) for millionths in after.cash]
    assert holdings == {
        (clients.account_ids[account], universe.symbols[symbol]): Decimal(int(quantity)).scaleb(-4)
        for (account, symbol), quantity in np.ndenumerate(after.holdings)
        if quantity
    }


def test_the_demo_has_three_accounts() -> None:
    """The README names them, their habits and their lot methods."""
    clients = default_clients(seed=7)
    habits = [clients.habits[index].name for index in clients.habit_index]

    expected = [
        ("ACC001", "LONG_ONLY", "FIFO"),
        ("ACC002", "MONTHLY_SAVER", "AVERAGE"),
        ("ACC003", "SHORT_SELLER", "FIFO"),
    ]
    assert expected == list(zip(clients.account_ids, habits, clients.lot_methods, strict=True))


def test_account_identifiers_have_one_length() -> None:
    """Sorted as text they stand in the order of their numbers."""
    few, many = account_identifiers(2), account_identifiers(1_000)

    expected = [("ACC001", "ACC002"), ("ACC0001", "ACC1000")]
    assert expected == [few, (many[0], many[-1])]


def test_dividends_are_paid_once_a_quarter_for_what_is_held(year: dict[str, pa.Table]) -> None:
    """Per account and symbol at most four times a year, and never for a symbol that pays none."""
    paid = defaultdict(int)
    for event in year["cash_events"].to_pylist():
        if event["symbol"] is not None:
            paid[event["account_id"], event["symbol"]] += 1

    assert {1, 2, 3, 4} == set(paid.values())
    assert not {"AMZN", "TSLA"} & {symbol for _, symbol in paid}
    assert default_universe().symbols[0] in {symbol for _, symbol in paid}


def test_every_kind_of_cash_event_but_tax_occurs(year: dict[str, pa.Table]) -> None:
    """Also the dividend that a short position owes, which is a fee with a symbol."""
    events = year["cash_events"].to_pylist()

    assert {"DEPOSIT", "DIVIDEND", "INTEREST", "WITHDRAWAL", "FEE"} == {event["type"] for event in events}
    assert {"FEE"} == {event["type"] for event in events if event["description"] is not None}


def test_the_platform_takes_no_more_than_there_is() -> None:
    """Fee 5.00 on the first business day of a month; one account has 2.34 and a fraction, one 900, one nothing."""
    clients, day = default_clients(seed=7), date(2024, 3, 1)
    before = ClientState(np.zeros((3, 10), dtype=np.int64), np.array([2_345_678, 900_000_000, 0], dtype=np.int64))

    after, moves = night(clients, before, day, opened_on=date(2024, 1, 2), seed=7)

    events = cash_events(clients.account_ids, default_universe(), day, moves).to_pylist()
    assert [
        ("ACC001-20240301-FEE", Decimal("2.34")),
        ("ACC002-20240301-FEE", Decimal("5.00")),
    ] == [(event["event_id"], event["amount"]) for event in events]
    expected_cash = [5_678, 895_000_000, 0]
    assert expected_cash == after.cash.tolist()


def test_a_holder_is_paid_and_a_short_seller_owes_the_dividend() -> None:
    """MSFT yields 0.8 percent: at 375.00 a quarter pays 0.75 a share; 1.5 shares held, 10 sold short."""
    universe, clients, day = default_universe(), default_clients(seed=7), date(2024, 2, 15)
    holdings = np.zeros((3, 10), dtype=np.int64)
    holdings[[0, 2], universe.symbols.index("MSFT")] = 15_000, -100_000
    before = ClientState(holdings, np.zeros(3, dtype=np.int64))

    after, moves = morning(clients, universe, before, np.full(10, 375_00, dtype=np.int64), day, date(2024, 1, 2))

    events = cash_events(clients.account_ids, universe, day, moves).to_pylist()
    assert [
        ("ACC001-20240215-DIVIDEND-MSFT", "DIVIDEND", Decimal("1.13")),
        ("ACC003-20240215-FEE-MSFT", "FEE", Decimal("7.50")),
    ] == [(event["event_id"], event["type"], event["amount"]) for event in events]
    expected_cash = [1_130_000, 0, -7_500_000]
    assert expected_cash == after.cash.tolist()
