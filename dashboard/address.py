"""What the reader has chosen stands in the address, so that a page loaded again or shared shows the same.

Streamlit's own binding of a widget would write the text of an option there, and ours have the names of clients in them.
"""

from __future__ import annotations

from collections.abc import Collection

import streamlit as st


def follow(key: str, offered: Collection[str], otherwise: str) -> None:
    """Let the widget of this key, which comes next, show what the address says.

    A page come to by a link has nothing of it in its address yet, and shows what the page before has shown. What is not
    offered is said, or figures would be taken for those of the account that somebody has sent an address of.
    """
    asked = st.query_params.get(key)
    known = (asked, st.session_state.get(_shown(key)))
    shown = next((one for one in known if one is not None and one in offered), otherwise)
    if asked is not None and asked not in offered:
        st.warning(f"These books have no such {key} as the address asks for: this is another one.")
    st.session_state[key] = st.session_state[_shown(key)] = shown
    if asked != shown:
        st.query_params[key] = shown


def write(key: str) -> None:
    """The widget's ``on_change``: the address says what the reader has chosen, before the page follows it."""
    st.query_params[key] = st.session_state[key]


def _shown(key: str) -> str:
    """Where the session remembers it: Streamlit forgets the state of a widget that the next page draws anew."""
    return f"{key}-in-address"
