"""Runs the real `navlog` command in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NAVLOG = Path(sys.executable).parent / "navlog"


@dataclass(frozen=True, slots=True)
class Said:
    """Exit code and output of one call."""

    exit_code: int
    out: str
    err: str

    @property
    def data(self) -> Any:
        """The JSON that a call with --json printed."""
        return json.loads(self.out)


def environment(home: Path) -> dict[str, str]:
    """An empty user's home, navlog's home below it, and otherwise what this test run has."""
    return os.environ | {"NAVLOG_HOME": str(home / "data"), "HOME": str(home), "PREFECT_HOME": str(home / "prefect")}


def navlog(home: Path, *arguments: str | Path, limit_s: int = 280) -> Said:
    """Run `navlog` with the arguments and wait for it, at most ``limit_s`` seconds."""
    done = subprocess.run(
        [NAVLOG, *arguments], env=environment(home), capture_output=True, text=True, timeout=limit_s, check=False
    )
    return Said(done.returncode, done.stdout, done.stderr)
