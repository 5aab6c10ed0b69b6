"""Time travel over one small ledger: what was known, what was published, what changed since, and why."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from eventlog.clock import fixed_clock
from eventlog.landing import file_sha256
from eventlog.settings import Settings, export_to_environment, settings_for
from flows import builds, dbt_run, moments, warehouse
from flows.books import ask
from flows.builds import build_of, reading_books
from flows.contract import public_tables
from flows.dbt_run import PROJECT
from flows.explanation import explain
from flows.hashes import content_of
from flows.lots import compare_methods, slices_by_method
from flows.moments import Moment, NoSuchMomentError
from flows.restatement import VALUES, RestatedRow, Restatement, restatement
from flows.steps.ingest import ingest
from flows.steps.maintain import maintain
from flows.steps.publish import publish
from flows.steps.transform import find_pending, transform
from flows.steps.verify import Audit
from ledger.lots import LotMethod
from tests.e2e.command import navlog

pytestmark = pytest.mark.timeout(900)

PRICES = "event_id,symbol,price,occurred_at\n"
TRADES = "event_id,account_id,symbol,side,quantity,price,fee,occurred_at\n"
CASH = "event_id,account_id,type,amount,symbol,occurred_at\n"
CORRECTIONS = (
    "event_id,occurred_at,action,corrects_stream,corrects_event_id,fee_retained,"
    "account_id,symbol,side,quantity,price,fee\n"
)
STORY = {
    "2024-01-05T22:00": {
        "prices": f"{PRICES}p2,KO,60,2024-01-02\np3,KO,61,2024-01-03\np4,KO,66,2024-01-04\np5,KO,65,2024-01-05\n",
        "cash_events": f"{CASH}d1,A,DEPOSIT,10000,,2024-01-02\nd2,B,DEPOSIT,500,,2024-01-02\n"
        "v1,A,DIVIDEND,7,KO,2024-01-05\n",
        "trades": f"{TRADES}t1,A,KO,BUY,10,60,1,2024-01-03T15:00:00\nt2,A,KO,BUY,10,64,0,2024-01-05T15:00:00\n",
    },
    "2024-01-09T22:00": {
        "prices": f"{PRICES}p8,KO,67,2024-01-08\np9,KO,68,2024-01-09\n",
        "trades": f"{TRADES}s1,A,KO,SELL,5,66,1,2024-01-04T15:00:00\nt3,B,KO,BUY,2,68,3,2024-01-09T15:00:00\n",
    },
    "2024-01-10T22:00": {
        "corrections": f"{CORRECTIONS}c1,2024-01-10,AMEND,trades,t1,,A,KO,BUY,10,58,1\n"
        "c2,2024-01-10,CANCEL,trades,t3,2,,,,,,\n",
    },
}
UNPUBLISHED = {"2024-01-11T22:00": {"prices": f"{PRICES}p6,KO,64,2024-01-06\n"}}
PUBLISHED = [f"{moment[:10]}T22:30:00" for moment in STORY]


def happened(home: Settings, recorded_at: str, files: dict[str, str]) -> None:
    """Files come in at one known time, one commit each."""
    for stream, text in files.items():
        file = home.home.parent / f"{stream}.csv"
        file.write_text(text)
        (receipt,) = ingest(home, stream, [file], fixed_clock(datetime.fromisoformat(recorded_at)))
        assert receipt.quarantined == 0, receipt


def publish_books(home: Settings, published_at: str) -> None:
    """What a refresh does, without Great Expectations, which has no say over these laws."""
    pending = find_pending(home)
    transform(home, pending)
    publish(home, pending, Audit(evaluated=0, warnings=()), "run", datetime.fromisoformat(published_at))


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Three publishes, half an hour after their events became known, and one more commit that nobody published."""
    settings = settings_for(tmp_path_factory.mktemp("travel") / "data")
    settings.home.mkdir()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("NAVLOG_HOME", "")
        for (recorded_at, files), published_at in zip(STORY.items(), PUBLISHED, strict=True):
            happened(settings, recorded_at, files)
            publish_books(settings, published_at)
        for recorded_at, files in UNPUBLISHED.items():
            happened(settings, recorded_at, files)
        yield settings


def folded(moment: Moment) -> Moment:
    """The same commit, to be folded from the log although it was published."""
    return replace(moment, snapshot_id=None)


def contents(home: Settings, moment: Moment) -> dict[str, object]:
    """Content hash of every public table at a moment."""
    tables = public_tables(home)
    with reading_books(home, moment) as database:
        return dict(content_of(database, tables))


@pytest.mark.parametrize("published_at", PUBLISHED)
def test_at_a_publishing_time_known_equals_published(home: Settings, published_at: str) -> None:
    """Every public table, hash by hash: the log folded up to what was known is what readers saw."""
    known, published = moments.as_known(home, published_at), moments.as_published(home, published_at)

    assert known.seq == published.seq
    assert known.snapshot_id == published.snapshot_id
    assert contents(home, folded(known)) == contents(home, published)


TOTAL = "select value_date, total_value from main_facts.fact_portfolio_value_daily where account_id = 'A' order by 1"


def values(home: Settings, moment: Moment | None) -> dict[str, Decimal]:
    """Total value of account A by day."""
    return {str(day): value for day, value in ask(home, TOTAL, moment).rows}


def test_every_knowledge_time_has_its_own_value(home: Settings) -> None:
    """10,000 - 601 - 640 + 7 + 20 x 65; then less a sale of 5 at 66 with a fee of 1; then 20 cheaper."""
    friday = [values(home, moments.as_known(home, day))["2024-01-05"] for day in ("2024-01-05", "2024-01-09")]

    assert friday == [Decimal(10066), Decimal(10070)]
    assert values(home, None)["2024-01-05"] == Decimal(10090)


def test_what_was_known_and_never_published_is_folded(home: Settings) -> None:
    """A price of a Saturday arrived after the last publish: known, a valuation day; published, none."""
    known = moments.as_known(home, "2024-01-11T23:00:00")

    assert known.snapshot_id is None
    assert values(home, known)["2024-01-06"] == Decimal(10075)
    assert "2024-01-06" not in values(home, moments.as_published(home, "2024-01-11T23:00:00"))


def test_before_the_first_publish_is_one_sentence(home: Settings) -> None:
    with pytest.raises(
        NoSuchMomentError, match=r"Nothing was published at 2024-01-05T22:29:59 yet: .* 2024-01-05 22:30"
    ):
        moments.as_published(home, "2024-01-05T22:29:59")


def changed(one: Restatement, table: str) -> list[RestatedRow]:
    return [row for row in one.rows if row.table == table]


def test_a_late_sale_restates_its_days_and_nothing_else(home: Settings) -> None:
    """Given a sale of the 4th that came on the 9th, then A's 4th and 5th changed by it; new days are growth."""
    one = restatement(home, moments.as_known(home, PUBLISHED[0]), moments.as_known(home, PUBLISHED[1]))

    (mover,) = one.movers
    figures = {
        row.key["value_date"]: {f.name: (f.before, f.after) for f in row.figures} for row in changed(one, VALUES)
    }
    assert (mover.event_id, mover.action, mover.account_id, mover.day) == ("s1", "NEW", "A", date(2024, 1, 5))
    assert (mover.total_value_before, mover.total_value_after) == ("10066.00000000", "10070.00000000")
    assert figures.keys() == {"2024-01-04", "2024-01-05"}
    assert figures["2024-01-05"]["realized_pnl"] == ("0.00000000", "30.00000000")
    assert {row.account_id for row in one.rows} == {"A", "$BOOK:USD"}
    assert all(row.events == ("trades/s1",) for row in one.rows)
    assert {table.grown for table in one.tables if table.table == VALUES} == {4}
    assert one.unexplained == 0


def test_each_correction_moves_its_own_account(home: Settings) -> None:
    """Given A's purchase amended and B's cancelled, then each account's rows name the correction that moved them."""
    one = restatement(home, moments.as_known(home, PUBLISHED[1]), moments.as_known(home, PUBLISHED[2]))

    assert {(row.account_id, row.events) for row in one.rows} == {
        ("A", ("corrections/c1",)),
        ("B", ("corrections/c2",)),
        ("$BOOK:USD", ("corrections/c1",)),
        ("$BOOK:USD", ("corrections/c2", "corrections/c1")),
    }
    assert {(mover.action, mover.corrects) for mover in one.movers} == {("AMEND", "trades/t1"), ("CANCEL", "trades/t3")}
    assert {row.change for row in changed(one, "main_facts.fact_trades")} == {"changed", "gone"}
    assert one.unexplained == 0


def test_a_new_valuation_day_restates_every_account(home: Settings) -> None:
    """Given a price of Saturday the 6th, then that day is added late for all, and the price is named."""
    one = restatement(home, moments.as_known(home, PUBLISHED[2]), moments.as_known(home, "2024-01-11"))

    saturday = [row for row in changed(one, VALUES) if row.day == date(2024, 1, 6)]
    assert [(row.account_id, row.change, row.events) for row in saturday] == [
        ("A", "added", ("prices/p6",)), ("B", "added", ("prices/p6",)),
    ]  # fmt: skip
    assert one.unexplained == 0


def test_published_and_known_restate_alike(home: Settings) -> None:
    """Between two publishing times the published states and the folded ones differ in the same figures."""
    times = (PUBLISHED[0], PUBLISHED[2])
    published = restatement(home, *(moments.as_published(home, time) for time in times))
    known = restatement(home, *(folded(moments.as_known(home, time)) for time in times))

    assert (published.rows, published.movers, published.tables) == (known.rows, known.movers, known.tables)
    assert published.rows


def test_between_a_moment_and_itself_nothing_changed(home: Settings) -> None:
    moment = moments.as_known(home, PUBLISHED[1])

    assert restatement(home, moment, moment).tables == ()


def test_moments_in_the_wrong_order_are_one_sentence(home: Settings) -> None:
    with pytest.raises(NoSuchMomentError, match="give the earlier one first"):
        restatement(home, moments.as_known(home, PUBLISHED[1]), moments.as_known(home, PUBLISHED[0]))


def test_commits_after_the_last_publish_are_said_to_be_unpublished(home: Settings) -> None:
    """Given a price that came after the last publish, when asked what changed since, then the sentence says so."""
    said = navlog(home.home.parent, "restatement", "--from", "2024-01-11T23:00:00")

    assert said.exit_code == 2
    assert "the commits since 6 are not published yet: run `navlog refresh`" in " ".join(said.err.split())


@pytest.mark.parametrize(("known_at", "realized"), [("2024-01-05", 0), ("2024-01-09", 30), ("2024-01-10", 40)])
def test_the_lots_add_up_to_the_figure(home: Settings, known_at: str, realized: int) -> None:
    """5 of 10 bought at 60, later said to be 58, and sold at 66: the gain depends on what was known."""
    one = explain(home, "A", "KO", "2024-01-05", moments.as_known(home, known_at))

    assert one.figure is not None
    assert one.figure["realized_pnl"] == sum(lot["realized_pnl"] for lot in one.ended_lots) == realized
    assert one.figure["cumulative_position"] == sum(lot["quantity"] for lot in one.open_lots)
    assert one.figure["cost_basis"] == sum(lot["cost"] for lot in one.open_lots)
    assert one.figure["income"] == 7


def test_the_events_say_which_of_them_count(home: Settings) -> None:
    """Given an amended purchase, then the original does not count, the AMEND does, and the batch file is named."""
    one = explain(home, "A", "KO", "2024-01-05", moments.as_known(home, "2024-01-10"))
    standing = {event.event_id: (event.counts, event.status) for event in one.events}
    amend = next(event for event in one.events if event.event_id == "c1")
    file = home.landing / str(amend.evidence.file)

    assert standing == {
        "t1": (False, "replaced by c1"), "c1": (True, "counts"), "t2": (True, "counts"), "s1": (True, "counts"),
        "v1": (True, "counts"), "p5": (True, "counts"),
    }  # fmt: skip
    assert amend.evidence.sha256 == file_sha256(file)
    assert amend.evidence.recorded_at.startswith("2024-01-10T22:00")


def test_a_symbol_without_a_position_still_has_an_answer(home: Settings) -> None:
    """B's only purchase was cancelled: no figure, and the events say why."""
    one = explain(home, "B", "KO", "2024-01-09", moments.as_known(home, "2024-01-10"))

    assert one.figure is None
    assert [(event.event_id, event.status) for event in one.events] == [("t3", "cancelled by c2"), ("c2", "holds")]


@pytest.mark.parametrize(("account", "cash"), [("A", 9115), ("B", 498)])
def test_the_parts_of_cash_add_up(home: Settings, account: str, cash: int) -> None:
    """Deposits, income, trades, their fees, and the fee that a broker keeps of a cancelled one."""
    one = explain(home, account, "$CASH", "2024-01-09", moments.as_known(home, "2024-01-10"))

    assert one.figure is not None
    assert one.figure["cash_balance"] == sum(part["amount"] for part in one.cash_parts) == cash


@pytest.mark.parametrize(
    ("account", "day", "sentence"), [("C", "2024-01-05", "no account C .* A, B"), ("A", "Friday", "no day")]
)
def test_what_can_not_be_explained_is_one_sentence(home: Settings, account: str, day: str, sentence: str) -> None:
    with pytest.raises(NoSuchMomentError, match=sentence):
        explain(home, account, "KO", day, moments.as_known(home, "2024-01-10"))


def test_every_lot_method_makes_the_same_total(home: Settings) -> None:
    """Realized and unrealized P&L differ between the methods, their sum does not."""
    results = compare_methods(home, moments.now(home), ["A"])

    assert {one.lot_method for one in results} == set(LotMethod)
    assert {one.realized_pnl + one.unrealized_pnl for one in results} == {Decimal(40 + 5 * 10 + 10 * 4)}
    assert {one.lot_method: one.realized_pnl for one in results}["LIFO"] == Decimal(40)


def test_an_account_without_lots_is_named(home: Settings) -> None:
    """B's only purchase was cancelled: alone or beside A, a sentence says that there is nothing of it."""
    alone, beside = (navlog(home.home.parent, "lots", *accounts).out for accounts in (["B"], ["A", "B"]))

    assert alone == "B has no lots on a valuation day: nothing to compare.\n"
    assert beside.startswith("six lot methods")
    assert beside.endswith(alone)


def test_a_zero_in_json_has_its_places(home: Settings) -> None:
    said = navlog(home.home.parent, "query", "select cast(0 as decimal(18, 8)) as nothing", "--json")

    assert said.data == [{"nothing": "0.00000000"}]


def test_lots_by_method_has_the_account_s_own_lots(home: Settings) -> None:
    """The rows of the account's own method are those of fact_lots, column by column."""
    now = moments.now(home)
    slices = slices_by_method(home, now, ["A"])
    own = "select {} from lots_by_method where lot_method = 'FIFO' order by slice_id"
    published = ask(home, "select * from main_facts.fact_lots where account_id = 'A' order by slice_id", now)

    answer = ask(home, own.format(", ".join(published.columns)), now, slices)

    assert answer == published
    assert len(answer.rows) == 3


def test_maintenance_keeps_what_it_says(home: Settings, tmp_path: Path) -> None:
    """Given states of long ago, when they are forgotten, then the sentence says so and the log still answers."""
    copy = settings_for(tmp_path / "data")
    shutil.copytree(home.home, copy.home)
    first = contents(copy, moments.as_published(copy, PUBLISHED[0]))

    maintain(copy, datetime(2100, 1, 1), keep_days=0)

    with pytest.raises(NoSuchMomentError, match="has forgotten the states before 2024-01-10 22:30:00"):
        moments.as_published(copy, PUBLISHED[0])
    assert contents(copy, moments.as_known(copy, PUBLISHED[0])) == first


def test_merged_files_still_tell_the_past(home: Settings, tmp_path: Path) -> None:
    """Given small files merged and no state forgotten, then every published state reads as before."""
    copy = settings_for(tmp_path / "data")
    shutil.copytree(home.home, copy.home)

    maintain(copy, datetime(2024, 1, 12), keep_days=30)

    for published_at in PUBLISHED:
        merged, before = (moments.as_published(one, published_at) for one in (copy, home))
        assert contents(copy, merged) == contents(home, before)


def test_other_models_are_named_as_the_reason(
    home: Settings, tmp_path: Path, with_other_models: Callable[[], None]
) -> None:
    """Given a metric defined anew, when published, then changed rows that no event touches are put down to it."""
    copy = settings_for(tmp_path / "data")
    shutil.copytree(home.home, copy.home)
    export_to_environment(copy)
    before = moments.now(copy)

    with_other_models()
    publish_books(copy, "2024-01-12T22:00")
    one = restatement(copy, before, moments.now(copy))

    by_models = {row.table for row in one.rows if not row.events}
    assert one.is_by_other_models
    assert by_models == {"main_metrics.cumulative_returns", "main_metrics.risk_daily"}
    assert one.unexplained == sum(1 for row in one.rows if not row.events) > 0


@pytest.fixture
def with_other_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Puts models in force that give cumulative returns as fractions."""
    folder = tmp_path / "house"
    for room in ("dbt", "ledger"):
        shutil.copytree(PROJECT.parent / room, folder / room)
    model = folder / "dbt" / "models" / "metrics" / "cumulative_returns.sql"
    percent = "100 * ({{ wealth('wealth.log_wealth', 'wealth.wealth_sign') }} - 1)"
    assert percent in model.read_text()
    model.write_text(model.read_text().replace(percent, percent.removeprefix("100 * ")))

    def put_in_force() -> None:
        for room in (dbt_run, warehouse):
            monkeypatch.setattr(room, "PROJECT", folder / "dbt")

    return put_in_force


def test_folded_moments_are_kept_and_bounded(home: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given more questions than are kept, when the last is asked again, then it is there and the first is not."""
    monkeypatch.setattr(builds, "KEPT", 2)
    asked = [folded(moments.as_known(home, seq)) for seq in ("3", "5", "7")]
    folders = [build_of(home, moment).warehouse_folder for moment in asked]
    folded_at = folders[-1].joinpath("portfolio.duckdb").stat().st_mtime_ns

    assert [folder.exists() for folder in folders] == [False, True, True]
    assert build_of(home, asked[-1]).warehouse.stat().st_mtime_ns == folded_at


def test_half_a_fold_is_not_believed(home: Settings) -> None:
    """Given a fold that was cut off before its watermark moved, when it is asked for, then it is folded again."""
    moment = folded(moments.as_known(home, "3"))
    file = build_of(home, moment).warehouse
    with duckdb.connect(str(file)) as database:
        database.execute("delete from event_log.applied")
        database.execute("delete from main_facts.fact_trades")

    assert build_of(home, moment).warehouse == file
    with duckdb.connect(str(file), read_only=True) as database:
        assert database.execute("select count(*) from main_facts.fact_trades").fetchall() == [(2,)]
