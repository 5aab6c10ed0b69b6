"""dbt's own tests: the arithmetic of single models on rows that a person can do in the head; the laws; the seed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from eventlog.clock import system_clock
from eventlog.settings import settings_for
from flows import warehouse
from flows.dbt_run import PROJECT
from flows.steps.simulate import simulate_days
from generators.simulation import default_scenario
from tests.e2e.command import environment

DBT = Path(sys.executable).parent / "dbt"


def test_tests_of_dbt_pass(tmp_path: Path) -> None:
    """Given a built database (the tests need the relations to exist), when dbt runs its tests, then all pass."""
    settings = settings_for(tmp_path / "data")
    simulate_days(settings, default_scenario(), 2, system_clock)
    warehouse.build(settings)

    done = subprocess.run(
        [
            DBT, "test", "--no-use-colors", "--log-path", tmp_path / "logs",
            "--project-dir", PROJECT, "--profiles-dir", PROJECT,
            "--target-path", tmp_path / "target",
        ],
        env=environment(tmp_path), capture_output=True, text=True, timeout=200, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout
    assert "ERROR=0" in done.stdout
    assert "PASS=0" not in done.stdout
