"""How long do the measures of 100,000 account-days take, each over the last 252 returns?

``python -m benchmarks.measures`` prints processor seconds of one core, measure by measure, and the peak of memory.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.measured import Panel
from measures.moments import moments_of
from measures.panels import Windows, windows
from measures.window_risk import window_columns, window_tails

ACCOUNTS, WINDOW = 100, 252
DAILY_DEVIATION, DAYS_WITHOUT_RETURN = 0.01, 0.002


def windows_of_accounts(account_days: int, seed: int) -> Windows:
    """Windows that end at each day of some accounts."""
    chance = np.random.default_rng(seed)
    series = DAILY_DEVIATION * chance.standard_normal(account_days)
    series[chance.random(account_days) < DAYS_WITHOUT_RETURN] = np.nan
    days = account_days // ACCOUNTS
    return windows(series, np.arange(account_days) // days * days, np.arange(account_days), WINDOW)


def processor_seconds(work: Callable[[], object]) -> float:
    """Processor time of a piece of work."""
    before = time.process_time()
    work()
    return time.process_time() - before


def over_windows(own: Windows, measure: Callable[[Panel], object]) -> float:
    """Processor seconds of a measure over all windows, without laying them."""
    seconds = 0.0
    for rows in own.slices():
        panel = own.panel(rows)
        seconds += processor_seconds(partial(measure, panel))
    return seconds


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--account-days", type=int, default=100_000)
    asked = parser.parse_args()
    own, market = (windows_of_accounts(asked.account_days, seed) for seed in (1, 2))
    parts: dict[str, Callable[[Panel], object]] = {
        "moments (all ratios)": moments_of,
        "moments and Sharpe": lambda panel: ratios.sharpe(moments_of(panel)),
        "cumulative return": returns.cumulative,
        "maximum drawdown": drawdowns.max_and_current_drawdown,
        "pairs (beta, alpha, tracking error, capture)": lambda panel: benchmark.pairs_of(panel, panel),
        "sorting (historical VaR)": value_at_risk.ordered,
        "EWMA deviation": value_at_risk.ewma_deviation,
    }
    for name, measure in parts.items():
        print(f"{name:<50} {over_windows(own, measure):6.2f} s")
    seconds = processor_seconds(lambda: (window_columns(own, market), window_tails(own)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(f"{'everything, with a benchmark':<50} {seconds:6.2f} s, peak of memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
