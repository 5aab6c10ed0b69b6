"""Writes sheets: each one file, whole or not at all, for its owner alone."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from eventlog.settings import Settings
from flows.plain import named
from reports.page import html_of
from reports.reading import Published, published
from reports.selection import NoSuchSheetError, Selection, selected, whole_books
from reports.sheet import sheet_of


@dataclass(frozen=True, slots=True)
class Written:
    """A sheet that was written: of how many accounts and days, and where."""

    file: Path
    title: str
    accounts: int
    days: int


@dataclass(frozen=True, slots=True)
class WrittenSheets:
    """The sheets of one run, all of one published state; ``left_out`` accounts were beyond the number allowed."""

    sheets: tuple[Written, ...]
    published_seq: int
    left_out: int


def write_sheet(settings: Settings, account_ids: Sequence[str], file: Path | None = None) -> Written:
    """Write the sheet of some accounts (one at least) together into a file, by default below the home.

    Raises:
        NothingPublishedError: no run has published yet.
        NoSuchSheetError: there is no such account, the accounts report in several currencies, or the named file can't
            be one.
    """
    _check_place(settings, file)
    with published(settings) as books:
        return _write(settings, books, selected(books.accounts(), account_ids), file)


def write_book(settings: Settings, file: Path | None = None) -> tuple[Written, ...]:
    """Write the sheet of the whole book, one for each currency, by default below the home.

    Raises:
        NothingPublishedError: no run has published yet.
        NoSuchSheetError: there is no account, a file was named and there are several currencies, or the named file
            can't be one.
    """
    _check_place(settings, file)
    with published(settings) as books:
        selections = whole_books(books.accounts())
        if file and len(selections) > 1:
            currencies = named([selection.currency for selection in selections])
            raise NoSuchSheetError(
                f"The book has a sheet for each of its currencies ({currencies}), and one file holds one sheet. Leave "
                "out --to, or name accounts of one currency."
            )
        return tuple(_write(settings, books, selection, file) for selection in selections)


def write_sheets(settings: Settings, account_ids: Sequence[str], accounts_at_most: int) -> WrittenSheets:
    """Write a sheet for each account; none named: for the largest ones, and one of the whole book for each currency.

    Raises:
        NothingPublishedError: no run has published yet.
        NoSuchSheetError: there is no such account.
    """
    with published(settings) as books:
        known = books.accounts()
        wanted = list(dict.fromkeys(account_ids)) or books.largest_accounts()
        selections = [selected(known, [account_id]) for account_id in wanted[:accounts_at_most]]
        if known and not account_ids:
            selections += whole_books(known)
        sheets = tuple(_write(settings, books, selection, None) for selection in selections)
        return WrittenSheets(sheets, books.publication.published_seq, max(len(wanted) - accounts_at_most, 0))


def _write(settings: Settings, books: Published, selection: Selection, file: Path | None) -> Written:
    portfolio = books.portfolio(selection)
    file = file or settings.reports / f"{selection.file_stem}.html"
    _write_whole(file, html_of(sheet_of(portfolio)))
    return Written(file, selection.title, len(selection.accounts), len(portfolio.days))


def _check_place(settings: Settings, file: Path | None) -> None:
    """A device or a pipe would be replaced by the sheet; a folder that is not there is likely to be a slip."""
    if file is None:
        return
    if file.exists() and not file.is_file():
        raise NoSuchSheetError(f"{file} is there and is no ordinary file, which a sheet could replace. Name another.")
    folder = file.resolve().parent
    if not folder.exists() and not folder.is_relative_to(settings.home.resolve()):
        raise NoSuchSheetError(f"There is no folder {folder} for {file.name}. Make it, or name another file.")


def _write_whole(place: Path, text: str) -> None:
    """Beside its place first: whoever opens the old sheet meanwhile reads all of it. A link to the old one stays."""
    file = place.resolve()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{file.name}.{os.getpid()}.draft")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as sink:
            sink.write(text)
            sink.flush()
            os.fsync(sink.fileno())
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
