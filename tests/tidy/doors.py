"""Names that may be used only behind one door, and the search for them in Python source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

PURE_ROOMS = ("eventlog/", "generators/", "ledger/", "measures/", "dbt/models/")
HOUSE = (*PURE_ROOMS, "benchmarks/", "dashboard/", "dbt/", "deployments/", "expectations/", "flows/", "reports/")
SEEDED_CHANCE = frozenset(
    f"numpy.random.{name}" for name in ("BitGenerator", "Generator", "PCG64", "Philox", "SeedSequence", "default_rng")
) | {"random.Random"}
"""Sources of chance that repeat when they are given a seed."""


@dataclass(frozen=True)
class Door:
    """Names that the rooms may use only in the files where the door stands open."""

    title: str
    names: frozenset[str]
    rooms: tuple[str, ...]
    open_in: tuple[str, ...]
    cure: str

    def faults(self, path: str, source: str) -> list[str]:
        """Every use of a name in a file of the rooms where the door is shut."""
        if not path.startswith(self.rooms) or path.startswith(self.open_in):
            return []
        return [f"{path}:{line}: {name}" for line, name in used_names(ast.parse(source)) if self._is_behind(name)]

    def _is_behind(self, name: str) -> bool:
        parts = name.split(".")
        spellings = {".".join(parts[:length]) for length in range(1, len(parts) + 1)} | {f"*.{parts[-1]}"}
        return bool(spellings & self.names) and not spellings & SEEDED_CHANCE


DOORS = (
    Door(
        "environment",
        frozenset({"os.environ", "os.environb", "os.getenv", "os.putenv", "os.unsetenv"}),
        HOUSE,
        ("eventlog/settings.py",),
        "add a field or a function to eventlog/settings.py and pass its value in.",
    ),
    Door(
        "clock",
        frozenset(
            {
                "datetime.date.today", "datetime.datetime.now", "datetime.datetime.today", "datetime.datetime.utcnow",
                "pandas.Timestamp.now", "pandas.Timestamp.today", "pandas.Timestamp.utcnow",
                "time.time", "time.time_ns", "time.gmtime", "time.localtime",
            }
        ),
        PURE_ROOMS,
        ("eventlog/clock.py", "eventlog/settings.py"),
        "take the moment as an argument; the shell hands in a clock of eventlog/clock.py.",
    ),
    Door(
        "chance",
        frozenset({"random", "numpy.random", "secrets", "os.urandom", "uuid.uuid1", "uuid.uuid4", "unseeded"}),
        PURE_ROOMS,
        (),
        "draw from generators.chance, which is seeded by (seed, purpose, day); name things by a hash of their content.",
    ),
    Door(
        "parquet",
        frozenset(
            {
                "pyarrow.parquet.ParquetWriter", "pyarrow.parquet.write_table", "pyarrow.parquet.write_to_dataset",
                "pyarrow.dataset.write_dataset", "*.to_parquet", "*.write_parquet",
            }
        ),
        HOUSE,
        ("eventlog/landing.py", "benchmarks/", "generators/malformed.py"),  # malformed: broken deliveries, in memory
        "hand the table to eventlog/landing.py, which makes every step durable.",
    ),
)  # fmt: skip


def used_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and full dotted name of what a module imports from others and uses of it.

    Imports are resolved: with ``import pyarrow.parquet as pq``, ``pq.write_table`` is ``pyarrow.parquet.write_table``.
    An attribute of anything else comes as ``*.name``, a generator made without a seed as ``unseeded.<name>``.
    """
    origins = _origins(tree)
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Attribute | ast.Name) and id(node) not in inner:
            name = _dotted(node, origins) or (f"*.{node.attr}" if isinstance(node, ast.Attribute) else None)
            if name:
                yield node.lineno, name
        elif isinstance(node, ast.Call) and not node.args and not node.keywords:
            name = _dotted(node.func, origins)
            if name in SEEDED_CHANCE:
                yield node.lineno, f"unseeded.{name}"


def _origins(tree: ast.Module) -> dict[str, str]:
    """Local name -> full name, for everything that the module imports."""
    origins: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                origins[alias.asname or top] = alias.name if alias.asname else top
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            origins.update({alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names})
    return origins


def _dotted(node: ast.expr, origins: dict[str, str]) -> str | None:
    """Full name of an attribute chain that starts at an import."""
    if isinstance(node, ast.Name):
        return origins.get(node.id)
    if isinstance(node, ast.Attribute):
        base = _dotted(node.value, origins)
        return f"{base}.{node.attr}" if base else None
    return None
