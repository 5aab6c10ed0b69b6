"""Pages of Data Docs inside the dashboard: read, never run."""

from __future__ import annotations

from typing import Final

_HEAD: Final = "<head>"
_NOTHING_RUNS: Final = (
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">"
)
_ONLY_THIS_PAGE: Final = "<style>.path { display: none }</style>"
"""Its way back to the index leads nowhere from here."""


class StrangePageError(ValueError):
    """A file of Data Docs that navlog has not written."""


def embeddable(page: str) -> str:
    """The page with a policy of its own in front of everything else: no script in it can run, whatever it quotes.

    Raises:
        StrangePageError: it has no head to put the policy into.
    """
    before, head, rest = page.partition(_HEAD)
    if not head or "<" in before.replace("<!DOCTYPE html>", "").replace('<html lang="en">', ""):
        raise StrangePageError("This file of Data Docs was not written by navlog: it is not shown.")
    return f"{before}{head}{_NOTHING_RUNS}{_ONLY_THIS_PAGE}{rest}"
