"""Tables: what kind of figure a column holds decides how it is written. Cells are text, never markup."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

import pandas as pd
import streamlit as st
from streamlit.column_config import CheckboxColumn, DateColumn, LineChartColumn, NumberColumn, TextColumn

DECIMALS_MAX: Final = 8
Column = Any
"""How a column is written; Streamlit's own type of it is not public."""
ROWS_SHOWN: Final = 10
_ROW_HEIGHT: Final = 35
_FIGURE_WIDTH_MIN: Final = 90
_CELL_PADDING: Final = 24
_DIGIT_WIDTH: Final = 8
NAME_WIDTH: Final = 150
"""Of a name that somebody has chosen: a long one is cut, since the figures beside it must not be."""
KEY_WIDTH: Final = 240
"""Of what tells rows apart: a lot and the event that ended it are longer than a name."""


def show(frame: pd.DataFrame, columns: dict[str, Column], key: str, rows_shown: int = ROWS_SHOWN) -> None:
    """Show the given columns, in this order; a long table scrolls inside itself."""
    st.dataframe(
        frame[list(columns)],
        column_config=columns,
        hide_index=True,
        key=key,
        placeholder="-",
        height="content" if len(frame) <= rows_shown else _ROW_HEIGHT * (rows_shown + 1),
    )


def text(label: str, *, width: int | None = None) -> Column:
    """Text as it is."""
    return TextColumn(label, width=width)


def pinned(label: str, *, width: int | None = None) -> Column:
    """Text that stays in sight when the table is scrolled to the right."""
    return TextColumn(label, pinned=True, width=width)


def right(label: str) -> Column:
    """Figures of different kinds in one column, written already."""
    return TextColumn(label, alignment="right")


def day(label: str) -> Column:
    """A day."""
    return DateColumn(label, format="D MMM YYYY", alignment="right")


def money(label: str) -> Column:
    """Thousands separators and two decimals."""
    return NumberColumn(label, format="%,.2f")


def signed_money(label: str) -> Column:
    """The same with its sign, for changes."""
    return NumberColumn(label, format="%+,.2f")


def price(label: str, prices: pd.Series[Any]) -> Column:
    """At least two decimals, more where they are needed."""
    return NumberColumn(label, format=f"%,.{max(2, _decimals(prices))}f")


def quantity(label: str, quantities: pd.Series[Any]) -> Column:
    """As many decimals as the quantities have, in a column that no other one makes too narrow for them."""
    places = _decimals(quantities)
    return NumberColumn(label, format=f"%,.{places}f", width=_width_of(f"{one:,.{places}f}" for one in quantities))


def count(label: str) -> Column:
    """A whole number."""
    return NumberColumn(label, format="%,d")


def signed_percent(label: str) -> Column:
    """Percent with its sign."""
    return NumberColumn(label, format="%+,.2f %%")


def percent(label: str) -> Column:
    """Percent that has no direction."""
    return NumberColumn(label, format="%,.2f %%")


def flag(label: str) -> Column:
    """Yes or no."""
    return CheckboxColumn(label)


def trend(label: str) -> Column:
    """A small chart in a cell."""
    return LineChartColumn(label, width="small")


def _width_of(written: Iterable[str]) -> int:
    """A figure that is cut loses its sign and its thousands and reads as another figure."""
    return max(_FIGURE_WIDTH_MIN, _CELL_PADDING + _DIGIT_WIDTH * max(map(len, written), default=0))


def _decimals(values: pd.Series[Any]) -> int:
    """The fewest decimals that lose nothing."""
    known = values.dropna()
    return next((places for places in range(DECIMALS_MAX) if (known.round(places) == known.round(8)).all()), 8)
