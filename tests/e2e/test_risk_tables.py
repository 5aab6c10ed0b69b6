"""Tables of risk and of periods, built in three batches: each figure is what `measures` makes of the daily returns.

ALPHA lives through a random market against an index, with a risk-free rate, money in and out, and a loss on margin;
STEADY buys once and keeps it against the same index, of which a price comes late after more days than a window has.
ODD accounts are what breaks ratios: nothing traded, one day, flat, all lost, a negative value, months without prices.
"""

from __future__ import annotations

import json
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from eventlog.clock import fixed_clock
from eventlog.intake import ingest_files
from eventlog.settings import Settings, settings_for
from flows import warehouse
from flows.contract import public_tables
from flows.hashes import content_of
from flows.steps.replay import replay_beside
from measures import drawdowns
from measures.backtest import backtest
from measures.measured import MEANING, Reason
from measures.panels import windows_of_one
from measures.period_rows import AMBIGUOUS, OK
from measures.risk_rows import PERCENT, RATIOS, TAIL_RETURNS_LEAST
from measures.window_risk import window_columns, window_tails
from tests.e2e.small_ledgers import built, happened

pytestmark = pytest.mark.timeout(600)

BUSINESS_DAYS = [day.date() for day in pd.bdate_range("2022-01-03", periods=420)]
GAP = range(300, 345)
"""Business days on which nothing has a price."""
SPLIT = 200
"""The business day on which IDX is split two for one; it has no price on that day."""
KNOWN_REASONS = {reason.value for reason in Reason} | {OK, AMBIGUOUS}
BOOK = "$BOOK:USD"


def walks() -> tuple[np.ndarray, np.ndarray]:
    """What IDX and AA are worth by business day, splits aside."""
    chance = np.random.default_rng(11)
    index = 100 * np.exp(np.cumsum(0.01 * chance.standard_normal(len(BUSINESS_DAYS))))
    own = index * np.exp(np.cumsum(0.008 * chance.standard_normal(len(BUSINESS_DAYS))))
    return index, own


def market() -> dict[str, list[str]]:
    """Events as CSV rows by stream: a walk of AA, its index IDX, an overnight index RF, and a flat ZZ."""
    index, own = walks()
    prices = []
    for number, day in enumerate(BUSINESS_DAYS):
        if number not in GAP:
            prices.append(f"aa{number},AA,{own[number]:.4f},{day}")
            prices.append(f"zz{number},ZZ,10,{day}")
            prices.append(f"rf{number},RF,{100 * 1.0001**number:.6f},{day}")
            if number % 50:  # the index is closed now and then
                prices.append(f"ix{number},IDX,{index[number] / (2 if number >= SPLIT else 1):.4f},{day}")
    return {
        "accounts": [
            "acc1,ALPHA,IDX,2022-01-01", "acc2,FLAT,AA,2022-01-01", "acc3,MIRROR,ALPHA,2022-01-01",
            "acc4,LOST,,2022-01-01", "acc5,STEADY,IDX,2022-01-01",
        ],
        "symbols": ["s1,RF,RISK_FREE,2022-01-01"],
        "prices": prices,
        "corporate_actions": [f"split,IDX,SPLIT,2,1,{BUSINESS_DAYS[SPLIT]},{BUSINESS_DAYS[SPLIT]}"],
        "cash_events": [
            f"c1,ALPHA,DEPOSIT,10000,{BUSINESS_DAYS[2]}",
            f"c2,ALPHA,WITHDRAWAL,700,{BUSINESS_DAYS[90]}",
            f"c3,ALPHA,DEPOSIT,400,{BUSINESS_DAYS[90]}",
            f"c4,ALPHA,FEE,35,{BUSINESS_DAYS[150]}",
            f"c5,FLAT,DEPOSIT,1000,{BUSINESS_DAYS[0]}",
            f"c6,MIRROR,DEPOSIT,5000,{BUSINESS_DAYS[100]}",
            f"c7,ONEDAY,DEPOSIT,50,{BUSINESS_DAYS[-1]}",
            f"c8,INOUT,DEPOSIT,80,{BUSINESS_DAYS[10]}",
            f"c9,INOUT,WITHDRAWAL,80,{BUSINESS_DAYS[10]}",
            f"c10,LOST,DEPOSIT,1000,{BUSINESS_DAYS[5]}",
            f"c11,LOST,FEE,1000,{BUSINESS_DAYS[50]}",
            f"c12,LOST,DEPOSIT,500,{BUSINESS_DAYS[60]}",
            f"c13,BROKE,DEPOSIT,10,{BUSINESS_DAYS[5]}",
            f"c14,BROKE,FEE,30,{BUSINESS_DAYS[8]}",
            f"c15,BROKE,DEPOSIT,5,{BUSINESS_DAYS[12]}",
            f"c16,DUST,DEPOSIT,0.00000001,{BUSINESS_DAYS[20]}",
            f"c17,DUST,DIVIDEND,900,{BUSINESS_DAYS[21]}",
            f"c18,STEADY,DEPOSIT,20000,{BUSINESS_DAYS[4]}",
        ],
        "trades": [
            f"t1,ALPHA,AA,BUY,150,{own[3]:.4f},1,{BUSINESS_DAYS[3]}",
            f"t2,ALPHA,AA,SELL,90,{own[180]:.4f},1,{BUSINESS_DAYS[180]}",
            f"t3,ALPHA,AA,BUY,60,{own[250]:.4f},1,{BUSINESS_DAYS[250]}",
            f"t4,MIRROR,AA,BUY,30,{own[100]:.4f},0,{BUSINESS_DAYS[100]}",
            f"t5,FLAT,ZZ,BUY,50,10,0,{BUSINESS_DAYS[1]}",
            f"t6,LOST,AA,BUY,2,{own[70]:.4f},0,{BUSINESS_DAYS[70]}",
            f"t7,STEADY,AA,BUY,100,{own[4]:.4f},0,{BUSINESS_DAYS[4]}",
        ],
    }  # fmt: skip


HEADERS = {
    "accounts": "event_id,account_id,benchmark_symbol,occurred_at",
    "symbols": "event_id,symbol,asset_class,occurred_at",
    "prices": "event_id,symbol,price,occurred_at",
    "corporate_actions": "event_id,symbol,type,numerator,denominator,effective_date,occurred_at",
    "cash_events": "event_id,account_id,type,amount,occurred_at",
    "trades": "event_id,account_id,symbol,side,quantity,price,fee,occurred_at",
}


def bring(home: Settings, rows: dict[str, list[str]], evening: date) -> None:
    """A batch comes in and the books follow."""
    for stream, lines in rows.items():
        if lines:
            file = home.home.parent / f"{stream}.csv"
            file.write_text("\n".join([HEADERS[stream], *lines]) + "\n")
            (receipt,) = ingest_files(home, stream, [file], fixed_clock(pd.Timestamp(evening).to_pydatetime()))
            assert (receipt.quarantined, receipt.refusal) == (0, None), receipt
    warehouse.build(home)


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> SimpleNamespace:
    """The home after three batches: the first half but a trade, the rest but a price of the index, what was missing."""
    home = settings_for(tmp_path_factory.mktemp("risk") / "data")
    events, half = market(), BUSINESS_DAYS[240]
    late_trade, late_price = "t2,", "ix395,"

    def batch(is_wanted: Any) -> dict[str, list[str]]:
        return {stream: [line for line in lines if is_wanted(stream, line)] for stream, lines in events.items()}

    def is_late(line: str) -> bool:
        return line.startswith((late_trade, late_price))

    def day_of(line: str) -> date:
        return date.fromisoformat(line.rpartition(",")[2])

    last = BUSINESS_DAYS[-1] + timedelta(days=3)
    bring(home, batch(lambda _stream, line: day_of(line) <= half and not is_late(line)), half)
    bring(home, batch(lambda _stream, line: day_of(line) > half and not is_late(line)), last - timedelta(days=2))
    bring(home, batch(lambda _stream, line: is_late(line)), last)
    with warehouse.reading(home) as database:
        tables = {
            name: database.sql(f"from main_metrics.{name}").df()
            for name in ("daily_returns", "risk_daily", "value_at_risk_daily", "value_at_risk_backtest",
                         "drawdown_episodes", "period_returns")
        }  # fmt: skip
        tables["indices"] = database.sql("from main_metrics.index_returns").df()
        tables["values"] = database.sql("from main_facts.fact_portfolio_value_daily").df()
        tables["cumulative"] = database.sql("from main_metrics.cumulative_returns").df()
    return SimpleNamespace(home=home, **tables)


def returns_of(books: SimpleNamespace, account_id: str) -> pd.DataFrame:
    """Defined, measurable daily returns as fractions, with those of an index beside them."""
    daily = books.daily_returns[books.daily_returns.account_id == account_id].sort_values("value_date")
    own = daily[daily.daily_return_pct.abs() <= 10_000]
    return own.assign(day_return=own.daily_return_pct / 100).set_index("value_date")


def index_of(books: SimpleNamespace, symbol: str, days: pd.Index) -> np.ndarray:
    """Returns of an index on some days; NaN where it has none of one day."""
    series = books.indices[(books.indices.symbol == symbol) & books.indices.is_of_one_day].set_index("value_date")
    return series.daily_return_pct.reindex(days).to_numpy() / 100


def risk_of(books: SimpleNamespace, account_id: str, window: str) -> pd.DataFrame:
    """The published rows of one window, by day."""
    rows = books.risk_daily
    return rows[(rows.account_id == account_id) & (rows.risk_window == window)].set_index("value_date").sort_index()


@pytest.mark.parametrize("length", [30, 90, 252])
@pytest.mark.parametrize(("account_id", "index"), [("ALPHA", "IDX"), ("MIRROR", "ALPHA"), (BOOK, None)])
def test_windows_are_what_measures_say(books, account_id, index, length):
    own = returns_of(books, account_id)
    published = risk_of(books, account_id, f"{length}D").loc[own.index]
    windows = windows_of_one(own.day_return.to_numpy(), length)
    risk_free = windows_of_one(np.nan_to_num(index_of(books, "RF", own.index)), length)
    market = windows_of_one(index_of(books, index, own.index), length) if index else None

    expected = window_columns(windows, market, np.full(len(own), length * 365 / 252), risk_free, length)

    is_full = np.arange(len(own)) >= length - 1
    assert is_full.sum() > 20
    for measure, column in (PERCENT | RATIOS).items():
        if measure in expected:
            scale = 100 if measure in PERCENT else 1
            wanted = np.where(is_full, scale * expected[measure].values, np.nan)
            np.testing.assert_allclose(published[column], wanted, rtol=1e-9, atol=1e-12, err_msg=column)
        else:
            assert published[column].isna().all()


@pytest.mark.parametrize(
    ("account_id", "index"), [("ALPHA", "IDX"), ("MIRROR", "ALPHA"), ("FLAT", "AA"), ("LOST", None)]
)
def test_all_of_history_is_what_measures_say(books, account_id, index):
    own = returns_of(books, account_id)
    published = risk_of(books, account_id, "INCEPTION").loc[own.index]
    free = np.nan_to_num(index_of(books, "RF", own.index))
    market = index_of(books, index, own.index) if index else None

    for last in (0, 1, 40, len(own) - 1):
        past = slice(0, last + 1)
        length, days = last + 1, (own.index[last] - own.index[0]).days
        at_the_end = [windows_of_one(series[past], length) for series in (own.day_return.to_numpy(), free)]
        others = windows_of_one(market[past], length) if index else None
        expected = window_columns(at_the_end[0], others, np.full(length, days), at_the_end[1])
        for measure, column in (PERCENT | RATIOS).items():
            if measure in expected:
                scale, row = (100 if measure in PERCENT else 1), published.iloc[last]
                wanted = scale * expected[measure].values[-1]
                np.testing.assert_allclose(row[column], wanted, rtol=1e-8, atol=1e-9, err_msg=f"{last} {column}")


def test_returns_of_an_index_undo_its_splits(books):
    """The quoted price halves when the index is split two for one; its return is that of the walk."""
    rows = books.indices[books.indices.symbol == "IDX"].sort_values("value_date")
    walk = pd.Series(walks()[0], index=pd.DatetimeIndex(BUSINESS_DAYS))
    first = pd.Timestamp(BUSINESS_DAYS[1])

    expected = 100 * walk.loc[[first, *rows.value_date]].pct_change().iloc[1:]

    assert any(row.value_date > pd.Timestamp(BUSINESS_DAYS[SPLIT]) for row in rows.itertuples())
    np.testing.assert_allclose(rows.daily_return_pct, expected, atol=1e-3)  # prices have four decimals


def test_value_at_risk_is_what_measures_say(books):
    own = returns_of(books, "ALPHA")
    published = books.value_at_risk_daily[books.value_at_risk_daily.account_id == "ALPHA"]

    for tail in window_tails(windows_of_one(own.day_return.to_numpy(), 252), TAIL_RETURNS_LEAST):
        rows = published[published.method == tail.method].set_index("value_date").loc[own.index]
        percent = round(100 * tail.confidence)
        for column, part in (
            (f"var_{percent}_pct", tail.value_at_risk),
            (f"es_{percent}_pct", tail.expected_shortfall),
        ):
            np.testing.assert_allclose(rows[column], 100 * part.values, rtol=1e-9, err_msg=f"{tail.method} {column}")


def test_exceptions_are_losses_above_the_forecast_of_the_day_before(books):
    own = books.daily_returns[books.daily_returns.account_id == "ALPHA"].set_index("value_date").sort_index()
    rows = books.value_at_risk_daily
    published = rows[(rows.account_id == "ALPHA") & (rows.method == "historical")].set_index("value_date").sort_index()

    forecast = published.var_95_pct.shift(1)
    wanted = (-own.daily_return_pct > forecast).where(own.daily_return_pct.notna() & forecast.notna())

    assert (
        published.is_exception_95.astype(object)
        .where(published.is_exception_95.notna())
        .equals(wanted.astype(object).where(wanted.notna()))
    )
    assert 5 < published.is_exception_95.sum() < 60


def test_backtest_of_twelve_months_is_what_measures_say(books):
    own = books.daily_returns[books.daily_returns.account_id == "ALPHA"].set_index("value_date").sort_index()
    rows = books.value_at_risk_daily
    tests = books.value_at_risk_backtest

    for method, percent in (("historical", 95), ("ewma", 99), ("normal", 95)):
        forecasts = rows[(rows.account_id == "ALPHA") & (rows.method == method)].set_index("value_date").sort_index()
        forecast = forecasts[f"var_{percent}_pct"].shift(1)
        row = tests[(tests.account_id == "ALPHA") & (tests.method == method) & (tests.confidence_pct == percent)]
        row = row.sort_values("month_start").iloc[-1]
        first = row.month_start - pd.DateOffset(months=11)
        # A day knows the day before it, also if that belongs to an earlier month.
        before = own.index[own.index < first][-1]
        pair = pd.DataFrame({"r": own.daily_return_pct, "v": forecast}).loc[before:]
        whole = backtest([pair.r.to_numpy()], [pair.v.to_numpy()], percent / 100)
        inside = backtest([pair.r.to_numpy()[1:]], [pair.v.to_numpy()[1:]], percent / 100)
        assert (row.day_count, row.exception_count) == (inside.days[0], inside.exceptions[0])
        np.testing.assert_allclose(row.kupiec_statistic, inside.kupiec.statistic.values[0], rtol=1e-9)
        np.testing.assert_allclose(row.kupiec_p_value, inside.kupiec.p_value.values[0], rtol=1e-9)
        np.testing.assert_allclose(row.independence_p_value, whole.independence.p_value.values[0], rtol=1e-9)


@pytest.mark.parametrize("account_id", ["ALPHA", "LOST", "MIRROR", BOOK])
def test_episodes_are_what_measures_say(books, account_id):
    path = books.cumulative[books.cumulative.account_id == account_id].sort_values("value_date")
    numbers = np.arange(-1, len(path))
    expected = drawdowns.episodes(np.concatenate([[1.0], 1 + path.cumulative_return_pct / 100]), numbers)
    published = books.drawdown_episodes[books.drawdown_episodes.account_id == account_id].sort_values("first_date")

    days = path.value_date.to_numpy()
    assert len(published) == len(expected.depth) > 0
    np.testing.assert_allclose(published.depth_pct, 100 * expected.depth, rtol=1e-9)
    np.testing.assert_array_equal(published.trough_date, days[expected.trough_day])
    np.testing.assert_array_equal(published.recovery_date.notna(), expected.has_recovered)
    recovered = expected.recovery_day[expected.has_recovered]
    np.testing.assert_array_equal(published.recovery_date.dropna(), days[recovered])
    np.testing.assert_array_equal(published.peak_date.isna(), expected.peak_day == -1)


def test_periods_foot_and_link(books):
    """Start value + deposits + realized + unrealized + income - fees - taxes = end value, to the last decimal."""
    rows = books.period_returns
    earned = rows.net_deposits + rows.realized_pnl + rows.unrealized_pnl_change + rows.income - rows.fees - rows.taxes
    assert ((rows.start_value + earned - rows.end_value).abs() < 1e-7).all()

    for account_id in ("ALPHA", "LOST", BOOK):
        own = returns_of(books, account_id).day_return
        for row in rows[rows.account_id == account_id].itertuples():
            inside = own[(own.index >= row.period_start) & (own.index <= row.closing_date)]
            linked = 100 * (np.prod(1 + inside) - 1) if len(inside) else np.nan
            np.testing.assert_allclose(row.return_pct, linked, rtol=1e-9, atol=1e-10, err_msg=str(row))


def test_a_year_is_annualised_and_a_month_is_not(books):
    rows = books.period_returns[books.period_returns.account_id == "ALPHA"].set_index(["period", "closing_date"])
    last = max(day for _period, day in rows.index)
    days = (last.date() - BUSINESS_DAYS[2]).days

    whole = rows.loc[("INCEPTION", last)]
    assert whole.annualized_return_pct == pytest.approx(100 * ((1 + whole.return_pct / 100) ** (365 / days) - 1))
    assert rows.loc[("MONTH", last)].annualized_return_reason == "not_annualised_below_a_year"


def test_money_weighted_return_makes_the_flows_worth_nothing(books):
    rows = books.period_returns[books.period_returns.account_id == "ALPHA"]
    whole = rows[rows.period == "INCEPTION"].iloc[0]
    flows = [(2, -10_000), (90, 300), (-1, whole.end_value)]
    first = BUSINESS_DAYS[2]

    worth = sum(
        amount / (1 + whole.xirr_pct / 100) ** ((BUSINESS_DAYS[number] - first).days / 365) for number, amount in flows
    )
    assert whole.xirr_status == OK
    assert worth == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize(
    ("account_id", "measure", "reason"),
    [
        ("ONEDAY", "annualized_volatility_pct", "too_few_returns"),
        ("FLAT", "sharpe_ratio", "no_variation"),
        ("FLAT", "beta", ""),
        ("INOUT", "annualized_volatility_pct", "too_few_returns"),
        ("BROKE", "beta", "no_benchmark"),
        ("LOST", "annualized_return_pct", ""),
        ("LOST", "calmar_ratio", ""),
    ],
)
def test_odd_accounts_have_reasons(books, account_id, measure, reason):
    row = risk_of(books, account_id, "INCEPTION").iloc[-1]

    told = json.loads(row.reasons or "{}")
    assert told.get(measure, "") == reason
    assert pd.isna(row[measure]) == bool(reason)


def test_nothing_is_infinite_and_every_reason_is_known(books):
    for name in ("risk_daily", "value_at_risk_daily", "value_at_risk_backtest", "drawdown_episodes", "period_returns"):
        table = getattr(books, name)
        numbers = table.select_dtypes("number").to_numpy(dtype=float)
        assert not np.isinf(numbers).any(), name
        for column in (column for column in table if column.endswith(("reason", "status"))):
            assert set(table[column].dropna()) <= KNOWN_REASONS, column
    reasons = {reason for text in books.risk_daily.reasons.dropna() for reason in json.loads(text).values()}
    assert reasons <= {reason.value for reason in MEANING}


def test_three_batches_equal_one(books):
    """Late trades and late index prices change what they touch, and only that."""
    beside = replay_beside(books.home)
    warehouse.rebuild(beside)

    contents = []
    for home in (books.home, beside):
        with warehouse.reading(home) as database:
            contents.append(content_of(database, public_tables(home)))
    assert contents[0] == contents[1]


@pytest.mark.parametrize("account_id", ["ALPHA", "STEADY"])
def test_late_price_of_the_index_moves_the_beta(books, account_id):
    """The third batch brought a price of the index: of the day itself and the day after there are pairs now.

    Nothing else in that batch touches STEADY.
    """
    day = pd.Timestamp(BUSINESS_DAYS[395])
    row = books.indices[(books.indices.symbol == "IDX") & (books.indices.value_date == day)].iloc[0]

    assert row.is_of_one_day
    assert not risk_of(books, account_id, "30D").beta.loc[[day]].isna().any()


def test_book_is_the_sum_of_its_accounts(books):
    values = books.values.groupby("value_date")[["total_value"]].sum()
    inception = books.period_returns[
        (books.period_returns.account_id == BOOK) & (books.period_returns.period == "INCEPTION")
    ].iloc[0]

    assert float(inception.end_value) == pytest.approx(float(values.total_value.iloc[-1]))


def test_returns_of_the_book_see_only_what_flows_in_or_out_of_all_accounts(books):
    """What comes in counts from the start of the day, what goes out to its end; deposits and withdrawals cancel."""
    columns = {"total_value": "float64", "inflow": "float64", "outflow": "float64"}
    days = books.values.astype(columns).groupby("value_date")[list(columns)].sum()
    net, before = days.inflow - days.outflow, days.total_value.shift(1, fill_value=0)
    with_inflows = before + net.clip(lower=0)

    expected = (100 * ((days.total_value - net.clip(upper=0)) / with_inflows - 1)).where(with_inflows > 0)

    published = books.daily_returns[books.daily_returns.account_id == BOOK].set_index("value_date").sort_index()
    assert (net < 0).any()
    assert ((days.inflow > 0) & (days.outflow > 0)).any()
    np.testing.assert_allclose(published.daily_return_pct.loc[days.index], expected, rtol=1e-9, atol=1e-9)


def test_a_late_trade_leaves_the_reasons_of_all_accounts_as_a_rebuild_has_them(tmp_path):
    """Given one account with a benchmark and one without, when the latter trades late, then all is as rebuilt."""
    home = settings_for(tmp_path / "home")
    trades = "event_id,account_id,symbol,side,quantity,price,occurred_at\n"
    happened(home, "accounts", "event_id,account_id,benchmark_symbol,occurred_at\na1,X,SPY,2024-01-01\n")
    happened(home, "prices", "event_id,symbol,price,occurred_at\n" + "".join(
        f"{symbol}-{day},{symbol},{60 + day},2024-01-0{day}\n" for symbol in ("KO", "SPY") for day in (2, 3, 4)
    ))  # fmt: skip
    happened(home, "trades", f"{trades}t1,X,KO,BUY,5,60,2024-01-02\nt2,Y,KO,BUY,5,60,2024-01-02\n")
    built(home)
    happened(home, "trades", f"{trades}t3,Y,KO,BUY,1,61,2024-01-03\n")
    built(home)
    beside = replay_beside(home)
    warehouse.rebuild(beside)

    contents = []
    for settings in (home, beside):
        with warehouse.reading(settings) as database:
            contents.append(content_of(database, public_tables(settings)))
    assert contents[0] == contents[1]
