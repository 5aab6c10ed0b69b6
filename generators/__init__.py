"""Simulated market and clients: pure functions from (universe, day, seed, state) to events.

No clock, no file, no environment and no global chance. Every draw comes from ``chance.chance(seed, day, purpose)``, so
any interval of any scenario can be made again, equal to the last digit.
"""
