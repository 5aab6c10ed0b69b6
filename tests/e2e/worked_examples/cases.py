"""The worked examples as data: what each case gives, and which figures it expects.

The files of tests/fixtures/worked_examples hold the cases in their neutral form; SOURCES.md there says what the fields
mean and where the figures come from.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FIXTURES = Path(__file__).resolve().parents[2] / "fixtures" / "worked_examples"
SOURCES = ("beancount", "corrections", "ghostfolio", "hledger", "lean", "nautilus", "portfolio-performance")
METHOD_OF_SUFFIX = {"avg": "AVERAGE", "fifo": "FIFO"}


@dataclass(frozen=True)
class Check:
    """One expected figure of a case: what the source states, where, and to which tolerance."""

    metric: str
    value: Any
    tolerance: float
    at: dict[str, str]
    is_standard: bool
    reference: Any


@dataclass(frozen=True)
class Case:
    """One worked example; ``number`` keeps its accounts and symbols apart from those of the others."""

    id: str
    number: int
    kind: str
    given: dict[str, Any]
    checks: tuple[Check, ...]

    @property
    def method(self) -> str:
        """The lot method that the case states, else FIFO."""
        return str(self.given.get("method", "FIFO"))

    @property
    def methods(self) -> tuple[str, ...]:
        """The lot methods that its checks ask for."""
        return tuple(sorted({self.method_of(check.metric) for check in self.checks}))

    @property
    def currency(self) -> str:
        """The one currency of the case: that of its trades, else its base currency."""
        stated = {event["currency"] for event in self.events if "currency" in event}
        return str(stated.pop() if stated else self.given.get("base_currency", "USD"))

    @property
    def events(self) -> list[dict[str, Any]]:
        """Its events in the neutral form; empty where the case states lots or closed trades instead."""
        return list(self.given.get("events", []))

    @property
    def rates(self) -> dict[str, str]:
        """Units of the base currency for one of the trades' currency, by day."""
        return {event["occurred_at"][:10]: event["fx_rate"] for event in self.events if "fx_rate" in event}

    def method_of(self, metric: str) -> str:
        """The lot method under which a metric is meant."""
        if metric == "average_cost":
            return "AVERAGE"
        return METHOD_OF_SUFFIX.get(metric.rpartition(".")[2], self.method)

    def account(self, method: str, name: str = "") -> str:
        """The account in which the events of one of the case's accounts are booked under a method."""
        return f"{self.number:03}.{method}" + (f".{name}" if name else "")

    def accounts(self, method: str) -> list[str]:
        """All accounts of the case under a method."""
        names = {event["account"] for event in self.events if "account" in event} or {""}
        return [self.account(method, name) for name in sorted(names)]

    def symbol(self, name: str) -> str:
        """A symbol of the case: prices and splits are per symbol, so each case has its own."""
        return f"{name}.{self.number:03}"


@cache
def all_cases() -> tuple[Case, ...]:
    """Every worked example, by source and in the order of its file."""
    stated = [case for source in SOURCES for case in json.loads((FIXTURES / f"{source}.json").read_text())]
    return tuple(_case(number, case) for number, case in enumerate(stated))


def listed_cases() -> list[dict[str, Any]]:
    """What the collection lists for the features of this house: id, kind, feature and number of checks."""
    return list(json.loads((FIXTURES / "cases.json").read_text()))


def _case(number: int, stated: dict[str, Any]) -> Case:
    checks = tuple(_check(check) for check in stated["expected"]["checks"])
    return Case(stated["id"], number, stated["input"]["kind"], stated["input"], checks)


def _check(stated: dict[str, Any]) -> Check:
    return Check(
        metric=stated["metric"],
        value=stated["value"],
        tolerance=float(stated["tol"]),
        at=stated.get("at", {}),
        is_standard=stated.get("standard", True),
        reference=stated.get("reference_value"),
    )
