"""Figures are written the same way everywhere."""

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from dashboard import charts, data_docs, server, words
from flows.plain import commits, counted


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (words.money(Decimal("1234567.895")), "1,234,567.90"),
        (words.money(None), "-"),
        (words.money(float("nan")), "-"),
        (words.signed_money(Decimal("12.5")), "+12.50"),
        (words.signed_money(Decimal("-0.001")), "0.00"),
        (words.percent(-1.234), "-1.23 %"),
        (words.percent(0.0), "0.00 %"),
        (words.points(-1.5), "-1.50 points"),
        (words.points(None), "-"),
        (words.unsigned_percent(12.0), "12.00 %"),
        (words.day(date(2025, 1, 3)), "3 Jan 2025"),
        (words.day(None), "-"),
        (words.age(timedelta(seconds=20)), "just now"),
        (words.age(timedelta(minutes=1)), "1 minute ago"),
        (words.age(timedelta(hours=25)), "1 day ago"),
        (counted(2, "row"), "2 rows"),
        (commits(19, 19), "commit 19"),
        (commits(1000, 1001), "commits 1,000 to 1,001"),
    ],
)
def test_written(written, expected):
    assert expected == written


def test_the_bars_of_a_bridge_say_their_amounts():
    figure = charts.bridge([("Start", 100.0, True), ("Fees", -1.5, False), ("End", 98.5, True)])

    assert ["Start<br><b>100.00</b>", "Fees<br><b>-1.50</b>", "End<br><b>98.50</b>"] == list(figure.data[0].y)


def test_no_bar_of_the_distribution_holds_gains_and_losses():
    figure = charts.distribution(pd.DataFrame({"daily_return_pct": [-1.0, -0.1, 0.0, 0.1, 0.4, 0.0]}))

    losses, gains, unchanged = figure.data
    assert (losses.xbins.end, gains.xbins.start) == (0, 0)
    assert (list(losses.x), list(gains.x)) == ([-1.0, -0.1], [0.1, 0.4])
    assert (unchanged.name, list(unchanged.x)) == ("No change", [0.0, 0.0])


def test_a_page_of_data_docs_can_run_nothing():
    page = '<!DOCTYPE html>\n<html lang="en">\n<head>\n<title>x</title></head><body><script>alert(1)</script></body>'

    shown = data_docs.embeddable(page)

    assert "default-src 'none'" in shown.partition("<title>")[0]


@pytest.mark.parametrize("page", ["<body>no head</body>", "<script>alert(1)</script><head></head>"])
def test_a_page_that_navlog_has_not_written_is_not_shown(page):
    with pytest.raises(data_docs.StrangePageError):
        data_docs.embeddable(page)


def test_the_server_is_for_this_machine_only():
    arguments = server.command(8600)

    assert ("127.0.0.1", "8600") == tuple(
        arguments[arguments.index(name) + 1] for name in ("--server.address", "--server.port")
    )
    assert server.APP.is_file()
