"""The Prefect flow `alert`: what needs somebody's attention -> alerts.jsonl, one line each."""

from __future__ import annotations

import json
import os
from typing import Annotated

from prefect import flow, get_run_logger
from pydantic import Field

from eventlog.clock import system_clock
from eventlog.settings import settings_from_environment


@flow(name="alert", description="Note what needs somebody's attention.", persist_result=False)
async def alert(
    what: Annotated[str, Field(max_length=200)], message: Annotated[str, Field(max_length=10_000)] = ""
) -> None:
    """Append one line to alerts.jsonl in the home, where a mail or pager script can follow it.

    Args:
        what: What needs attention: a failed flow, old data.
        message: What happened, in its own words.
    """
    os.umask(0o077)
    settings = settings_from_environment()
    line = {"at": f"{system_clock():%Y-%m-%dT%H:%M:%SZ}", "what": what, "message": message}
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)
    with settings.alerts.open("a", encoding="utf-8") as alerts:
        alerts.write(json.dumps(line, ensure_ascii=False) + "\n")
    get_run_logger().warning("%s: %s", what, message)
