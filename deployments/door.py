"""A door in front of a web application: it answers under its own address on this machine and no other."""

from __future__ import annotations

import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocketClose

from deployments.services import HOST, address


class Door:
    """Lets a request through if Host, and Origin if there is one, name this server."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        """Stand in front of an application that listens on a port of this machine."""
        self._app = app
        self._host = f"{HOST}:{port}"
        self._origin = address(port)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 403 or pass on."""
        refusal = f"This server answers under its own address only: {self._origin}"
        if scope["type"] not in {"http", "websocket"} or self._is_own(Headers(scope=scope)):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocketClose(code=1008, reason=refusal)(scope, receive, send)
        else:
            await PlainTextResponse(f"{refusal}\n", status_code=403)(scope, receive, send)

    def _is_own(self, headers: Headers) -> bool:
        return headers.get("host") == self._host and headers.get("origin") in {None, self._origin}


def serve(app: ASGIApp, port: int) -> None:
    """Serve an application behind its door until the process is asked to end."""
    uvicorn.run(Door(app, port), host=HOST, port=port, log_level="warning", server_header=False)
