"""A row of figures: a name, the figure, and a few words on it. On a phone two stand beside each other (style.css)."""

from __future__ import annotations

from typing import NamedTuple

import streamlit as st


class Tile(NamedTuple):
    """One figure; its texts are ours, since Streamlit reads a name and a note as Markdown."""

    name: str
    figure: str
    note: str


def show(key: str, *tiles: Tile) -> None:
    """Show figures beside each other; the key tells this row from the others of the page."""
    with st.container(horizontal=True, gap="small", key=f"tiles-{key}"):
        for tile in tiles:
            st.metric(tile.name, tile.figure, delta=tile.note, delta_color="off", delta_arrow="off", border=True)
