"""Rows made ready for Great Expectations: text that no page can run, and the derived columns of the suite."""

from __future__ import annotations

import html
import re
from typing import Final

import duckdb
import pandas as pd
from pandas.api.types import is_object_dtype, is_string_dtype

from expectations.rules import Derivation, Suite

LOG_COLUMNS: Final = ("commit_seq",)
"""Columns that the log adds to a stream; they are no part of its declaration."""

_UNSAFE: Final = "[<>&\"'\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]"
"""What a page could run, a terminal obey, or a reader be misled by (line breaks, escapes, reversed text)."""
_CONTROL: Final = re.compile("[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]")


def safe_frame(rows: pd.DataFrame, suite: Suite) -> pd.DataFrame:
    """Copy the rows with escaped text and the derived columns that could be computed.

    Data Docs write unexpected values into the page as they are, so text is escaped before the check. Valid text has
    none of these characters where a pattern or a choice is declared, so escaping changes no verdict.
    """
    stated = rows.drop(columns=[column for column in LOG_COLUMNS if column in rows.columns])
    frame = stated.reset_index(drop=True)
    for position in range(frame.columns.size):
        if is_string_dtype(frame.dtypes.iloc[position]) or is_object_dtype(frame.dtypes.iloc[position]):
            frame.isetitem(position, _escaped_column(frame.iloc[:, position]).array)
    frame = frame.set_axis([escaped(str(column)) for column in frame.columns], axis="columns")
    if frame.empty:
        return frame
    derived = {name: _derived(derive, frame) for name, derive in suite.derived.items()}
    return frame.assign(**{name: column for name, column in derived.items() if column is not None})


def escaped(text: str) -> str:
    """Text that a page shows and does not run; control characters become a replacement sign."""
    return html.escape(_CONTROL.sub("\N{REPLACEMENT CHARACTER}", text))


def _escaped_column(column: pd.Series) -> pd.Series:
    """Each distinct text is escaped once; most columns have none that needs it."""
    if is_string_dtype(column.dtype) and not column.str.contains(_UNSAFE, regex=True).any():
        return column
    texts = {text: escaped(text) for text in column.dropna().unique() if isinstance(text, str)}
    return column.map(lambda value: texts.get(value, value) if isinstance(value, str) else value)


def _derived(derive: Derivation, frame: pd.DataFrame) -> pd.Series | None:
    """The truth values, or None where columns are missing or of another type.

    None leaves the expectation about the column without a column, and so unevaluated, which is a failure.
    """
    try:
        return derive(frame).astype("boolean").fillna(False).astype(bool)
    except (KeyError, TypeError, ValueError, AttributeError, duckdb.Error):
        return None
