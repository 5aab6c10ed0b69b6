"""Tear sheets in a browser, opened from the disk as a client would: from the phone to the desk, and on paper."""

import pytest
from playwright.sync_api import expect

from reports.writing import write_sheet
from tests.browser.conftest import DESKTOP
from tests.published_home import POISONED_ACCOUNT, POISONED_NAME, shared_home

SMALL_PHONE = {"width": 375, "height": 812}
PAPER = {"width": 703, "height": 1000}
"""A4 less its margins, in the pixels of a page."""
HISTORIES = (30, 75, 120, 240, 300, 366, 450, 730, 1_100)
NOT_DRAWN = ".chart:not(:has(.xtick))"
SPILLED = """
() => {
  const spilled = [];
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode, holder = text.parentElement;
    if (!text.textContent.trim()) continue;
    const range = document.createRange();
    range.selectNodeContents(text);
    const drawn = range.getBoundingClientRect();
    const cell = 'td, th, .tile, li, p, dd, dt, h1, h2, h3, div, footer';
    const box = holder.closest('.chart') || holder.closest(cell) || walker.root;
    const room = box.getBoundingClientRect();
    if (drawn.width && (drawn.right > room.right + 1 || drawn.left < room.left - 1 || room.right > innerWidth + 1))
      spilled.push(text.textContent.trim());
  }
  return spilled;
}
"""
RUN_TOGETHER = """
async (days) => {
  const touching = [];
  for (const chart of document.querySelectorAll('.chart')) {
    const first = new Date('2024-01-02'), last = new Date(first.getTime() + days * 86400000);
    await Plotly.relayout(chart, {'xaxis.range': [first.toISOString(), last.toISOString()]});
    const labels = [...chart.querySelectorAll('.xtick text')].map(label => label.getBoundingClientRect());
    const shown = labels.filter(box => box.width).sort((one, other) => one.left - other.left);
    if (shown.length < 2 || shown.some((box, place) => place && box.left < shown[place - 1].right + 4))
      touching.push(chart.id);
  }
  return touching;
}
"""
FORBIDDEN = """
async () => {
  const told = new Promise(resolve =>
    document.addEventListener('securitypolicyviolation', event => resolve(event.violatedDirective)));
  fetch('http://127.0.0.1:9/').catch(() => null);
  return await told;
}
"""


@pytest.fixture(scope="module")
def sheets(tmp_path_factory):
    """Sheets of an account, of one whose name is markup, and of both together."""
    settings, folder = shared_home(tmp_path_factory), tmp_path_factory.mktemp("sheets")
    chosen = {"one": ["ACC001"], "poisoned": [POISONED_ACCOUNT], "together": ["ACC001", POISONED_ACCOUNT]}
    return {name: write_sheet(settings, ids, folder / f"{name}.html").file.as_uri() for name, ids in chosen.items()}


@pytest.mark.parametrize("name", ["one", "poisoned", "together"])
@pytest.mark.parametrize("size", [DESKTOP, SMALL_PHONE], ids=["desktop", "phone"])
def test_all_of_a_sheet_is_drawn_and_nothing_spills(visit, sheets, name, size):
    with visit(sheets[name], size) as page:
        expect(page.locator(NOT_DRAWN)).to_have_count(0)

        assert page.locator(".chart").count() >= 6
        assert page.evaluate("document.documentElement.scrollWidth") == size["width"]
        assert page.evaluate(SPILLED) == []


@pytest.mark.parametrize("size", [DESKTOP, PAPER, SMALL_PHONE], ids=["desktop", "paper", "phone"])
def test_dates_do_not_run_into_each_other(visit, sheets, size):
    """Given histories from a month to three years, then in every chart two dates or more have room between them."""
    with visit(sheets["one"], size) as page:
        expect(page.locator(NOT_DRAWN)).to_have_count(0)

        touching = {days: page.evaluate(RUN_TOGETHER, days) for days in HISTORIES}
        assert not any(touching.values()), touching


def test_a_sheet_asks_nobody_and_may_not(visit, sheets):
    asked, said = [], []
    with visit("about:blank") as page:
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.goto(sheets["together"])
        expect(page.locator(NOT_DRAWN)).to_have_count(0)

        assert (asked, said) == ([sheets["together"]], [])
        assert page.evaluate(FORBIDDEN) == "connect-src"


def test_what_an_event_says_is_shown_and_not_obeyed(visit, sheets):
    with visit(sheets["poisoned"]) as page:
        expect(page.locator(NOT_DRAWN)).to_have_count(0)

        assert page.locator("h1").text_content() == POISONED_NAME
        assert page.locator("main script, main img, h1 *").count() == 0


def test_paper_has_room_for_every_chart(visit, sheets):
    """Drawn for a desk and then printed: each chart is as wide as its place, from its first to its last label."""
    with visit(sheets["one"], DESKTOP) as page:
        expect(page.locator(NOT_DRAWN)).to_have_count(0)
        page.emulate_media(media="print")
        page.set_viewport_size(PAPER)

        assert page.evaluate("document.documentElement.scrollWidth") <= PAPER["width"]
        assert page.evaluate(SPILLED) == []
