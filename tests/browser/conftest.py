"""A real browser: the system's Chromium, headless, that reaches this machine and nothing else."""

import os
import shutil
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

_HERE = {"127.0.0.1", "localhost", None}
_QUIET = [
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def chromium():
    """The browser; without one the tests are skipped, and in CI they fail.

    It ends with its module: while it lives, Playwright's event loop runs in this process, and no other one can.
    """
    executable = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if executable is None:
        advice = "no Chromium on this machine; `tests/browser/install-chromium` installs the system's"
        if os.environ.get("CI"):
            pytest.fail(advice)
        pytest.skip(advice)
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=_QUIET + sandbox)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium):
    """Open a fresh page of a size: `with visit(address, PHONE) as page`.

    What the page asks of other machines is refused, and fails the test when it leaves the page.
    """

    @contextmanager
    def opened(address, size=DESKTOP):
        asked_elsewhere = []

        def answer(route):
            if urlsplit(route.request.url).hostname in _HERE:
                route.continue_()
            else:
                asked_elsewhere.append(route.request.url)
                route.abort()

        context = chromium.new_context(viewport=size, locale="en-GB", timezone_id="UTC")
        try:
            context.route("**/*", answer)
            page = context.new_page()
            page.goto(address)
            yield page
            assert asked_elsewhere == []
        finally:
            context.close()

    return opened
