"""Measures of performance and risk: arrays in, columns out; no files, no clock, no database.

Every measure gives a ``Measured``: values, and a reason wherever there is none. What they mean stands in
docs/definitions.md (Performance, Risk); where other tools differ, in docs/decisions/0014.
"""

from measures.measured import MEANING, Measured, Reason

__all__ = ["MEANING", "Measured", "Reason"]
