"""Measures of performance and risk: arrays in, columns out; no files, no clock, no database.

Every measure gives a ``Measured``: values, and a reason wherever there is none. What they mean stands in
docs/definitions.md (Performance, Risk); where other tools differ, in docs/decisions/0014. A year up to each of some
days of many accounts, whose daily returns lie one account after the other in ``returns``:

    own = panels.windows(returns, first, last, 252)
    risk = window_risk.window_columns(own, returns_least=30)
    risk["sharpe"].values, risk["sharpe"].reasons

All of history comes from sums that a table keeps: ``window_risk.moment_columns(Sums(...).moments())``.
"""

from measures.measured import MEANING, Measured, Reason

__all__ = ["MEANING", "Measured", "Reason"]
