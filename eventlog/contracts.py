"""Renders the declaration of the streams into dbt's sources and docs/events.md.

Both files are checked in whole and compared byte for byte by a test; ``python -m eventlog.contracts`` rewrites them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from eventlog.checks import REASONS
from eventlog.events import ALIASES, STREAMS, EventType, Field

SOURCES_FILE: Final = Path("dbt/models/staging/_event_log__sources.yml")
EVENTS_FILE: Final = Path("docs/events.md")
_GENERATED: Final = "Generated from eventlog/events.py; edit that and run `python -m eventlog.contracts`."


def render_sources() -> str:
    """Dbt's sources YAML: one table per stream, holding the events of the commits that a run reads."""
    lines = [
        f"# {_GENERATED}",
        "version: 2",
        "sources:",
        "  - name: event_log",
        "    schema: event_log",
        "    description: Events of the commits that this run reads; macros/event_log.sql opens them.",
        "    tables:",
    ]
    for event_type in STREAMS.values():
        lines += _source_table(event_type)
    return "\n".join(lines) + "\n"


def render_events_page() -> str:
    """docs/events.md: every stream with its fields, and the reason codes of the quarantine."""
    lines = [
        f"<!-- {_GENERATED} -->",
        "# Events",
        "",
        "What an event of each stream says. Files may be CSV, JSON Lines or Parquet with these column names; the",
        "columns `recorded_at`, `batch_id` and `schema_version` are written by the log. Without an `event_id` an",
        "event gets one from its content and its occurrence in the file. Times are ISO 8601 or epoch milliseconds;",
        "without an offset (`Z`, `+01:00`) they are UTC, and names of zones are refused. A date alone has its place",
        "in the day: corporate actions, cash in, buys, sales, cash out, closes.",
        "",
        "CSV has commas and double quotes; its first line that is neither blank nor begins with # names the columns,",
        "and rows are counted from there without blank lines. JSON Lines have one object a line, with each key once;",
        "the row is the line. Text is UTF-8.",
        "",
        "Other names for the same column: "
        + ", ".join(f"`{alias}` for `{name}`" for alias, name in ALIASES.items())
        + ".",
    ]
    for event_type in STREAMS.values():
        lines += ["", f"## {event_type.stream}", "", event_type.description, ""]
        lines += ["| field | type | | meaning |", "|---|---|---|---|"]
        lines += [_field_row(field) for field in event_type.fields]
    lines += ["", "## Reasons for quarantine", "", "| reason | meaning |", "|---|---|"]
    lines += [f"| {reason} | {meaning} |" for reason, meaning in REASONS.items()]
    return "\n".join(lines) + "\n"


def _source_table(event_type: EventType) -> Iterator[str]:
    yield f"      - name: {event_type.stream}"
    yield f"        description: {json.dumps(event_type.description)}"
    if event_type.date_only_offsets_us:
        yield f"        config: {{meta: {{date_only_offsets_us: {json.dumps(event_type.date_only_offsets_us)}}}}}"
    yield "        columns:"
    yield "          - name: commit_seq"
    yield "            data_type: bigint"
    yield '            description: "Commit that brought the event; the watermark of every run."'
    for field in event_type.fields:
        yield f"          - name: {field.name}"
        yield f"            data_type: {field.kind.sql_type}"
        yield f"            description: {json.dumps(_with_unit(field))}"


def _with_unit(field: Field) -> str:
    return f"{field.description} [{field.unit}]" if field.unit else field.description


def _field_row(field: Field) -> str:
    optional = "optional" if field.default is None else f"default {field.default}"
    presence = "required" if field.required else optional
    choices = f" One of {', '.join(field.choices)}." if field.choices else ""
    return f"| `{field.name}` | {field.kind.sql_type} | {presence} | {_with_unit(field)}{choices} |"


def write_contracts(project: Path) -> None:
    """Rewrite both files below the project's folder."""
    (project / SOURCES_FILE).write_text(render_sources(), encoding="utf-8")
    (project / EVENTS_FILE).write_text(render_events_page(), encoding="utf-8")


if __name__ == "__main__":
    write_contracts(Path(__file__).resolve().parent.parent)
