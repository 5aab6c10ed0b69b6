"""Data Docs for the browser: `python -m deployments.docs_door PORT FOLDER`.

On a port, and so an origin, of their own: whatever an event might smuggle into a page would find no key to Prefect.
"""

from __future__ import annotations

import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from deployments.door import serve
from deployments.services import DOCS_ARE_UP


async def is_up(_request: Request) -> Response:
    """Say so."""
    return PlainTextResponse("up\n")


def site(folder: Path) -> Starlette:
    """The pages below a folder, which is made if no run has made it yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return Starlette(routes=[Route(DOCS_ARE_UP, is_up), Mount("/", StaticFiles(directory=folder, html=True))])


if __name__ == "__main__":
    serve(site(Path(sys.argv[2])), int(sys.argv[1]))
