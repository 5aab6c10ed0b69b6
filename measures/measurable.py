"""Which daily returns say something of risk.

A hundred-fold gain or loss in a day means that the capital had all but gone the day before: it counts in linked
returns and drawdowns, and in no measure of risk (docs/decisions/0016). dbt/macros/chain.sql says the same to tables.
"""

from __future__ import annotations

from typing import Final

import numpy as np

from measures.measured import Column, Flags

MEASURABLE_MOST: Final = 100.0
"""As a fraction: 10,000 %, either way."""


def is_beyond_measure(returns: Column) -> Flags:
    """Where there is a return, and it is further from 0 than risk looks."""
    return np.isfinite(returns) & (np.abs(returns) > MEASURABLE_MOST)


def measurable(returns: Column) -> Column:
    """The returns that risk looks at; NaN in place of the others."""
    return np.where(is_beyond_measure(returns), np.nan, returns)


def is_beyond_measure_of_benchmark(returns: Column) -> Flags:
    """The same of a benchmark: one that lost everything or more is also no measure of an account on that day."""
    return is_beyond_measure(returns) | (returns <= -1)


def measurable_benchmark(returns: Column) -> Column:
    """The returns of a benchmark that an account is measured against; NaN in place of the others."""
    return np.where(is_beyond_measure_of_benchmark(returns), np.nan, returns)
