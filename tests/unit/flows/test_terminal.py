"""What goes wrong outside of the house ends with a sentence and an exit code, never with a traceback."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import typer

from eventlog.clock import system_clock
from eventlog.settings import settings_for
from flows.books import ask
from flows.steps.ingest import ingest
from flows.terminal import EXIT_FAILED, sentences


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, "/data/landing: No space left on device. Make room"),
        (errno.EACCES, "/data/landing: Permission denied. Let this user write there"),
        (errno.EROFS, "/data/landing: Read-only file system. Make the disk writable"),
        (errno.EIO, "/data/landing: Input/output error. Check the path and the disk"),
    ],
)
def test_a_disk_that_fails_is_one_sentence(capsys: pytest.CaptureFixture[str], code: int, said: str) -> None:
    with pytest.raises(typer.Exit) as ended, sentences():
        raise OSError(code, os.strerror(code), "/data/landing")

    assert ended.value.exit_code == EXIT_FAILED
    assert said in capsys.readouterr().err


def test_a_home_that_is_a_file_is_one_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Given NAVLOG_HOME=/etc/passwd or the like, then the place and the setting are named."""
    (tmp_path / "passwd").write_text("root")

    with pytest.raises(typer.Exit), sentences():
        ingest(settings_for(tmp_path / "passwd"), "trades", [tmp_path / "t.csv"], system_clock)

    assert f"{tmp_path / 'passwd'}" in (said := capsys.readouterr().err)
    assert "check NAVLOG_HOME" in said


def test_a_command_may_be_called_without_an_output() -> None:
    """Given a caller that has closed stdout, then the command can still be imported and print to nowhere."""
    script = "import sys; sys.stdout = None; from flows.terminal import console; console.print('nobody reads this')"

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("", "no question"),
        (" ;\n; ", "no question"),
        ("-- nothing", "no question"),
        ("select '\udcfc'", "not valid UTF-8"),
    ],
)
def test_a_question_that_asks_nothing_is_told_so(tmp_path: Path, sql: str, said: str) -> None:
    with pytest.raises(duckdb.Error, match=said):
        ask(settings_for(tmp_path), sql)
