"""dbt's project as dbt has parsed it, kept beside the models as Python keeps bytecode: one for all homes.

Parsing takes longer than the models of a small run, and what dbt keeps of it is of one home alone
(docs/decisions/0030). Who may not write in the checkout keeps nothing, and loses nothing but time.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import platform
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_SOURCES: Final = (".sql", ".py", ".yml", ".csv")
_PARSERS: Final = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb")
_KEPT_IN: Final = "target"
"""dbt's own name for what is built of a project; no source lies there."""


def parsed_project(project: Path, parse: Callable[[], Any]) -> Any:  # noqa: ANN401 - dbt is untyped here
    """The manifest of the project's sources as they are: ``parse`` is called if nobody has parsed these yet.

    Each time it is a new object, which a run of dbt may change.
    """
    file = project / _KEPT_IN / f"project-{_sources_sha256(project)[:16]}.msgpack"
    parsed = _kept(file)
    if parsed is None:
        parsed = parse()
        _keep(file, parsed)
    return parsed


def _kept(file: Path) -> Any:  # noqa: ANN401 - dbt is untyped here
    # Imported here: dbt takes seconds to import.
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415
    from dbt.parser.manifest import extended_mashumuro_decoder  # noqa: PLC0415

    try:
        return Manifest.from_msgpack(file.read_bytes(), decoder=extended_mashumuro_decoder)
    except Exception:  # not there, not ours to read, cut short: parsed again, and kept again
        return None


def _keep(file: Path, parsed: Any) -> None:  # noqa: ANN401 - dbt is untyped here
    """In place of those of earlier sources."""
    from dbt.parser.manifest import extended_mashumaro_encoder  # noqa: PLC0415 - imports dbt

    draft = file.with_name(f".{file.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        file.parent.mkdir(exist_ok=True)
        draft.write_bytes(parsed.to_msgpack(extended_mashumaro_encoder))
        draft.replace(file)
        for other in set(file.parent.glob("project-*.msgpack")) - {file}:
            other.unlink(missing_ok=True)


def _sources_sha256(project: Path) -> str:
    """Name of all that a manifest follows from: the sources, where they lie, and who parses them."""
    content = hashlib.sha256(f"{project} {platform.python_version()}".encode())
    content.update(" ".join(version(parser) for parser in _PARSERS).encode())
    for file in sorted(project.rglob("*")):
        name = file.relative_to(project)
        if file.suffix in _SOURCES and name.parts[0] != _KEPT_IN:
            content.update(name.as_posix().encode() + b"\0" + file.read_bytes() + b"\0")
    return content.hexdigest()
