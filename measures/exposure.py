"""What is held: exposure, leverage, concentration, and what a shock would cost.

``values`` (rows x positions) are market values, negative for shorts, 0 for what a row does not hold. Reference for the
concentration: Hirschman 1964.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from measures.measured import Column, Integers, Measured, Panel, Reason, measured, quiet
from measures.panels import as_panel


@dataclass(frozen=True, slots=True, eq=False)
class Exposure:
    """Per row, amounts (``long`` to ``net``) and ratios.

    ``leverage``: gross over total value. ``top_weight``: the largest position (long or short) over total value.
    ``concentration``: sum of squared shares of gross exposure (Herfindahl); 1 / n for n equal positions.
    """

    long: Column
    short: Column
    gross: Column
    net: Column
    leverage: Measured
    top_weight: Measured
    concentration: Measured


@quiet
def exposure(values: Panel, total_value: Column) -> Exposure:
    """The exposure of every row; ratios to total value need it to be positive."""
    values = as_panel(values)
    sizes = np.abs(values)
    long, short = np.maximum(values, 0.0).sum(axis=1), np.minimum(values, 0.0).sum(axis=1)
    gross = long - short
    no_capital = (~(total_value > 0), Reason.NO_CAPITAL)
    shares = sizes / gross[:, None]
    return Exposure(
        long=long,
        short=short,
        gross=gross,
        net=long + short,
        leverage=measured(gross / total_value, no_capital),
        top_weight=measured(sizes.max(axis=1, initial=0.0) / total_value, no_capital),
        concentration=measured((shares * shares).sum(axis=1), (gross == 0, Reason.NO_POSITIONS)),
    )


@quiet
def weights(values: Panel, total_value: Column) -> Panel:
    """Market value over total value; NaN in rows without positive value."""
    ratio = as_panel(values) / np.where(total_value > 0, total_value, np.nan)[:, None]
    return np.where(np.isfinite(ratio), ratio, np.nan)


def stressed(values: Panel, shocks: Column) -> Panel:
    """Profit or loss of every position when each symbol's price moves by its shock (a fraction)."""
    return as_panel(values) * shocks


def sector_shocks(sector: Integers, shock_of_sector: Column) -> Column:
    """The shock of each symbol, from that of its sector."""
    return shock_of_sector[sector]


def market_shocks(beta: Column, market_shock: float) -> Column:
    """The shock of each symbol, from a move of the market and the symbol's beta; no beta counts as 1.

    No price falls below 0, whatever its beta.
    """
    return np.maximum(np.where(np.isfinite(beta), beta, 1.0) * market_shock, -1.0)
