"""Which accounts one sheet may be about, and what is said when it may not."""

import pytest

from reports.selection import Account, NoSuchSheetError, selected, whole_books

KNOWN = [
    Account("ACC001", "Ada", "USD", "SPY"),
    Account("ACC002", None, "USD", "SPY"),
    Account("ACC003", "Cy", "USD", None),
    Account("FUND-7", "Eve", "EUR", None),
]


def test_one_account_is_called_by_its_name():
    selection = selected(KNOWN, ["ACC001"])

    assert (selection.title, selection.file_stem, selection.currency) == ("Ada", "ACC001", "USD")
    assert selected(KNOWN, ["ACC002"]).title == "ACC002"


def test_several_accounts_are_one_sheet_each_counted_once():
    selection = selected(KNOWN, ["ACC003", "ACC001", "ACC003"])

    assert selection.account_ids == ["ACC003", "ACC001"]
    assert (selection.title, selection.file_stem) == ("2 accounts together", "ACC003+ACC001")


def test_the_whole_book_is_all_accounts_of_a_currency():
    books = whole_books([KNOWN[0], KNOWN[3], KNOWN[1], KNOWN[2]])

    assert [book.account_ids for book in books] == [["FUND-7"], ["ACC001", "ACC002", "ACC003"]]
    assert [(book.title, book.file_stem) for book in books] == [
        ("The whole book", "book@EUR"),
        ("The whole book", "book@USD"),
    ]


def test_a_benchmark_is_one_that_all_accounts_have():
    assert selected(KNOWN, ["ACC001", "ACC002"]).benchmark == "SPY"
    assert selected(KNOWN, ["ACC001", "ACC003"]).benchmark is None


def test_a_file_of_many_accounts_has_a_name_that_a_disk_can_hold():
    many = [Account(f"A{number:060}", None, "USD", None) for number in range(100)]

    stems = {selected(many, [one.account_id for one in some]).file_stem for some in (many, many[1:], many[:-1])}

    assert len(stems) == 3
    assert max(map(len, stems)) < 100


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        (["acc001"], "There is no account acc001. Did you mean one of these: ACC001, ACC002, ACC003?"),
        (["FUND"], "There is no account FUND. Did you mean FUND-7?"),
        (["zz"], "There is no account zz. There are: ACC001, ACC002, ACC003, FUND-7."),
        (["ACC001", "FUND-7"], "These accounts report in several currencies (EUR, USD)"),
    ],
)
def test_a_sentence_says_what_there_is(asked, sentence):
    with pytest.raises(NoSuchSheetError) as refusal:
        selected(KNOWN, asked)

    assert str(refusal.value).startswith(sentence)


@pytest.mark.parametrize("ask", [whole_books, lambda known: selected(known, ["ACC001"])], ids=["book", "account"])
def test_books_without_accounts_say_so(ask):
    with pytest.raises(NoSuchSheetError, match="no account yet"):
        ask([])
