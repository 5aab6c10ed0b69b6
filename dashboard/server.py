"""How the dashboard is started, for whoever starts it: nothing of Streamlit is imported here."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

ADDRESS: Final = "127.0.0.1"
APP: Final = Path(__file__).with_name("app.py")


def command(port: int) -> list[str]:
    """The arguments that start the dashboard on this machine's own address; NAVLOG_HOME says which books it shows.

    What it looks like and that it reports nowhere stands in ``.streamlit/config.toml`` beside the app.
    """
    return [
        sys.executable, "-m", "streamlit", "run", str(APP),
        "--server.address", ADDRESS, "--server.port", str(port), "--server.headless", "true",
    ]  # fmt: skip


def address(port: int) -> str:
    """Where a browser finds it."""
    return f"http://{ADDRESS}:{port}"
