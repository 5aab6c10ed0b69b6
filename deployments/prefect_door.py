"""The Prefect server behind a door that answers its own address only: `python -m deployments.prefect_door PORT`.

Prefect asks for the key on every call but looks neither at Host nor, on websockets, at Origin. The door refuses both
when they name another site, so that a page somewhere else can't reach the server through the user's browser.
"""

from __future__ import annotations

import sys

from prefect.server.api.server import create_app

from deployments.door import serve

if __name__ == "__main__":
    serve(create_app(final=True), int(sys.argv[1]))
