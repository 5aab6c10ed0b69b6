"""The repository as the tidy tests see it: its files, its rooms, and how a fault is told."""

from __future__ import annotations

import subprocess
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ROOMS = tuple(sorted({module.parent.name for module in ROOT.glob("*/*.py")} - {"dbt", "tests"}))
"""The top-level folders that hold a Python package."""


def committed_files() -> list[Path]:
    """What is committed or would be by ``git add --all``, relative to the root."""
    command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    listing = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return sorted({Path(name) for name in listing.split("\0") if name and (ROOT / name).is_file()})


def files_under(*folders: str, suffix: str) -> list[Path]:
    """Committed files below any of the folders, relative to the root."""
    return [path for path in committed_files() if path.suffix == suffix and path.as_posix().startswith(folders)]


def told(faults: Iterable[str], cure: str) -> str:
    """The message of a failed test: every place, then what to do."""
    return "\n".join(["", *faults, "", f"Cure: {cure}"])
