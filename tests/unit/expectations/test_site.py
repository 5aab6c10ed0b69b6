"""The site over many runs, without Great Expectations: what is kept, what is told, what comes through a page."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from expectations.pages import readable
from expectations.site import INDEX_RUNS_MAX, KEPT_RUNS_MAX, Run, write_site
from expectations.verdict import SuiteVerdict, failure

START = datetime(2024, 1, 1, tzinfo=UTC)


def written(folder, number):
    verdict = SuiteVerdict("trades", 5, 7, (failure("trades", "expect_column_values", "1 < 2 is odd"),))
    run = Run(f"run {number}", START + timedelta(hours=number))
    return write_site(run, [verdict], ["<p>raw</p>"], folder / "context", folder / "docs")


def test_old_runs_are_forgotten_and_the_index_stays_short(tmp_path):
    for number in range(KEPT_RUNS_MAX + 5):
        index = written(tmp_path, number)

    text = index.read_text()
    assert text.count("<strong>run ") == INDEX_RUNS_MAX
    assert text.index(f"run {KEPT_RUNS_MAX + 4}<") < text.index(f"run {KEPT_RUNS_MAX + 3}<")
    for root in ("context", "docs"):
        runs = sorted((tmp_path / root / "runs").iterdir())
        assert len(runs) == KEPT_RUNS_MAX
        assert runs[0].name.endswith("run-5")


def test_pages_of_earlier_runs_are_not_touched(tmp_path):
    written(tmp_path, 1)
    before = {page: page.stat().st_mtime_ns for page in (tmp_path / "docs" / "runs").rglob("*.html")}

    written(tmp_path, 2)

    assert len(before) == 2
    assert before == {page: page.stat().st_mtime_ns for page in before}


def test_page_of_a_run_leads_to_its_batches_and_back(tmp_path):
    index = written(tmp_path, 1)
    (page,) = (tmp_path / "docs" / "runs").rglob("index.html")

    targets = [page.parent / target for target in re.findall(r'<a href="([^"]+)"', page.read_text())]

    assert len(targets) == 2
    assert targets[0].resolve() == index.resolve()
    assert all(target.is_file() for target in targets)


def test_run_that_died_before_its_summary_is_left_out(tmp_path):
    (tmp_path / "context" / "runs" / "20230101T000000000000Z-died").mkdir(parents=True)

    assert written(tmp_path, 1).read_text().count("<strong>run ") == 1


def test_findings_are_escaped_on_the_page(tmp_path):
    written(tmp_path, 1)
    (page,) = (page for page in (tmp_path / "docs" / "runs").rglob("*.html") if page.name != "index.html")

    assert '<td data-label="What">1 &lt; 2 is odd</td>' in page.read_text()


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("refresh 7", "refresh-7"),
        ("../../etc", "etc"),
        ("profiling:2024-01-02T10:00", "profiling-2024-01-02T10-00"),
        ("", "run"),
    ],
)
def test_run_name_is_safe_in_a_path(name, slug):
    assert Run(name, START).slug == slug


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("<p class='m-0' onclick='x()' style='a'>text</p>", '<p class="m-0">text</p>'),
        ("<script>alert(1)</script>left", "left"),
        ("<img src='http://a.example/x.png'>left", "left"),
        ("<a href='javascript:x()'>left</a>", "left"),
        ("<b>left", "<b>left</b>"),
        ("&lt;b&gt;", "&lt;b&gt;"),
        ("<i class='fas fa-times text-danger'></i>", '<span class="mark fail">not met</span>'),
        (
            "<div id='x-parent'><p><a data-toggle='collapse'>More</a></p><div>folded</div></div>",
            '<details id="x-parent"><summary>More</summary><div>folded</div></details>',
        ),
    ],
)
def test_only_content_comes_through(raw, kept):
    assert readable(raw) == kept
