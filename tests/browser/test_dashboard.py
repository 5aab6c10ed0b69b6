"""The dashboard in a browser: a real server over a real home, from the phone to the desk."""

import contextlib
import shutil
import socket
import subprocess
import time

import duckdb
import httpx
import pytest

from dashboard import server
from eventlog.settings import settings_for
from tests.browser.conftest import DESKTOP, PHONE
from tests.e2e.command import environment, navlog
from tests.published_home import POISONED_ACCOUNT, POISONED_NAME, shared_home

PAGES = {"": "Book", "account": "Account", "risk": "Risk", "quality": "Data quality", "travel": "Time travel"}
SECONDS_TO_START = 60
PATIENCE = 60_000
"""Milliseconds after which a page that has not said what is expected fails the test."""

FIGURES = {
    "": ("Total value", "select sum(total_value) from main_facts.fact_portfolio_value_daily where {last}"),
    "account": (
        "Total value",
        "select total_value from main_facts.fact_portfolio_value_daily where account_id = 'ACC001' and {last}",
    ),
    "quality": ("Prices not of the day", "select count(distinct symbol) from main_facts.fact_positions_daily "
                "where price_age_days > 0 and cumulative_position <> 0 and {last}"),
}  # fmt: skip
LAST = "value_date = (select max(value_date) from main_facts.fact_portfolio_value_daily)"


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return shared_home(tmp_path_factory)


@contextlib.contextmanager
def serving(settings):
    """A dashboard of a home on a free port; its address."""
    with socket.socket() as free:
        free.bind((server.ADDRESS, 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        server.command(port),
        env=environment(settings.home.parent),
        cwd=settings.home.parent,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_healthy(process, server.address(port))
        yield server.address(port)
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait_until_healthy(process, address):
    deadline = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(f"{address}/_stcore/health", timeout=5).raise_for_status()
            return
        time.sleep(0.2)
    pytest.fail("the dashboard did not start")


@pytest.fixture(scope="module")
def address(published):
    with serving(published) as opened:
        yield opened


def shown(page, title):
    """The page, once it has drawn all it has to say."""
    page.get_by_role("heading", name=title, exact=True).wait_for(timeout=PATIENCE)
    page.wait_for_function(
        "!document.querySelector('[data-testid=stStatusWidget], [data-testid=stSpinner], [data-testid=stSkeleton]')",
        timeout=PATIENCE,
    )
    return page


def figure(page, name):
    tile = page.get_by_test_id("stMetric").filter(has_text=name).first
    return tile.get_by_test_id("stMetricValue").inner_text()


@pytest.mark.parametrize("path", FIGURES)
def test_a_page_shows_what_the_query_command_says(visit, address, published, path):
    name, sql = FIGURES[path]
    (row,) = navlog(published.home.parent, "query", sql.format(last=LAST), "--json").data
    (value,) = row.values()

    with visit(f"{address}/{path}") as page:
        written = figure(shown(page, PAGES[path]), name)

    assert written == (f"{value:,}" if isinstance(value, int) else f"{float(value):,.2f}")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone(visit, address, path):
    with visit(f"{address}/{path}", PHONE) as page:
        widths = shown(page, PAGES[path]).evaluate(
            "[document.documentElement, document.querySelector('[data-testid=stMain]')]"
            ".map(element => [element.scrollWidth, element.clientWidth])"
        )

    assert [[PHONE["width"]] * 2] * 2 == widths


def test_a_large_figure_is_not_cut_on_a_phone(visit, address):
    """Given tiles two in a row, when a figure is in billions, then its tile takes the room that it needs."""
    with visit(address, PHONE) as page:
        tiles = shown(page, "Book").get_by_test_id("stMetricValue")
        before = tiles.nth(1).bounding_box()["x"]
        text = tiles.first.locator(":scope *:not(:has(*))")
        text.evaluate("element => { element.textContent = '-15,415,207,366.53' }")

        cut = text.evaluate("element => element.parentElement.scrollWidth > element.parentElement.clientWidth")
        assert (False, False) == (cut, text.evaluate("element => element.scrollWidth > element.clientWidth"))
        assert tiles.nth(1).bounding_box()["x"] < before, "it has gone to the next row"


def test_the_pages_lead_to_each_other(visit, address):
    with visit(address, DESKTOP) as page:
        shown(page, "Book")
        for title in list(PAGES.values())[1:]:
            page.get_by_role("link", name=title).click()
            shown(page, title)


def test_a_page_loaded_again_shows_what_was_chosen(visit, address):
    """So does the next page; and a page says in its title which one it is."""
    with visit(f"{address}/account") as page:
        box = shown(page, "Account").get_by_role("combobox", name="Account")
        box.click()
        page.get_by_role("option").filter(has_text="ACC002").click()
        page.wait_for_url("**/account?account=ACC002&*", timeout=PATIENCE)
        page.get_by_text("6M").click()
        page.wait_for_url("**/account?account=ACC002&period=6M", timeout=PATIENCE)

        page.reload()
        assert shown(page, "Account").get_by_role("combobox", name="Account").input_value().startswith("ACC002")
        assert page.title() == "Account - navlog"

        page.get_by_role("link", name="Risk").click()
        assert shown(page, "Risk").get_by_role("combobox", name="Account").input_value().startswith("ACC002")
        page.wait_for_url("**/risk?account=ACC002", timeout=PATIENCE)
        assert page.title() == "Risk - navlog"


@pytest.mark.parametrize("path", ["", "account", "risk", "travel"])
def test_a_name_of_html_and_markdown_is_shown_and_not_obeyed(visit, address, path):
    with visit(f"{address}/{path}") as page:
        opened = []
        page.on("dialog", lambda dialog: (opened.append(dialog.message), dialog.dismiss()))
        shown(page, PAGES[path])
        page.get_by_test_id("stDataFrame").first.wait_for(timeout=PATIENCE)
        if path:
            box = page.get_by_role("combobox", name="Account")
            box.click()
            page.get_by_role("option").filter(has_text=POISONED_ACCOUNT).click()
            shown(page, PAGES[path])
            assert f"{POISONED_ACCOUNT}  {POISONED_NAME}" == box.input_value()

        assert opened == []
        assert page.locator("a[href^='javascript']").count() == 0


def test_a_page_of_data_docs_is_shown_inside(visit, address):
    with visit(f"{address}/quality") as page:
        shown(page, "Data quality")
        page.get_by_text("Data Docs: every expectation of a table").click()

        inside = page.frame_locator("iframe")
        inside.get_by_role("heading", name="Every expectation").wait_for(timeout=PATIENCE)


@pytest.mark.timeout(600)
def test_what_was_restated_is_found_while_a_run_writes(visit, address, published):
    """The build database is held for writing all the while: the comparison must neither need nor hold it."""
    with duckdb.connect(str(published.warehouse)), visit(f"{address}/travel") as page:
        shown(page, "Time travel").get_by_role("button", name="Compare").click()
        page.get_by_text("Events that moved them").wait_for(timeout=8 * PATIENCE)

        assert (figure(page, "Events behind them"), figure(page, "Unexplained")) == ("2", "0")
        assert int(figure(page, "Rows restated")) > 0


def test_books_appear_as_soon_as_they_are_published(visit, published, tmp_path):
    """Given a page of a home without books, when they are published there, then it shows them by itself."""
    home = tmp_path / "data"
    with serving(settings_for(home)) as empty, visit(empty) as page:
        page.get_by_role("heading", name="No books yet").wait_for(timeout=PATIENCE)
        assert "navlog demo" in page.get_by_test_id("stCode").first.inner_text()

        shutil.copytree(published.home, home, ignore=shutil.ignore_patterns("warehouse"))

        shown(page, "Book")
