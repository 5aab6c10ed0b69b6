"""The page of a sheet: one HTML file that holds all it needs and asks nobody for anything."""

from __future__ import annotations

import base64
import json
from hashlib import sha256
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from plotly.offline import get_plotlyjs

from reports.charts import Chart
from reports.sheet import Sheet

_OUTSIDE_OF_MARKUP: Final = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


def html_of(sheet: Sheet) -> str:
    """The whole file."""
    environment = Environment(
        loader=PackageLoader("reports", ""), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    drawing = _own("charts.js")
    scripts = (get_plotlyjs(), drawing) if sheet.body else ()
    return environment.get_template("sheet.html").render(
        sheet=sheet,
        body=sheet.body,
        style=_own("sheet.css"),
        scripts=scripts,
        charts=_as_json(sheet.body.charts) if sheet.body else "",
        policy=_policy(scripts),
    )


def _own(name: str) -> str:
    return (files("reports") / name).read_text(encoding="utf-8")


def _as_json(charts: dict[str, Chart]) -> str:
    """JSON that ends no script element, whatever a name in it says."""
    return json.dumps(charts, allow_nan=False, separators=(",", ":")).translate(_OUTSIDE_OF_MARKUP)


def _policy(scripts: tuple[str, ...]) -> str:
    """Only the scripts of this very file run, and nothing is fetched or sent; Plotly writes styles of its own."""
    hashes = [f"'sha256-{base64.b64encode(sha256(script.encode()).digest()).decode()}'" for script in scripts]
    return (
        f"default-src 'none'; script-src {' '.join(hashes) or chr(39) + 'none' + chr(39)}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
