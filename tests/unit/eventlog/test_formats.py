"""One trade, however it is written down, is the same event."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pyarrow as pa
import pytest

from eventlog.settings import settings_for
from tests.unit.eventlog.conftest import Desk

HEADER = "event_id,occurred_at,account_id,symbol,side,quantity,price,fee"
TRADE = {
    "event_id": "t-1",
    "occurred_at": "2024-06-03T09:30:00.123456",
    "account_id": "ACC",
    "symbol": "KO",
    "side": "BUY",
    "quantity": "1.5",
    "price": "60.25",
    "fee": "0.99",
}
BOUGHT = {
    "event_id": "t-1",
    "occurred_at": datetime(2024, 6, 3, 9, 30, 0, 123456),
    "account_id": "ACC",
    "symbol": "KO",
    "side": "BUY",
    "quantity": Decimal("1.5"),
    "price": Decimal("60.25"),
    "fee": Decimal("0.99"),
    "currency": "USD",
    "consideration": None,
    "settle_date": None,
    "lot_id": None,
    "venue": None,
}


def body(desk: Desk) -> dict:
    """The one trade in the log, without what the log itself adds."""
    (row,) = desk.rows("trades")
    return {name: row[name] for name in BOUGHT}


def microseconds_of_day(moment: datetime) -> int:
    """Since midnight."""
    return (moment - datetime.combine(moment, datetime.min.time())) // timedelta(microseconds=1)


def csv_of(*rows: dict) -> str:
    """Rows as CSV with the columns of the first."""
    return "\n".join([",".join(rows[0]), *(",".join(str(row[name]) for name in rows[0]) for row in rows)]) + "\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("t.csv", csv_of(TRADE)),
        ("t.CSV", csv_of(dict(reversed(TRADE.items())))),
        ("t.csv", csv_of(TRADE).replace("\n", "\r\n")),
        ("t.csv", "\ufeff" + csv_of(TRADE)),
        ("t.csv", csv_of(TRADE).replace("KO", '" KO "').replace("BUY", " BUY ")),
        ("t.jsonl", json.dumps(TRADE)),
        ("t.ndjson", json.dumps({**TRADE, "quantity": 1.5, "price": 60.25, "fee": 0.99, "venue": None}) + "\n\n"),
        ("t.parquet", pa.table({name: [value] for name, value in TRADE.items()})),
        (
            "t.parquet",
            pa.table(
                {**{n: [v] for n, v in TRADE.items()}, "quantity": [1.5], "price": pa.array([60.25], pa.float32())}
            ),
        ),
        (
            "t.parquet",
            pa.table(
                {
                    **{n: [v] for n, v in TRADE.items()},
                    "fee": [Decimal("0.9900")],
                    "occurred_at": [datetime(2024, 6, 3, 9, 30, 0, 123456)],
                }
            ),
        ),
    ],
    ids=[
        "csv",
        "columns in any order",
        "crlf",
        "byte order mark",
        "spaces",
        "json lines",
        "json numbers",
        "parquet text",
        "parquet floats",
        "parquet types",
    ],
)
def test_every_format_says_the_same(desk: Desk, name, content):
    """Decimals are exact even where the file has binary fractions."""
    receipt = desk.take("trades", content, name)

    assert (1, None, {}) == (receipt.accepted, receipt.refusal, receipt.reasons)
    assert BOUGHT == body(desk)


@pytest.mark.parametrize(
    ("column", "stated", "expected"),
    [
        ("occurred_at", "2024-06-03 09:30:00", datetime(2024, 6, 3, 9, 30)),
        ("occurred_at", "2024-06-03T09:30:00Z", datetime(2024, 6, 3, 9, 30)),
        ("occurred_at", "2024-06-03T09:30:00-04:00", datetime(2024, 6, 3, 13, 30)),
        ("occurred_at", "2024-06-03T00:30:00+05:30", datetime(2024, 6, 2, 19)),
        ("occurred_at", "2024-06-03T09:30", datetime(2024, 6, 3, 9, 30)),
        ("occurred_at", "2024-06-03T09:30Z", datetime(2024, 6, 3, 9, 30)),
        ("occurred_at", "2024-06-03T09:30+01:00", datetime(2024, 6, 3, 8, 30)),
        ("occurred_at", "2024-06-03 09:30:00.5-04", datetime(2024, 6, 3, 13, 30, 0, 500000)),
        ("occurred_at", "2024-06-03T09:30:00+0930", datetime(2024, 6, 3)),
        ("occurred_at", "2024-06-03T09:30:00-00:30", datetime(2024, 6, 3, 10)),
        ("occurred_at", "2024-06-03T09:30:00+14:00", datetime(2024, 6, 2, 19, 30)),
        ("timestamp", "2024-06-03T09:30:00", datetime(2024, 6, 3, 9, 30)),
        ("timestamp_ms", "1717407000123", datetime(2024, 6, 3, 9, 30, 0, 123000)),
        ("timestamp", "1717407000123", datetime(2024, 6, 3, 9, 30, 0, 123000)),
        ("occurred_at", "-86400000000", datetime(1967, 4, 7)),
        ("occurred_at", "946684800000", datetime(2000, 1, 1)),
        ("occurred_at", "202499999999", datetime(1976, 6, 1, 17, 59, 59, 999000)),
        ("occurred_at", "2024-02-29T23:59:59.999999", datetime(2024, 2, 29, 23, 59, 59, 999999)),
    ],
)
def test_a_moment_may_be_stated_in_many_ways(desk: Desk, column, stated, expected):
    """Without an offset a time is UTC, whatever the machine's zone."""
    trade = {column if name == "occurred_at" else name: value for name, value in TRADE.items()}

    desk.take("trades", csv_of({**trade, column: stated}))

    assert [expected] == desk.column("trades", "occurred_at")


@pytest.mark.parametrize("name", ["t.csv", "t.jsonl", "t.parquet"])
@pytest.mark.parametrize("folder", ["side=SELL", "price=999", "region=eu"])
def test_the_folder_of_the_home_means_nothing(tmp_path, folder, name):
    """Given a home below a folder that reads like a partition, a purchase stays one, at its price."""
    desk = Desk(settings_for(tmp_path / folder / "data"), tmp_path / "inbox")
    content = {
        "t.csv": csv_of(TRADE),
        "t.jsonl": json.dumps(TRADE),
        "t.parquet": pa.table({n: [v] for n, v in TRADE.items()}),
    }

    desk.take("trades", content[name], name)

    assert BOUGHT == body(desk)


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Kolkata", "Pacific/Kiritimati"])
def test_the_zone_of_the_machine_means_nothing(desk: Desk, monkeypatch, zone):
    """A host in another zone accepts the same event, in the hour that a change of clocks skips too."""
    monkeypatch.setenv("TZ", zone)

    desk.take("trades", csv_of({**TRADE, "occurred_at": "2024-03-10T02:30:00"}))

    assert [datetime(2024, 3, 10, 2, 30)] == desk.column("trades", "occurred_at")


@pytest.mark.parametrize(
    "named", ["2024-01-02 10:00:00 EST", "2024-01-02 10:00:00 Asia/Tokyo", "2024-01-02T10:00:00 UTC"]
)
def test_a_zone_by_its_name_is_refused_and_moves_no_other_row(desk: Desk, named):
    """Given a time with the name of a zone between two without: these are UTC, whatever stands beside them."""
    before, after = datetime(2024, 3, 4, 12), datetime(2024, 3, 5, 12)
    times = [before.isoformat(), named, after.isoformat()]

    receipt = desk.take(
        "trades",
        csv_of(*({**TRADE, "event_id": f"t-{place}", "occurred_at": time} for place, time in enumerate(times))),
    )

    assert {"WRONG_TYPE": 1} == receipt.reasons
    assert [before, after] == desk.column("trades", "occurred_at")


def test_parquet_timestamps_with_a_zone_are_moments(desk: Desk):
    """Eight in New York in summer is noon in UTC."""
    new_york = timezone(timedelta(hours=-4))
    moments = pa.array(
        [datetime(2024, 6, 3, 8, tzinfo=new_york).astimezone(UTC)], pa.timestamp("us", "America/New_York")
    )

    desk.take("trades", pa.table({**{n: [v] for n, v in TRADE.items()}, "occurred_at": moments}), "t.parquet")

    assert [datetime(2024, 6, 3, 12)] == desk.column("trades", "occurred_at")


def test_a_date_alone_has_its_place_in_the_day(desk: Desk):
    """Corporate actions first, then cash in, buys, sales, cash out; a price is the close of its day."""
    day = "2024-06-03"
    desk.take(
        "corporate_actions", f"occurred_at,symbol,type,numerator,denominator,effective_date\n{day},KO,SPLIT,2,1,{day}\n"
    )
    desk.take("cash_events", f"occurred_at,account_id,type,amount\n{day},A,WITHDRAWAL,1\n{day},A,DEPOSIT,1\n")
    desk.take(
        "trades",
        csv_of({**TRADE, "occurred_at": day}, {**TRADE, "occurred_at": day, "event_id": "t-2", "side": "SELL"}),
    )
    desk.take("prices", f"occurred_at,symbol,price\n{day},KO,60\n")

    assert [
        ("SPLIT", 0),
        ("DEPOSIT", 1),
        ("BUY", 2),
        ("SELL", 3),
        ("WITHDRAWAL", 4),
        ("KO", 86_399_999_999),
    ] == sorted(
        [
            (row.get("type") or row.get("side") or row["symbol"], microseconds_of_day(row["occurred_at"]))
            for stream in ("corporate_actions", "cash_events", "trades", "prices")
            for row in desk.rows(stream)
        ],
        key=lambda place: place[1],
    )


def test_what_is_not_stated_has_its_default(desk: Desk):
    """No fee, dollars, today's version."""
    desk.take("trades", "occurred_at,account_id,symbol,side,quantity,price\n2024-06-03,ACC,KO,BUY,1,60\n")
    (row,) = desk.rows("trades")

    assert (Decimal(0), "USD", 1, None) == (row["fee"], row["currency"], row["schema_version"], row["settle_date"])


def test_the_log_adds_what_only_it_knows(desk: Desk):
    """Known time and batch come from the log, and the commit names the file and its bounds."""
    desk.take("trades", csv_of(TRADE, {**TRADE, "event_id": "t-9", "occurred_at": "2024-06-01T10:00:00"}))
    (commit,) = desk.commits
    rows = desk.rows("trades")

    assert {(commit.batch_id, datetime(2024, 6, 3, 12))} == {(row["batch_id"], row["recorded_at"]) for row in rows}
    assert ("t-1", "t-9") == (commit.event_id_least, commit.event_id_greatest)
    assert ("2024-06-01T10:00:00.000000", "2024-06-03T09:30:00.123456") == (commit.occurred_from, commit.occurred_until)


def test_the_alias_of_the_version_is_known(desk: Desk):
    """Some sources call it event_version."""
    desk.take("trades", csv_of({**TRADE, "event_version": "1"}))

    assert [1] == desk.column("trades", "schema_version")


@pytest.mark.parametrize(
    "number",
    [
        "0.1",
        "0.12345678",
        "1e-8",
        "123456789.12345678",
        "9999999999",
        "1E+3",
        "007.50",
        "10e-9",
        "1.230000000000",
        "1230000000e-15",
        ".5",
    ],
)
def test_decimals_stay_what_they_are(desk: Desk, number):
    """A tenth is a tenth; exponents and zeros in front are only ways of writing."""
    desk.take("prices", json.dumps({"occurred_at": "2024-06-03", "symbol": "KO", "price": number}), "p.jsonl")

    assert [Decimal(number)] == desk.column("prices", "price")


@pytest.mark.parametrize("number", [0.1, 0.3, 1 / 8, 19.99, 1234.56])
def test_binary_fractions_become_the_decimals_that_were_meant(desk: Desk, number):
    """0.1 + 0.2 trouble ends at the door: the shortest decimal of the double counts, in Parquet and JSON."""
    desk.take("prices", pa.table({"occurred_at": ["2024-06-03"], "symbol": ["KO"], "price": [number]}), "p.parquet")
    desk.take("prices", json.dumps({"occurred_at": "2024-06-02", "symbol": "KO", "price": number}), "p.jsonl")

    assert [Decimal(str(number))] * 2 == desk.column("prices", "price")


def test_corporate_actions_and_settlement_have_dates(desk: Desk):
    """A date field holds a date, without a time and a zone."""
    desk.take("trades", csv_of({**TRADE, "settle_date": "2024-06-05"}))

    assert [date(2024, 6, 5)] == desk.column("trades", "settle_date")
