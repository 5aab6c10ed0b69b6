"""``python -m tests.mutants [NAME...]``: which seeded bugs the suite catches; exit code 0 when it catches them all."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from tests.mutants.bugs import MUTANTS
from tests.mutants.mutant import Mutant

HISTORIES = "60"
"""How many random histories each bug has to hide from; `make test` lives through more."""
ROOT = Path(__file__).resolve().parents[2]
ALL_PASSED, SOME_FAILED = 0, 1
"""Exit codes of pytest. Any other means that the tests could not run, and then nothing was caught."""


def copy_of_the_project(folder: Path) -> Path:
    """What git knows and what is new, without what is built."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    for name in listed:
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


def exit_code_of_tests(project: Path, arguments: tuple[str, ...]) -> tuple[int, str]:
    """Run the tests of the copy; its own code is imported, not the installed one.

    A test that hangs ends pytest as a whole: with some bugs it would hang again when it cleans up. What a bug has left
    running is ended as well.
    """
    environment = os.environ | {"PYTHONPATH": str(project), "PYTHONDONTWRITEBYTECODE": "1"}
    tests = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--timeout-method", "thread",
         "--histories", HISTORIES, *arguments],
        cwd=project, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    try:
        said, complained = tests.communicate()
    finally:
        end_what_is_left(project)
    return tests.returncode, (said.strip().splitlines() or [complained.strip()])[-1]


def end_what_is_left(project: Path) -> None:
    """Kill every process that imports from the copy; those of a bug may live in a session of their own."""
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if str(project) in process.environ().get("PYTHONPATH", "").split(os.pathsep):
                process.kill()


def is_caught(mutant: Mutant, project: Path) -> bool:
    """Put the bug in, run its tests, take it out again."""
    mutant.put_into(project)
    begun = time.monotonic()
    try:
        code, last_line = exit_code_of_tests(project, mutant.caught_by)
    finally:
        mutant.take_out_of(project, ROOT)
    verdict = {SOME_FAILED: "caught", ALL_PASSED: "SURVIVED"}.get(code, "BROKEN")
    print(f"{verdict:9} {time.monotonic() - begun:6.0f} s  {mutant.name}: {last_line}", flush=True)
    return verdict == "caught"


def main(names: list[str]) -> int:
    """Try the named mutants, or all."""
    unknown = set(names) - {mutant.name for mutant in MUTANTS}
    if unknown:
        print(f"No such mutant: {', '.join(sorted(unknown))}.")
        return 2
    chosen = [mutant for mutant in MUTANTS if not names or mutant.name in names]
    with tempfile.TemporaryDirectory(prefix="navlog-mutants-") as folder:
        project = copy_of_the_project(Path(folder))
        sound = sorted(
            {argument for mutant in chosen for argument in mutant.caught_by if argument.startswith("tests/")}
        )
        code, last_line = exit_code_of_tests(project, tuple(sound))
        if code != ALL_PASSED:
            print(f"The tests fail without any bug, so they can't catch one: {last_line}")
            return 1
        survivors = [mutant.name for mutant in chosen if not is_caught(mutant, project)]
    print(f"{len(chosen) - len(survivors)} of {len(chosen)} seeded bugs were caught.")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
