"""Data Docs over HTTP: the pages, to this machine's own address, and nothing beside them."""

import asyncio

import httpx
import pytest

from deployments.docs_door import site
from deployments.door import Door

PORT = 8502


class Asked:
    """A web application, asked as a browser on this machine would."""

    def __init__(self, folder):
        self._door = httpx.ASGITransport(Door(site(folder), PORT))

    def get(self, path, **headers):
        return asyncio.run(self._get(path, headers))

    async def _get(self, path, headers):
        async with httpx.AsyncClient(transport=self._door, base_url=f"http://127.0.0.1:{PORT}") as client:
            return await client.get(path, headers=headers)


@pytest.fixture
def docs(tmp_path):
    """A site with an index and one page, and a secret beside it."""
    folder = tmp_path / "docs"
    (folder / "runs").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>navlog Data Docs</h1>")
    (folder / "runs" / "trades.html").write_text("<h1>trades</h1>")
    (tmp_path / "secret.html").write_text("secret")
    return Asked(folder)


def test_index_and_pages_are_served(docs):
    assert "navlog Data Docs" in docs.get("/").text
    assert "trades" in docs.get("/runs/trades.html").text


def test_nothing_beside_the_site_is_served(docs):
    assert docs.get("/%2e%2e/secret.html").status_code == 404


def test_other_names_for_this_machine_are_refused(docs):
    """Given a page elsewhere whose name was pointed at this machine, when it asks, then it gets nothing."""
    answer = docs.get("/", host="elsewhere.example")

    assert answer.status_code == 403
    assert "navlog" not in answer.text


def test_site_is_up_before_the_first_run(tmp_path):
    docs = Asked(tmp_path / "docs")

    assert docs.get("/is-up").status_code == 200
    assert docs.get("/").status_code == 404
