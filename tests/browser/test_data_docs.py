"""The Data Docs site in a real browser, on a desk and on a phone: it reads well, runs nothing, and asks nobody."""

from __future__ import annotations

import pandas as pd
import pytest

from expectations.checkpoint import Batch, verify
from tests.browser.conftest import DESKTOP, PHONE
from tests.unit.expectations.good_frames import good_frame, typed_event

POISON = "\"><script>document.title='run'</script><img src=http://elsewhere.example/x.png onerror=document.title='run'>"


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A run that passed and one that did not: a broken law, a price fifty times the last, a poisoned text."""
    folder = tmp_path_factory.mktemp("data-docs")
    good = [Batch(name, good_frame(name), 3) for name in ("trades", "fact_trades", "fact_positions_daily")]
    verify(good, folder / "context", folder / "docs", "commit-41-20240104T220000")
    laws = good_frame("law_breaks").assign(
        law=["law_symbols_sum_to_account", "law_value_is_explained", "law_journal_balances"],
        break_count=[2.0, 0.0, 0.0],
        account_id=["ACC001", None, None],
        day=pd.to_datetime(["2024-01-04", None, None]),
    )
    failed = [
        Batch("fact_positions_daily", good_frame("fact_positions_daily"), 1),
        Batch("law_breaks", laws, 3),
        Batch("effective_prices", good_frame("effective_prices", 1).assign(price_to_close_before=95.0), 1),
        Batch("trades", typed_event("trades", venue=POISON, symbol=POISON, quantity_to_usual=400), 1),
        Batch("new_references", good_frame("new_references", 2).assign(is_inferred=True), 0),
    ]
    verdict = verify(failed, folder / "context", folder / "docs", f"commit-42 {POISON}")
    assert not verdict.is_passed
    return verdict


def fits(page):
    """Nothing is wider than the screen."""
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_index_leads_to_what_failed(site, visit, size):
    """Given a failed run on top, when its first batch is followed, then the page says what failed and leads back."""
    with visit(site.docs_index.as_uri(), size) as page:
        newest = page.locator("details.run").first
        assert "failed" in newest.locator("summary").inner_text()
        assert newest.evaluate("element => element.open")
        assert fits(page)

        page.get_by_role("link", name="law_breaks").click()

        assert "law_breaks failed" in " ".join(page.locator("h1").inner_text().split())
        assert "law_symbols_sum_to_account, ACC001, 2024-01-04" in page.locator("main").inner_text()
        assert fits(page)
        page.get_by_role("link", name="navlog Data Docs").click()
        assert page.locator("details.run").count() == 2


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_poisoned_text_is_shown_and_not_run(site, visit, size):
    """Given text of an event that is a script, then the page shows it as it was written."""
    with visit(site.page_of("trades").as_uri(), size) as page:
        assert POISON[:40] in page.locator("main").inner_text()
        assert page.title().startswith("trades")
        assert page.locator("script, img, iframe, link").count() == 0
        assert fits(page)


def test_every_link_of_the_index_opens(site, visit):
    with visit(site.docs_index.as_uri()) as page:
        links = [link.get_attribute("href") for link in page.locator("a").all()]

    assert len(links) == 8
    for link in links:
        with visit((site.docs_index.parent / link).as_uri()) as page:
            assert page.locator("h1").count() == 1


def test_an_older_run_unfolds_without_a_script(site, visit):
    with visit(site.docs_index.as_uri()) as page:
        older = page.locator("details.run").nth(1)
        assert not older.get_by_role("link", name="fact_trades").is_visible()
        older.locator("summary").click()
        assert older.get_by_role("link", name="fact_trades").is_visible()
