"""The chain of commits: what was accepted can't change, vanish or be slipped in without being noticed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from eventlog.events import PRICES
from eventlog.landing import NO_ENTRY_SHA256, Arrival, Landing, LandingError, file_sha256, write_durably
from tests.unit.eventlog.conftest import NOON, Desk

HEADER = "event_id,occurred_at,symbol,price\n"


@pytest.fixture
def three_commits(desk: Desk) -> Desk:
    """A log of three files."""
    for number in range(1, 4):
        desk.take("prices", HEADER + f"p-{number},2024-06-0{number},KO,60\n")
    return desk


def entry(desk: Desk, seq: int) -> Path:
    """File of a commit entry."""
    return desk.home.landing / "_log" / f"{seq:020}.json"


def test_each_entry_names_the_hash_of_the_one_before(three_commits: Desk):
    """The last hash names the whole log."""
    landing = Landing(three_commits.home.landing)
    expected = [NO_ENTRY_SHA256, *(landing.entry_sha256(seq) for seq in (1, 2))]

    assert expected == [commit.previous_sha256 for commit in three_commits.commits]
    assert [1, 2, 3] == [commit.seq for commit in three_commits.commits]


def test_an_entry_tells_what_its_file_holds(three_commits: Desk):
    """Path, hash and size are those of the file on disk."""
    landing = Landing(three_commits.home.landing)

    assert [(commit.sha256, commit.bytes) for commit in landing.commits()] == [
        (file_sha256(file), file.stat().st_size) for file in map(landing.batch_file, landing.commits())
    ]


@pytest.mark.parametrize("seq", [1, 2])
def test_a_changed_entry_is_noticed(three_commits: Desk, seq):
    """One figure in an old entry breaks the chain behind it."""
    text = entry(three_commits, seq).read_text()
    entry(three_commits, seq).write_text(text.replace('"accepted": 1', '"accepted": 2'))

    with pytest.raises(LandingError, match=f"Commit {seq} .*changed"):
        Landing(three_commits.home.landing).commits()


@pytest.mark.parametrize("seq", [1, 2])
def test_a_missing_entry_is_noticed(three_commits: Desk, seq):
    """A gap in the numbers is named."""
    entry(three_commits, seq).unlink()

    with pytest.raises(LandingError, match=f"Commit {seq} is missing"):
        Landing(three_commits.home.landing).commits()


@pytest.mark.parametrize("content", ["", '{"seq": 2, "prev', "[]", "{}"])
def test_an_entry_that_cannot_be_read_is_named(three_commits: Desk, content):
    """Cut off, empty or something else: the sentence says which commit to restore."""
    entry(three_commits, 2).write_text(content)

    with pytest.raises(LandingError, match=r"Commit 2 .*can't be read.*Restore commit 2 from a backup"):
        Landing(three_commits.home.landing).commits()


@pytest.mark.parametrize(
    "name", [f"{2:020} (copy).json", f"._{2:020}.json", "notes.json", f"{4:020}.json.bak", f"{4:019}.json"]
)
def test_what_is_no_entry_is_not_read(three_commits: Desk, name):
    """A file manager's copy or shadow beside the entries changes nothing."""
    (three_commits.home.landing / "_log" / name).write_text("{}")

    receipt = three_commits.take("prices", HEADER + "p-4,2024-06-03,KO,60\n")

    assert (1, 4) == (receipt.accepted, receipt.seq)


def test_a_folder_in_staging_is_swept_away(three_commits: Desk):
    stray = three_commits.home.landing / "_staging" / "stray"
    stray.mkdir()
    (stray / "file").touch()

    assert 1 == three_commits.take("prices", HEADER + "p-4,2024-06-03,KO,60\n").accepted
    assert not stray.exists()


def test_nothing_is_taken_into_a_broken_log(three_commits: Desk):
    """A damaged log is restored first; what is sent meanwhile isn't lost, it isn't accepted."""
    entry(three_commits, 2).unlink()

    with pytest.raises(LandingError):
        three_commits.take("prices", HEADER + "p-4,2024-06-03,KO,60\n")


@pytest.mark.parametrize("damage", ["flip", "cut", "grow", "remove", "swap"])
def test_changed_bytes_of_a_batch_are_noticed(three_commits: Desk, damage):
    """A flipped bit, a cut, a longer file, none, or a valid file of another batch."""
    landing = Landing(three_commits.home.landing)
    first, second, _third = landing.commits()
    file, other = landing.batch_file(first), landing.batch_file(second)
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    {
        "flip": lambda: file.write_bytes(content),
        "cut": lambda: file.write_bytes(content[:-1]),
        "grow": lambda: file.write_bytes(file.read_bytes() + b"\0"),
        "remove": file.unlink,
        "swap": lambda: file.write_bytes(other.read_bytes()),
    }[damage]()

    with pytest.raises(LandingError, match="not what was accepted"):
        landing.batch_file(first)


def test_files_that_no_entry_names_are_not_part_of_the_log(three_commits: Desk):
    """Readers go by the log: what lies beside it, whatever its name says, was never accepted."""
    landing = three_commits.home.landing
    (landing / "prices" / "price=999").mkdir()
    (landing / "prices" / "price=999" / "stray.parquet").write_bytes(b"PAR1")

    assert ["p-1", "p-2", "p-3"] == three_commits.column("prices", "event_id")


def test_files_and_folders_are_for_their_owner_only(three_commits: Desk):
    """What clients hold is nobody else's business."""
    folders = [path for path in three_commits.home.landing.rglob("*") if path.is_dir()]
    batches = list(three_commits.home.landing.rglob("*.parquet"))

    assert {0o700} == {path.stat().st_mode & 0o777 for path in folders}
    assert {0o600} == {path.stat().st_mode & 0o777 for path in batches}


def test_nothing_stays_in_staging(three_commits: Desk):
    """Neither drafts nor copies of deliveries."""
    assert [] == list((three_commits.home.landing / "_staging").iterdir())


def test_a_written_file_is_never_written_over(tmp_path: Path):
    """A name that is taken is an error, not a new version."""
    write_durably(tmp_path / "a.parquet", PRICES.arrow_schema.empty_table())

    with pytest.raises(FileExistsError):
        write_durably(tmp_path / "a.parquet", PRICES.arrow_schema.empty_table())


def test_rows_of_another_schema_are_not_committed(tmp_path: Path):
    """The last check before the disk: exact columns, types and order."""
    landing = Landing(tmp_path / "landing")
    wrong = PRICES.arrow_schema.empty_table().drop_columns(["source"])
    rows = wrong.slice(0, 0).from_pylist([dict.fromkeys(wrong.schema.names)], schema=wrong.schema)

    with landing.writing(), pytest.raises(LandingError, match="schema"):
        landing.commit(PRICES, rows, Arrival("x", "0" * 64, 1, 0, 0), "b" * 32, NOON)
    assert [] == landing.commits()


@pytest.mark.parametrize(("received", "duplicate", "quarantined"), [(2, -2, 4), (3, 1, 1), (1, 0, 2), (2, 3, -1)])
def test_counts_that_do_not_close_are_not_committed(tmp_path: Path, received, duplicate, quarantined):
    """Whatever went wrong on the way in: rows lost or doubled are no commit."""
    landing = Landing(tmp_path / "landing")
    arrival = Arrival("x.csv", "0" * 64, received, duplicate, quarantined)

    with landing.writing(), pytest.raises(LandingError, match=r"x\.csv.*does not add up"):
        landing.commit(PRICES, PRICES.arrow_schema.empty_table(), arrival, "b" * 32, NOON)
    assert [] == landing.commits()


def test_entries_are_plain_json(three_commits: Desk):
    """A person can read the log with any editor; the counts close in every entry."""
    entries = [json.loads(entry(three_commits, seq).read_text()) for seq in (1, 2, 3)]

    assert all(e["received"] == e["accepted"] + e["duplicate"] + e["quarantined"] for e in entries)
