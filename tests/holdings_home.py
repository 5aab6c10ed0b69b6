"""A small random market, published once who ask about holdings: shorts, splits, flows, sectors, a model portfolio.

MODEL is the benchmark of TRADER and of LATE, which begins later. HEDGED is long and short, and borrows. LOST is short
of what rises without end, and CASH never buys anything. ORPHAN is described by nobody.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from eventlog.clock import system_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings, settings_for
from flows.pipeline import refresh_books

DAYS = 70
SECTORS = {"AAA": "Food", "BBB": "Food", "CCC": "Tools", "DDD": "Tools", "EEE": "Energy", "BARE": "", "MKT": "Index"}
RISING = "RISE"
GAPPED = "EEE"
"""Has no price on every ninth day."""
SPLIT_DAYS = {"AAA": (20, 2, 1), "CCC": (41, 1, 3)}
"""Symbol -> the day on which it is split, new units, old units."""

OPENED = {"MODEL": 0, "TRADER": 0, "LATE": 25, "HEDGED": 0, "CASH": 3, "LOST": 0, "ORPHAN": 8}
"""Account -> the day of its first deposit."""
BENCHMARKS = {"MODEL": "MKT", "TRADER": "MODEL", "LATE": "MODEL", "HEDGED": "MKT", "CASH": "", "LOST": "MODEL"}
BOUGHT_AND_KEPT = {"MODEL": ["AAA", "CCC", "DDD", "EEE"], "LATE": ["AAA", "BARE"], "ORPHAN": ["BBB"]}


def weekdays(count: int) -> list[date]:
    """The first weekdays of 2024."""
    days = (date(2024, 1, 1) + timedelta(days=number) for number in range(2 * count))
    return [day for day in days if day.weekday() < 5][:count]


def build_holdings_home(settings: Settings, seed: int = 11) -> None:
    """Write the events of the market, and publish its books."""
    market = _Market(random.Random(seed), weekdays(DAYS))  # noqa: S311 - the same market for the same number
    for stream, head, rows in market.streams():
        file = settings.home / "brought" / f"{stream}.csv"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("\n".join([head, *rows]) + "\n")
        (receipt,) = ingest_files(settings, stream, [file], system_clock)
        assert receipt.quarantined == 0, receipt
    refresh_books(settings, system_clock)


def holdings_home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The published market in a folder of its own."""
    settings = settings_for(Path(tmp_path_factory.mktemp("holdings")) / "data")
    build_holdings_home(settings)
    return settings


class _Market:
    def __init__(self, chance: random.Random, days: list[date]) -> None:
        self.chance = chance
        self.days = days
        self.prices = {symbol: self._walk(symbol) for symbol in [*SECTORS, RISING]}

    def streams(self) -> Iterator[tuple[str, str, list[str]]]:
        yield (
            "symbols",
            "event_id,symbol,name,sector,occurred_at",
            [f"s-{symbol},{symbol},{symbol},{sector},2024-01-01" for symbol, sector in SECTORS.items()],
        )
        yield (
            "accounts",
            "event_id,account_id,name,benchmark_symbol,occurred_at",
            [f"a-{name},{name},{name},{benchmark},2024-01-01" for name, benchmark in BENCHMARKS.items()],
        )
        yield (
            "prices",
            "event_id,symbol,price,occurred_at",
            [
                f"p-{symbol}-{number},{symbol},{price:.4f},{day}"
                for symbol, prices in self.prices.items()
                for number, (day, price) in enumerate(zip(self.days, prices, strict=True))
                if symbol != GAPPED or number % 9 != 4
            ],
        )
        terms = "numerator,denominator,effective_date,amount_per_share,ex_date,pay_date"
        yield "corporate_actions", f"event_id,symbol,type,{terms},occurred_at", [
            *(
                f"split-{symbol},{symbol},SPLIT,{new},{old},{self.days[number]},,,,{self.days[number]}"
                for symbol, (number, new, old) in SPLIT_DAYS.items()
            ),
            f"dividend,BBB,DIVIDEND,,,,0.75,{self.days[30]},{self.days[33]},{self.days[30]}",
        ]  # fmt: skip
        yield "cash_events", "event_id,account_id,type,amount,occurred_at", list(self._cash())
        yield "trades", "event_id,account_id,symbol,side,quantity,price,fee,occurred_at", list(self._trades())

    def _walk(self, symbol: str) -> list[float]:
        """Prices as they are quoted: a split divides all that follow."""
        price, prices = self.chance.uniform(40, 120), []
        split_day, new, old = SPLIT_DAYS.get(symbol, (len(self.days), 1, 1))
        for number in range(len(self.days)):
            price *= 1.08 if symbol == RISING else 1 + self.chance.gauss(0.0005, 0.02)
            prices.append(price * old / new if number >= split_day else price)
        return prices

    def _cash(self) -> Iterator[str]:
        for name, number in OPENED.items():
            yield f"first-{name},{name},DEPOSIT,100000,{self.days[number]}"
        for name in ("TRADER", "HEDGED"):
            for number in range(5, DAYS, 9):
                kind = self.chance.choice(["DEPOSIT", "WITHDRAWAL", "INTEREST", "FEE", "TAX"])
                yield f"cash-{name}-{number},{name},{kind},{self.chance.randint(10, 4000)},{self.days[number]}"
        for kind in ("DEPOSIT", "WITHDRAWAL"):
            yield f"both-{kind},CASH,{kind},5000,{self.days[40]}"

    def _trades(self) -> Iterator[str]:
        for name, symbols in BOUGHT_AND_KEPT.items():
            for symbol in symbols:
                yield self._trade(name, symbol, OPENED[name] + 8, "BUY", 20_000)
        for number in range(2, DAYS, 3):
            symbol = self.chance.choice(["AAA", "BBB", "CCC", "EEE", "BARE"])
            yield self._trade("TRADER", symbol, number, self.chance.choice(["BUY", "BUY", "SELL"]), 9_000)
        for number, symbol in enumerate(["AAA", "CCC", "EEE", "BBB", "DDD"]):
            yield self._trade("HEDGED", symbol, 1 + number, "SELL" if number % 2 else "BUY", 60_000)
        yield self._trade("LOST", RISING, 2, "SELL", 30_000)
        yield self._trade("MODEL", "DDD", 50, "SELL", 10_000)

    def _trade(self, name: str, symbol: str, number: int, side: str, amount: float) -> str:
        """A trade of about so much money, up to one percent beside the close."""
        price = self.prices[symbol][number] * self.chance.uniform(0.99, 1.01)
        quantity = max(int(amount / price), 1)
        what = f"{name},{symbol},{side},{quantity},{price:.4f},{self.chance.randint(0, 5)}"
        return f"t-{name}-{symbol}-{number},{what},{self.days[number]}T15:00:00"
