"""Random histories: what many accounts do over some weeks, and how the events of it reach the log.

Hypothesis chooses a history's size and one number that seeds the rest: a whole market does not fit into what it can
remember of an example, and it still finds the smallest size at which a law breaks.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from ledger import LotMethod, Split, Trade
from tests.oracle.ledger import Event

FIRST_DAY = date(2024, 1, 1)
METHODS = [method.value for method in LotMethod]
MEASURED_AGAINST_A_SYMBOL = ("LIFO", "HIFO")
"""Accounts of these methods have a benchmark, the others none: what one says must not depend on the other."""
UNIT = 10**8
ACCOUNTS_PER_MARKET = 20
UNPRICED_DAYS_LAST = 4
"""Events reach beyond the last close: what they amount to is not to be seen yet, and nothing else may change."""
LAST_BATCH = 0.02
"""The share of events that come last: most accounts are touched by one event of it, or by none."""


@dataclass(frozen=True)
class History:
    """Events in no order, and the batches in which they come: some events twice, all of them at least once."""

    seed: int
    events: list[Event]
    batches: list[list[Event]]
    methods: dict[str, str]

    def __repr__(self) -> str:
        """Hypothesis prints this; the events follow from it."""
        sizes = [len(batch) for batch in self.batches]
        return f"History(seed={self.seed}, events={len(self.events)}, batches={sizes})"


def histories(accounts: int, batches: int) -> st.SearchStrategy[History]:
    """Histories of so many accounts in up to so many batches."""
    return st.builds(
        history,
        seed=st.integers(0, 2**32),
        accounts=st.just(accounts),
        days=st.integers(40, 60),
        trades_per_account=st.integers(4, 16),
        batches=st.integers(2, batches),
    )


def history(seed: int, accounts: int, days: int, trades_per_account: int, batches: int) -> History:
    """The history of a seed: markets apart from each other, in each of them some accounts."""
    chance = random.Random(seed)  # noqa: S311 - the same history for the same number
    names = [f"ACC-{number:05}" for number in range(accounts)]
    methods = {name: METHODS[number % len(METHODS)] for number, name in enumerate(names)}
    events: list[Event] = []
    for number, start in enumerate(range(0, accounts, ACCOUNTS_PER_MARKET)):
        members = names[start : start + ACCOUNTS_PER_MARKET]
        events += _Market(chance, number, days).history({name: methods[name] for name in members}, trades_per_account)
    return History(seed, events, _dealt(events, batches, chance), methods)


def _dealt(events: list[Event], batches: int, chance: random.Random) -> list[list[Event]]:
    """Shuffled, every tenth event twice, cut at random places; the last batch is small."""
    sent = [*events, *chance.sample(events, len(events) // 10)]
    chance.shuffle(sent)
    last = len(sent) - max(1, int(len(sent) * LAST_BATCH))
    cuts = sorted([*chance.sample(range(1, last), batches - 2), last])
    return [sent[start:end] for start, end in zip([0, *cuts], [*cuts, len(sent)], strict=True)]


class _Market:
    """Draws events of a few symbols; every one gets its own id, whose order says nothing of time."""

    def __init__(self, chance: random.Random, number: int, days: int) -> None:
        self.chance = chance
        self.number = number
        self.days = [FIRST_DAY + timedelta(days=day) for day in range(days)]
        self.priced = [f"{letter}{number}" for letter in "ABCD"]
        self.never_priced = f"Z{number}"
        self.count = 0

    def history(self, methods: dict[str, str], trades_per_account: int) -> list[Event]:
        """Everything that happens in this market."""
        names = list(methods)
        stated = [
            *self.closes(),
            *self.splits(),
            *self.dividends(),
            *(event for name in names for event in self.account(name, methods[name], trades_per_account)),
        ]
        corrections = list(self.corrections(stated, names))
        return [*stated, *corrections, *self.withdrawals(corrections)]

    def event(self, stream: str, occurred_at: datetime, **body: Any) -> Event:
        self.count += 1
        return Event(stream, f"{self.chance.randrange(16**4):04x}-{self.number}-{self.count}", occurred_at, body)

    def moment(self) -> datetime:
        """Any day, weekends too; sometimes midnight, and one of few seconds, so that many events share an instant."""
        day = datetime.combine(self.day(), datetime.min.time())
        return day + timedelta(hours=self.chance.choice([0, 9, 9, 14, 23]), minutes=self.chance.randrange(2))

    def day(self) -> date:
        return self.chance.choice(self.days)

    def amount(self, greatest: int, decimals: int | None = None) -> str:
        """A positive amount, with up to eight decimals."""
        places = self.chance.choice([0, 0, 2, 3, 8]) if decimals is None else decimals
        return str(Decimal(self.chance.randint(1, greatest * 10**places)).scaleb(-places))

    def closes(self) -> Iterator[Event]:
        """Weekdays with gaps; some days have two closes of a symbol, the last of which holds."""
        for day in self.days[:-UNPRICED_DAYS_LAST]:
            for symbol in self.priced if day.weekday() < 5 and self.chance.random() < 0.85 else []:
                for _ in range(self.chance.choice([0, 1, 1, 1, 1, 2])):
                    closed_at = datetime.combine(day, datetime.min.time()) + timedelta(
                        hours=self.chance.choice([20, 21])
                    )
                    yield self.event("prices", closed_at, symbol=symbol, price=self.amount(300))

    def splits(self) -> Iterator[Event]:
        """A few, forward and reverse."""
        return (self.event("corporate_actions", self.moment(), **self.split()) for _ in range(4))

    def split(self) -> dict[str, Any]:
        new, old = self.chance.choice([(2, 1), (3, 2), (1, 4), (7, 3)])
        symbol = self.chance.choice([*self.priced, self.never_priced])
        return {"symbol": symbol, "type": "SPLIT", "numerator": str(new), "denominator": str(old),
                "effective_date": self.day()}  # fmt: skip

    def dividends(self) -> Iterator[Event]:
        """A few, declared per share; one may be payable before its ex-date."""
        return (self.event("corporate_actions", self.moment(), **self.dividend()) for _ in range(6))

    def dividend(self) -> dict[str, Any]:
        ex_date = self.day()
        return {"symbol": self.chance.choice([*self.priced, self.never_priced]), "type": "DIVIDEND",
                "amount_per_share": self.amount(3), "ex_date": ex_date,
                "pay_date": ex_date + timedelta(days=self.chance.randint(-1, 30))}  # fmt: skip

    def account(self, name: str, method: str, trades: int) -> Iterator[Event]:
        """One account: its method (stated twice, the later holds) and its benchmark, its cash, its trades."""
        opened_at = datetime.combine(FIRST_DAY, datetime.min.time())
        if method != "FIFO":
            against = {"benchmark_symbol": self.priced[0]} if method in MEASURED_AGAINST_A_SYMBOL else {}
            yield self.event("accounts", opened_at, account_id=name, lot_method=self.chance.choice(METHODS), **against)
            yield self.event("accounts", opened_at + timedelta(days=1), account_id=name, lot_method=method, **against)
        yield self.event("cash_events", opened_at, account_id=name, type="DEPOSIT", amount=self.amount(100_000))
        for _ in range(self.chance.randint(0, 6)):
            yield self.event("cash_events", self.moment(), **self.cash(name))
        symbols = self.chance.sample(self.priced, 2) + ([self.never_priced] if self.chance.random() < 0.2 else [])
        known: list[str] = []
        for _ in range(trades):
            trade = self.event("trades", self.moment(), **self.trade(name, self.chance.choice(symbols), known))
            known.append(trade.event_id)
            yield trade

    def cash(self, name: str) -> dict[str, Any]:
        kind = self.chance.choice(["DEPOSIT", "WITHDRAWAL", "DIVIDEND", "INTEREST", "FEE", "TAX"])
        symbol = {"symbol": self.chance.choice(self.priced)} if kind == "DIVIDEND" else {}
        return {"account_id": name, "type": kind, "amount": self.amount(5_000), **symbol}

    def trade(self, name: str, symbol: str, known: list[str]) -> dict[str, Any]:
        """Round quantities often, so that positions go flat and flip; fractions and dust otherwise."""
        quantity = self.chance.choice(["10", "10", "10", "20", "3", self.amount(50), self.amount(50), "0.00000001"])
        extra: dict[str, Any] = {"lot_id": self.chance.choice(known)} if known and self.chance.random() < 0.3 else {}
        if self.chance.random() < 0.1:
            extra["consideration"] = self.amount(5_000)
        if self.chance.random() < 0.2:
            extra["settle_date"] = self.day()
        return {"account_id": name, "symbol": symbol, "price": self.amount(300),
                "side": self.chance.choice(["BUY", "SELL"]), "quantity": quantity,
                "fee": self.chance.choice(["0", "1", self.amount(9)]), **extra}  # fmt: skip

    def corrections(self, stated: list[Event], names: list[str]) -> Iterator[Event]:
        """Some events are cancelled or amended, some several times, with revisions that decide; one names no event."""
        correctable = [event for event in stated if event.stream in ("trades", "prices", "cash_events")]
        actions = [event for event in stated if event.stream == "corporate_actions"]
        for target in [*self.chance.sample(correctable, len(correctable) // 10), *self.chance.sample(actions, 3)]:
            for revision in self.chance.sample(range(9), self.chance.choice([1, 1, 2, 3])):
                yield self.correction(target, revision, names)
        missing = self.event("trades", self.moment(), account_id=names[0], symbol=self.priced[0])
        yield self.correction(missing, 1, names)

    def correction(self, target: Event, revision: int, names: list[str]) -> Event:
        """A CANCEL, or an AMEND with a body of its own: another day, sometimes another account or symbol."""
        action = self.chance.choice(["CANCEL", "AMEND", "AMEND"])
        body: dict[str, Any] = {}
        if action == "AMEND":
            body = self.amended_body(target, names)
            if self.chance.random() < 0.5:
                body = {**body, "amended_occurred_at": self.moment()}
        elif target.stream == "trades" and self.chance.random() < 0.5:
            body = {"fee_retained": self.amount(3)}
        return self.event("corrections", self.moment(), action=action, corrects_stream=target.stream,
                          corrects_event_id=target.event_id, revision=revision, **body)  # fmt: skip

    def amended_body(self, target: Event, names: list[str]) -> dict[str, Any]:
        account = self.chance.choice([target.body.get("account_id"), self.chance.choice(names)])
        symbol = self.chance.choice([target.body.get("symbol"), self.chance.choice(self.priced)])
        return {
            "trades": lambda: self.trade(account, symbol, []),
            "prices": lambda: {"symbol": symbol, "price": self.amount(300)},
            "cash_events": lambda: self.cash(account),
            "corporate_actions": self.chance.choice([self.split, self.dividend]),
        }[target.stream]()

    def withdrawals(self, corrections: list[Event]) -> Iterator[Event]:
        """Corrections of corrections: an AMEND so cancelled is void, a CANCEL stays."""
        for target in self.chance.sample(corrections, len(corrections) // 8):
            yield self.event("corrections", self.moment(), action="CANCEL", corrects_stream="corrections",
                             corrects_event_id=target.event_id)  # fmt: skip


def quantities() -> st.SearchStrategy[int]:
    """Scaled quantities: round ones often, single hundred-millionths sometimes, and dust."""
    return st.one_of(st.integers(1, 20).map(lambda units: units * UNIT), st.integers(1, 30 * UNIT), st.integers(1, 3))


@st.composite
def trade_lists(draw: st.DrawFn) -> list[Trade | Split]:
    """Trades and splits of one account and symbol, in total order."""
    drawn = draw(st.lists(
        st.tuples(
            st.integers(0, 9), st.booleans(), quantities(), st.integers(1, 10**13), st.integers(0, 10**10),
            st.integers(0, 15),
        ),
        max_size=16,
    ))  # fmt: skip
    trades = [
        Trade(
            occurred_at=datetime(2024, 1, 1 + day, 12),
            trade_id=f"t{number:02}",
            quantity=quantity if is_buy else -quantity,
            consideration=consideration,
            fee=fee,
            named_lot_id=f"t{named:02}",
        )
        for number, (day, is_buy, quantity, consideration, fee, named) in enumerate(drawn)
    ]
    splits = [
        Split(datetime(2024, 1, 1 + day), f"s{number}", new * UNIT, old * UNIT)
        for number, (day, new, old) in enumerate(
            draw(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 7), st.integers(1, 9)), max_size=2))
        )
    ]
    return sorted([*trades, *splits], key=total_order)


def total_order(event: Trade | Split) -> tuple[datetime, int, str]:
    """Corporate actions first, then by time and id."""
    if isinstance(event, Split):
        return (event.occurred_at, 0, event.event_id)
    return (event.occurred_at, 1, event.trade_id)
