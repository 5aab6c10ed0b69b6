"""docs/story-of-a-late-sale.md, run command by command: what the page shows is what comes out."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tests.e2e.command import navlog
from tests.tidy.tree import ROOT

STORY = (ROOT / "docs" / "story-of-a-late-sale.md").read_text(encoding="utf-8")
FILES = re.compile(r"^`([\w-]+\.csv)`\n\n```csv\n(.*?)^```", re.MULTILINE | re.DOTALL)
STEPS = re.compile(r"^```bash\n(.*?)^```\n\n```text\n(.*?)^```", re.MULTILINE | re.DOTALL)
LEFT_OUT = "..."


def shown_as(page: str) -> re.Pattern[str]:
    """What a page shows as a pattern: `...` alone stands for any lines, at the end of a line for its rest."""
    lines = [
        r"(?:.*\n)*?" if line == LEFT_OUT
        else re.escape(line.removesuffix(LEFT_OUT)) + r".*\n" if line.endswith(f" {LEFT_OUT}")
        else re.escape(line) + r" *\n"
        for line in page.splitlines()
    ]  # fmt: skip
    return re.compile("".join(lines))


@pytest.mark.timeout(900)
def test_the_page_shows_what_the_commands_print(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Given the files of the page, when its commands are run in their order, then each prints what stands below it."""
    monkeypatch.chdir(tmp_path)
    for name, content in FILES.findall(STORY):
        Path(name).write_text(content)

    for commands, page in STEPS.findall(STORY):
        printed = ""
        for command in commands.splitlines():
            program, *arguments = shlex.split(command)
            assert program == "navlog"
            said = navlog(tmp_path, *arguments)
            assert said.exit_code == 0, said.err
            printed += said.out
        assert shown_as(page).fullmatch(printed), f"{commands}printed\n{printed}and not\n{page}"


def test_the_page_tells_of_three_gains() -> None:
    """The same day at three knowledge times: no gain, 80 x (66 - 60), 80 x (66 - 58)."""
    gains = re.findall(r"^realized +([\d.,]+)  sum of", STORY, re.MULTILINE)

    assert gains == ["0.00", "480.00", "640.00"]


@pytest.mark.parametrize(
    ("page", "printed", "fits"),
    [
        ("gain 480.00\n", "gain 480.00  \n", True),
        ("gain 480.00\n", "gain 640.00\n", False),
        ("file ...\n", "file a1b2\n", True),
        ("a\n...\nd\n", "a\nb\nc\nd\n", True),
        ("a\n...\nd\n", "a\nb\nc\n", False),
    ],
)
def test_a_page_that_shows_something_else_is_noticed(page: str, printed: str, fits: bool) -> None:
    assert bool(shown_as(page).fullmatch(printed)) == fits
