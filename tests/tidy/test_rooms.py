"""Who may import whom, and which tools have one door."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.tidy.doors import DOORS
from tests.tidy.tree import ROOMS, ROOT, files_under, told


def test_rooms_are_packages_and_dbt_is_none():
    faults = [f"{room}/: no __init__.py" for room in ROOMS if not (ROOT / room / "__init__.py").is_file()]
    faults += [f"{path}: hides dbt-core" for path in ("dbt/__init__.py",) if (ROOT / path).exists()]

    assert not faults, told(faults, "give the room an __init__.py that says what it is for; dbt/ never gets one.")


def test_every_room_is_under_the_import_contracts():
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]

    missing = [f"{room}/ has code and no contract" for room in ROOMS if room not in contracts["root_packages"]]
    absent = [f"{room}/ has a contract and no code" for room in contracts["root_packages"] if room not in ROOMS]

    cure = "root_packages in pyproject.toml lists the rooms that have code."
    assert not missing + absent, told(missing + absent, cure)


def test_import_contracts_hold():
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-logo", "--no-cache"]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    cure = "move the code to the room that may import it, or pass the value in as an argument (CONTRIBUTING.md, Rooms)."
    assert run.returncode == 0, told([run.stdout, run.stderr], cure)


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.title)
def test_one_door(door):
    sources = [(path.as_posix(), (ROOT / path).read_text()) for path in files_under(*door.rooms, suffix=".py")]

    faults = [fault for path, source in sources for fault in door.faults(path, source)]

    assert not faults, told(faults, door.cure)


@pytest.mark.parametrize(
    ("title", "path", "source"),
    [
        ("environment", "flows/ingest.py", "import os\nos.environ['HOME']"),
        ("environment", "flows/ingest.py", "from os import getenv"),
        ("clock", "ledger/fold.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
        ("clock", "eventlog/landing.py", "import time as clock\nclock.time()"),
        ("clock", "dbt/models/facts/fact_lots.py", "import datetime as dt\ndefault = dt.date.today"),
        ("chance", "generators/market.py", "import random\nrandom.gauss(0, 1)"),
        ("chance", "generators/market.py", "import numpy as np\nnp.random.normal()"),
        ("chance", "generators/market.py", "import numpy as np\nnp.random.default_rng()"),
        ("chance", "eventlog/intake.py", "from uuid import uuid4"),
        ("parquet", "flows/publish.py", "import pyarrow.parquet as pq\npq.write_table(table, path)"),
        ("parquet", "flows/publish.py", "relation.write_parquet(path)"),
    ],
)
def test_a_door_notices(title, path, source):
    door = next(door for door in DOORS if door.title == title)

    assert door.faults(path, source)


@pytest.mark.parametrize(
    ("title", "path", "source"),
    [
        ("environment", "eventlog/settings.py", "import os\nos.environ['HOME']"),
        ("environment", "flows/ingest.py", "import os\nos.replace(a, b)"),
        ("clock", "flows/refresh.py", "from datetime import datetime, UTC\ndatetime.now(UTC)"),
        ("clock", "ledger/fold.py", "time = event.time\ntime.time()"),
        ("chance", "generators/market.py", "import numpy as np\nnp.random.default_rng(seed).random()"),
        ("parquet", "eventlog/landing.py", "import pyarrow.parquet as pq\npq.write_table(table, path)"),
        ("parquet", "flows/publish.py", "import pyarrow.parquet as pq\npq.read_table(path)"),
    ],
)
def test_a_door_lets_through(title, path, source):
    door = next(door for door in DOORS if door.title == title)

    assert door.faults(path, source) == []
