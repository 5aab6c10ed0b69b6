"""Which accounts a sheet is about, what it is called, and what its file is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import sha256
from itertools import groupby
from operator import attrgetter
from typing import Final

from flows.plain import named

_FILE_NAME_LENGTH_MAX: Final = 100
_LIKENESS_LEAST: Final = 0.5


class NoSuchSheetError(ValueError):
    """There can be no sheet of what was asked for; the message says why and what there is."""


@dataclass(frozen=True, slots=True)
class Account:
    """An account as the books describe it."""

    account_id: str
    name: str | None
    base_currency: str
    benchmark: str | None


@dataclass(frozen=True, slots=True)
class Selection:
    """The accounts of one sheet, all of one base currency."""

    accounts: tuple[Account, ...]
    title: str
    file_stem: str

    @property
    def account_ids(self) -> list[str]:
        """Their identifiers."""
        return [account.account_id for account in self.accounts]

    @property
    def currency(self) -> str:
        """The currency of every amount on the sheet."""
        return self.accounts[0].base_currency

    @property
    def benchmark(self) -> str | None:
        """What they are all measured against; None if there is nothing, or not the same for all."""
        benchmarks = {account.benchmark for account in self.accounts}
        return benchmarks.pop() if len(benchmarks) == 1 else None


def selected(known: Sequence[Account], asked: Sequence[str]) -> Selection:
    """The accounts asked for (one at least), together.

    Raises:
        NoSuchSheetError: one of them does not exist, or they report in several currencies.
    """
    _refuse_empty_books(known)
    by_id = {account.account_id: account for account in known}
    for account_id in asked:
        if account_id not in by_id:
            raise NoSuchSheetError(f"There is no account {account_id}. {_advice(account_id, sorted(by_id))}")
    accounts = tuple(by_id[account_id] for account_id in dict.fromkeys(asked))
    _refuse_several_currencies(accounts)
    if len(accounts) == 1:
        return Selection(accounts, accounts[0].name or accounts[0].account_id, accounts[0].account_id)
    return Selection(accounts, f"{len(accounts)} accounts together", _stem_of_several(accounts))


def whole_books(known: Sequence[Account]) -> list[Selection]:
    """All accounts as one, for each currency: the book of it.

    Raises:
        NoSuchSheetError: there is no account.
    """
    _refuse_empty_books(known)
    currency_of = attrgetter("base_currency")
    groups = groupby(sorted(known, key=currency_of), key=currency_of)
    # No account can be called so: its identifier holds no @.
    return [Selection(tuple(group), "The whole book", f"book@{currency}") for currency, group in groups]


def _refuse_empty_books(known: Sequence[Account]) -> None:
    if not known:
        raise NoSuchSheetError("The books have no account yet. Bring some events in with `navlog ingest` first.")


def _refuse_several_currencies(accounts: Sequence[Account]) -> None:
    currencies = sorted({account.base_currency for account in accounts})
    if len(currencies) > 1:
        raise NoSuchSheetError(
            f"These accounts report in several currencies ({named(currencies)}), and amounts of several currencies are "
            "not added. Name accounts of one currency."
        )


def _advice(account_id: str, known: list[str]) -> str:
    near = get_close_matches(account_id.upper(), [one.upper() for one in known], n=3, cutoff=_LIKENESS_LEAST)
    meant = [one for one in known if one.upper() in near]
    if not meant:
        return f"There are: {named(known)}."
    return f"Did you mean {meant[0]}?" if len(meant) == 1 else f"Did you mean one of these: {named(meant)}?"


def _stem_of_several(accounts: Sequence[Account]) -> str:
    """Their identifiers, which hold no +; of many the first and a hash of all."""
    whole = "+".join(account.account_id for account in accounts)
    if len(whole) <= _FILE_NAME_LENGTH_MAX:
        return whole
    return f"{accounts[0].account_id}+{len(accounts) - 1}@{sha256(whole.encode()).hexdigest()[:12]}"
