"""How the dbt models are named, layered, described and kept repeatable."""

import re
from pathlib import Path

import pytest
import yaml

from tests.tidy.tree import ROOT, files_under, told

PREFIXES = {
    "staging": "stg_",
    "intermediate": "int_",
    "dimensions": "dim_",
    "facts": "fact_",
    "laws": "law_",
    "metrics": "",
}
"""Folder under dbt/models -> prefix of its models, in the order in which data passes through them."""
ALL_BUT_LAWS = tuple(folder for folder in PREFIXES if folder != "laws")
READS = {
    "staging": ("staging",),
    "intermediate": ALL_BUT_LAWS,
    "dimensions": ("staging", "intermediate", "dimensions"),
    "facts": ("staging", "intermediate", "dimensions", "facts"),
    "metrics": ALL_BUT_LAWS,
    "laws": ALL_BUT_LAWS,
}
"""Layer -> the layers it may refer to. Intermediate models are workings and may stand behind any layer; nothing reads a
law."""
SQL_LINES_MAX = 120
COMMENTS = re.compile(r"--[^\n]*|/\*.*?\*/|\{#.*?#\}", re.DOTALL)
UNREPEATABLE = re.compile(
    r"\b(?:now|today|random|uuid|gen_random_uuid|get_current_timestamp|transaction_timestamp|utcnow)\s*\("
    r"|\b(?:current_date|current_time|current_timestamp|localtime|localtimestamp|run_started_at)\b",
    re.IGNORECASE,
)
ASKS_OUTSIDE = re.compile(r"\b(?:env_var|var)\s*\(")
REFERENCE = re.compile(r"\bref\(\s*['\"](\w+)['\"]")


def models() -> list[Path]:
    """Every model, SQL or Python, relative to the root."""
    return files_under("dbt/models/", suffix=".sql") + files_under("dbt/models/", suffix=".py")


def folder_of(name: str) -> str:
    """The folder that the name of a model promises."""
    return next(folder for folder, prefix in PREFIXES.items() if name.startswith(prefix))


def unrepeatable(sql: str) -> list[str]:
    """What in a query gives another answer tomorrow; comments may say what they like."""
    return UNREPEATABLE.findall(COMMENTS.sub("", sql))


def description_faults(path: Path) -> list[str]:
    """What the sibling YAML of a model fails to say."""
    sibling = (ROOT / path).with_suffix(".yml")
    if not sibling.is_file():
        return [f"{path}: no {sibling.name} beside it"]
    listed = yaml.safe_load(sibling.read_text()).get("models") or []
    if [model.get("name") for model in listed] != [path.stem]:
        return [f"{path.with_suffix('.yml')}: must describe {path.stem} and nothing else"]
    meta = {**listed[0].get("meta", {}), **listed[0].get("config", {}).get("meta", {})}
    faults = {"description": not str(listed[0].get("description") or "").strip(), "meta.grain": not meta.get("grain")}
    return [f"{path.with_suffix('.yml')}: no {part}" for part, is_missing in faults.items() if is_missing]


def test_folder_and_prefix_agree():
    faults = [
        f"{path}: its name belongs into dbt/models/{folder_of(path.stem)}/"
        for path in models()
        if path.parts[2] != folder_of(path.stem)
    ]

    assert not faults, told(faults, f"one folder, one prefix: {PREFIXES}; metrics go bare.")


def test_models_read_from_the_layers_they_may():
    faults = [
        f"{path}: refers to {target}"
        for path in models()
        for target in REFERENCE.findall(COMMENTS.sub("", (ROOT / path).read_text()))
        if folder_of(target) not in READS[folder_of(path.stem)]
    ]

    assert not faults, told(faults, f"a model reads from these layers: {READS}.")


def test_every_model_states_its_grain():
    faults = [fault for path in models() for fault in description_faults(path)]

    assert not faults, told(faults, "write <model>.yml beside it, with a description and meta.grain (key columns).")


def test_every_yaml_describes_a_model():
    stems = {path.with_suffix("") for path in models()}
    faults = [
        f"{path}: no model of this name"
        for path in files_under("dbt/models/", suffix=".yml")
        if not path.name.startswith("_") and path.with_suffix("") not in stems
    ]

    assert not faults, told(faults, "rename or remove it; what is no model starts with an underscore (_sources.yml).")


def test_queries_are_repeatable():
    queries = files_under("dbt/models/", "dbt/macros/", suffix=".sql")
    faults = [f"{path}: {word}" for path in queries for word in unrepeatable((ROOT / path).read_text())]

    assert not faults, told(faults, "take time from the events or a dbt var; order by a total order.")


def test_no_source_asks_for_the_environment_while_it_is_parsed():
    """A parsed project is kept for all homes (decision 0030); macros are asked when they run, the profile each time."""
    sources = [path for suffix in (".sql", ".py", ".yml", ".csv") for path in files_under("dbt/", suffix=suffix)]
    faults = [
        str(path)
        for path in sources
        if path.parts[1] != "macros" and path.name != "profiles.yml" and ASKS_OUTSIDE.search((ROOT / path).read_text())
    ]

    assert len(sources) > 100
    assert not faults, told(faults, "let a macro ask, when `execute` is true.")


def test_queries_are_short():
    lengths = {path: len((ROOT / path).read_text().splitlines()) for path in files_under("dbt/models/", suffix=".sql")}
    faults = [f"{path}: {lines} lines" for path, lines in lengths.items() if lines > SQL_LINES_MAX]

    assert not faults, told(faults, f"at most {SQL_LINES_MAX} lines: move an idea into a model of its own or a macro.")


@pytest.mark.parametrize("sql", ["select now()", "select CURRENT_DATE", "order by random ()", "{{ run_started_at }}"])
def test_an_unrepeatable_query_is_noticed(sql):
    assert unrepeatable(sql)


@pytest.mark.parametrize("sql", ["select known_now -- now()", "{# random() #} select random_id", "/* today() */"])
def test_a_repeatable_query_passes(sql):
    assert unrepeatable(sql) == []
