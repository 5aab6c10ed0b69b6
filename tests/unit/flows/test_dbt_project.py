"""A project of dbt is parsed once for all homes, and again when a source of it changes."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from dbt.artifacts.resources import Owner
from dbt.contracts.graph.manifest import Manifest
from dbt.contracts.graph.nodes import Group
from dbt.node_types import NodeType

from eventlog.settings import Settings, export_to_environment
from flows import dbt_run
from flows.dbt_project import parsed_project


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one model."""
    (tmp_path / "models").mkdir()
    (tmp_path / "dbt_project.yml").write_text("name: small\n")
    (tmp_path / "models" / "one.sql").write_text("select 1 as one\n")
    return tmp_path


class Parser:
    """Parses, and counts how often it was asked."""

    def __init__(self) -> None:
        self.asked = 0

    def __call__(self) -> Manifest:
        self.asked += 1
        group = Group(
            name="desk", resource_type=NodeType.Group, package_name="small", path="m.yml", original_file_path="m.yml",
            unique_id="group.small.desk", owner=Owner(name="desk"),
        )  # fmt: skip
        return Manifest(groups={group.unique_id: group})


def test_a_project_is_parsed_once(project: Path) -> None:
    """Given a parsed project, when it is asked for again, then it is read back, as a new object each time."""
    parser = Parser()

    first, second, third = (parsed_project(project, parser) for _ in range(3))

    assert parser.asked == 1
    assert first.groups == second.groups == third.groups != {}
    assert second is not third


@pytest.mark.parametrize(
    "source", ["models/one.sql", "models/two.sql", "models/two.py", "dbt_project.yml", "models/m.yml"]
)
def test_a_changed_source_is_parsed_again(project: Path, source: str) -> None:
    """Given a parsed project, when a source comes or changes, then it is parsed again, and only that one is kept."""
    parser = Parser()
    parsed_project(project, parser)

    (project / source).write_text("# changed\n")
    parsed_project(project, parser)
    parsed_project(project, parser)

    assert parser.asked == 2
    assert len(list((project / "target").iterdir())) == 1


def test_what_no_source_is_changes_nothing(project: Path) -> None:
    """Given a parsed project, when somebody leaves logs or notes there, then it is not parsed again."""
    parser = Parser()
    parsed_project(project, parser)

    (project / "target" / "compiled.sql").write_text("select 2\n")
    (project / "notes.txt").write_text("to do\n")
    parsed_project(project, parser)

    assert parser.asked == 1


def test_a_file_that_was_cut_short_is_parsed_again(project: Path) -> None:
    """Given a machine that went down while the file was written, then the next run parses, and keeps that."""
    parser = Parser()
    parsed_project(project, parser)
    (kept,) = (project / "target").iterdir()
    kept.write_bytes(kept.read_bytes()[:20])

    parsed_project(project, parser)
    parsed_project(project, parser)

    assert parser.asked == 2


def test_where_nothing_can_be_kept_each_run_parses(project: Path) -> None:
    """Given a checkout that can't be written, then nothing is kept, and nothing fails."""
    parser = Parser()
    (project / "target").write_text("a file where the folder would be")

    parsed_project(project, parser)
    parsed_project(project, parser)

    assert parser.asked == 2


def test_the_project_of_navlog_is_the_same_read_back(project: Path, home: Settings) -> None:
    """Given navlog's own models, then what is read back says of them what dbt has parsed."""
    export_to_environment(home)
    parsed = dbt_run.parse(home)
    parsed_project(project, lambda: parsed)

    read_back = parsed_project(project, Parser())

    assert len(read_back.nodes) > 50
    assert told(read_back.nodes) == told(parsed.nodes)
    assert told(read_back.sources) == told(parsed.sources)
    assert told(read_back.macros) == told(parsed.macros)
    assert read_back.flat_graph == parsed.flat_graph


def told(of_name: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each says of itself."""
    return {name: node.to_dict() for name, node in of_name.items()}
