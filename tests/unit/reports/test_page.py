"""The file: whole, private, self-contained, and free of what no client should see."""

import json
import os
import re
from functools import cache
from html.parser import HTMLParser

import plotly.graph_objects as go
import pytest

from deployments.report import summary_of
from reports import words
from reports.page import html_of
from reports.reading import Published, published
from reports.selection import NoSuchSheetError
from reports.sheet import sheet_of
from reports.writing import write_book, write_sheet, write_sheets
from tests.e2e.command import navlog
from tests.unit.reports.small_book import POISON

ACCOUNTS = (
    "INVESTED", "MODEL", "UNMET", "EMPTY", "CASH", "TODAY", "SHORT", "WIPED", "ROUND", "DUST", "LEFT", "RIGHT", "STALE",
    "EURO",
)  # fmt: skip


class Text(HTMLParser):
    """The words of a page, and what its elements point at; scripts and styles are left out."""

    def __init__(self, page):
        super().__init__()
        self.words, self.targets, self.scripts, self._inside = [], [], [], ""
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self._inside = tag
        self.targets += [value for name, value in attrs if name in {"src", "href", "action", "srcset"}]
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        self._inside = ""

    def handle_data(self, data):
        if self._inside == "script":
            self.scripts[-1] += data
        elif self._inside != "style":
            self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())


@pytest.fixture(scope="module")
def opened(portfolio_of):
    """The sheet of some accounts: `opened("CASH")`; its page and its charts."""

    @cache
    def open_sheet(*account_ids):
        page = Text(html_of(sheet_of(portfolio_of(*account_ids))))
        charts = json.loads(page.scripts[0]) if page.scripts else {}
        return page, charts

    return open_sheet


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_every_account_has_a_sheet_without_nan(opened, account_id):
    page, charts = opened(account_id)

    assert not re.search(r"\b(nan|NaN|inf|Infinity|None|Decimal)\b", page.text)
    for name, chart in charts.items():
        go.Figure(chart)  # refuses what Plotly does not know
        assert all(len(trace["x"]) == len(trace["y"]) for trace in chart["data"]), name
    assert all(target.startswith("#note-") for target in page.targets)


def test_an_area_stands_on_zero(opened):
    """Below a line whose axis is cut off, an area would make its growth look like more than it is."""
    values = [charts["value"] for _page, charts in map(opened, ACCOUNTS) if charts]

    is_filled = ["fill" in chart["data"][0] for chart in values]

    assert is_filled == ["range" not in chart["layout"]["yaxis"] for chart in values]
    assert set(is_filled) == {True, False}


@pytest.mark.parametrize("account_id", ACCOUNTS)
def test_every_dash_has_a_note(opened, account_id):
    """A dash is followed by the number of a note, and there is a note of every number."""
    page, _charts = opened(account_id)

    dashes = [page.words[place + 1] for place, word in enumerate(page.words) if word.strip() == words.NOTHING]

    assert all(number.strip().isdigit() for number in dashes)
    assert {f"#note-{number}" for number in dashes} <= set(page.targets)


def test_account_without_a_day_says_what_to_do(opened):
    page, charts = opened("EMPTY")

    assert "No valuation day of these accounts is published" in page.text
    assert charts == {}


def test_what_events_say_is_text(portfolio_of):
    """A name, a sector and the name of a symbol are markup: the page shows it and does not obey it."""
    page = html_of(sheet_of(portfolio_of("STALE")))

    assert POISON not in page
    assert page.count("&lt;script&gt;alert(1)&lt;/script&gt;&lt;b&gt;bold&lt;/b&gt;") >= 4


def test_stale_days_are_shaded_and_explained(opened):
    page, charts = opened("STALE")

    (shade,) = charts["value"]["layout"]["shapes"]
    assert (shade["x0"], shade["x1"]) == ("2024-01-14T12", "2024-06-14T12")
    assert "Shaded: 23 days" in page.text
    assert "BBB 15 Jan 2024 to 14 Jun 2024" in page.text
    assert "no valuation day between 31 Jan 2024 and 3 Jun 2024" in page.text


@pytest.mark.parametrize(("account_id", "day"), [("WIPED", "4 Jan 2024"), ("SHORT", "3 Jan 2024")])
def test_losing_everything_or_more_is_said_once_and_for_all(opened, account_id, day):
    """Fees eat 100 on the 4th; on the 3rd a short position costs twice what is there."""
    page, charts = opened(account_id)

    assert f"On {day} everything or more was lost" in page.text
    assert "the chain goes on" not in page.text
    assert min(charts["growth"]["data"][0]["y"]) == charts["growth"]["data"][0]["y"][-1] == -100
    assert charts["drawdown"]["data"][0]["y"][-1] == -100


def test_a_day_that_risk_leaves_out_is_named(opened):
    """+500,000 % on the 4th: the remark names the day, and no chart of risk shows it."""
    page, charts = opened("DUST")

    assert "leave out 1 day with a return beyond 10,000 % either way (4 Jan 2024: +500,000.00 %)" in page.text
    assert "2024-01-04" not in charts["daily"]["data"][0]["x"]
    assert "beyond 10,000 %" not in opened("INVESTED")[0].text


def test_unmet_benchmark_is_explained(opened):
    page, _charts = opened("UNMET")

    assert "The benchmark ZZZ is not shown" in page.text
    assert "not all measured against one benchmark" in opened("INVESTED", "CASH")[0].text


def test_one_file_for_its_owner_replaced_whole(small_book):
    """A folder that is missing below the home is made."""
    first = write_sheet(small_book, ["CASH"], small_book.reports / "deep" / "sheet.html")
    second = write_sheet(small_book, ["LEFT", "RIGHT"], first.file)

    assert [file.name for file in first.file.parent.iterdir()] == ["sheet.html"]
    assert first.file.stat().st_mode & 0o777 == 0o600
    assert "2 accounts together" in first.file.read_text(encoding="utf-8")
    assert (first.days, second.accounts) == (31, 2)


def test_a_pipe_stays_what_it_is(small_book, tmp_path):
    """Given a pipe (a device is alike) as the file to write, then the sentence names it and it is not replaced."""
    pipe = tmp_path / "pipe.html"
    os.mkfifo(pipe)

    with pytest.raises(NoSuchSheetError, match=r"pipe.html is there and is no ordinary file"):
        write_sheet(small_book, ["CASH"], pipe)

    assert pipe.is_fifo()


def test_a_missing_folder_is_named_and_not_made(small_book, tmp_path):
    """Given a slip in the folder of a named file, then the book's sheet is refused with the folder's name."""
    with pytest.raises(NoSuchSheetError, match=f"There is no folder {tmp_path}/desktpo"):
        write_book(small_book, tmp_path / "desktpo" / "book.html")

    assert not list(tmp_path.iterdir())


def test_a_link_to_a_sheet_stays_a_link(small_book, tmp_path):
    sheet, link = tmp_path / "sheet.html", tmp_path / "newest.html"
    sheet.write_text("old")
    link.symlink_to(sheet)

    write_sheet(small_book, ["CASH"], link)

    assert link.is_symlink()
    assert "CASH" in sheet.read_text(encoding="utf-8")


def test_regular_sheets_are_of_the_largest_accounts_and_of_each_book(small_book):
    """14 accounts in two currencies, two sheets allowed: those of 1,775 and 1,387.50, and a book in each currency."""
    written = write_sheets(small_book, [], 2)

    assert [sheet.file.stem for sheet in written.sheets] == ["INVESTED", "MODEL", "book@EUR", "book@USD"]
    assert [sheet.accounts for sheet in written.sheets] == [1, 1, 1, 13]
    assert written.left_out == 12
    assert all(sheet.file.parent == small_book.reports for sheet in written.sheets)
    assert "12 accounts left out" in summary_of(written)


def test_command_writes_a_sheet_or_says_why_not(small_book, tmp_path):
    home, file = small_book.home.parent, tmp_path / "both.html"

    done = navlog(home, "report", "LEFT", "RIGHT", "--to", file)
    mixed = navlog(home, "report", "LEFT", "EURO")
    nothing = navlog(tmp_path, "report")

    assert (done.exit_code, done.out) == (0, f"The tear sheet is in {file}\n")
    assert file.stat().st_size > 1_000_000
    assert mixed.exit_code == 2
    assert "several currencies (EUR, USD)" in mixed.err
    assert (nothing.exit_code, "Nothing is published" in nothing.err) == (2, True)


def test_command_without_accounts_writes_the_book_of_each_currency(small_book, tmp_path):
    home, file = small_book.home.parent, tmp_path / "book.html"
    books = [small_book.reports / f"book@{currency}.html" for currency in ("EUR", "USD")]
    for book in books:
        book.unlink(missing_ok=True)

    done = navlog(home, "report")
    into_one_file = navlog(home, "report", "--to", file)

    assert (done.exit_code, done.out) == (0, "".join(f"The tear sheet is in {book}\n" for book in books))
    assert all(book.is_file() for book in books)
    assert (into_one_file.exit_code, file.exists()) == (2, False)
    assert "a sheet for each of its currencies (EUR, USD)" in into_one_file.err


def test_the_book_of_one_currency_goes_into_the_file_named(small_book, tmp_path, monkeypatch):
    """Given accounts in dollars alone, then there is one sheet, and --to may name its file."""
    with published(small_book) as books:
        in_dollars = [account for account in books.accounts() if account.base_currency == "USD"]
    monkeypatch.setattr(Published, "accounts", lambda _books: in_dollars)

    (written,) = write_book(small_book, tmp_path / "book.html")

    assert (written.file, written.accounts, written.file.is_file()) == (tmp_path / "book.html", 13, True)
