"""A series against its benchmark: beta, alpha, tracking error, information ratio, up and down capture.

As in ``measures.moments``: ``pairs_of`` takes what is needed from two panels in two passes, ``PairSums`` are the same
as plain sums that grow by addition, and both give the ``Pairs`` of which each measure is a function. Only days on which
both have a return count; below 20 of them there is no figure.
References: Jensen 1968; Goodwin 1998 (information ratio); Morningstar (capture ratios of geometric means).
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

import numpy as np

from measures.measured import Column, Flags, Measured, Panel, Reason, measured, quiet
from measures.panels import as_panel, common_days, counts, is_defined
from measures.ratios import FLAT, TRADING_DAYS

PAIRS_LEAST: Final = 20


@dataclass(frozen=True, slots=True, eq=False)
class Pairs:
    """Per row: common days, means, and sums over them.

    ``benchmark_count``: days on which the benchmark has a return. ``*_squares`` and ``products``: of deviations from
    the means. ``active_squares``: of the deviations of r - b from its mean. ``up_*``, ``down_*``: days on which the
    benchmark rose or fell, and the sums of log(1 + r) and log(1 + b) over them.
    """

    count: Column
    benchmark_count: Column
    mean: Column
    benchmark_mean: Column
    benchmark_squares: Column
    products: Column
    active_squares: Column
    up_count: Column
    up_log: Column
    up_benchmark_log: Column
    down_count: Column
    down_log: Column
    down_benchmark_log: Column

    @property
    @quiet
    def benchmark_deviation(self) -> Column:
        """Sample standard deviation of the benchmark on common days."""
        return np.sqrt(self.benchmark_squares / (self.count - 1))

    @property
    @quiet
    def active_deviation(self) -> Column:
        """Sample standard deviation of r - b."""
        return np.sqrt(self.active_squares / (self.count - 1))


@quiet
def pairs_of(panel: Panel, benchmark: Panel) -> Pairs:
    """What the measures against a benchmark need, from two panels of one shape."""
    benchmark_count = counts(as_panel(benchmark))
    returns, market = common_days(as_panel(panel), as_panel(benchmark))
    count = counts(returns)
    mean, deviation = _centred(returns, count)
    market_mean, market_deviation = _centred(market, count)
    _, active_deviation = _centred(returns - market, count)
    return Pairs(
        count=count,
        benchmark_count=benchmark_count,
        mean=mean,
        benchmark_mean=market_mean,
        benchmark_squares=(market_deviation * market_deviation).sum(axis=1),
        products=(deviation * market_deviation).sum(axis=1),
        active_squares=(active_deviation * active_deviation).sum(axis=1),
        **_logs(returns, market),
    )


@dataclass(frozen=True, slots=True, eq=False)
class PairSums:
    """Per row, sums over common days that add up over time; the fields from ``up_count`` on are those of ``Pairs``."""

    count: Column
    benchmark_count: Column
    total: Column
    benchmark_total: Column
    benchmark_squares: Column
    products: Column
    active_squares: Column
    up_count: Column
    up_log: Column
    up_benchmark_log: Column
    down_count: Column
    down_log: Column
    down_benchmark_log: Column

    def __add__(self, later: PairSums) -> PairSums:
        """The sums over both."""
        return PairSums(
            **{field.name: getattr(self, field.name) + getattr(later, field.name) for field in fields(self)}
        )

    @quiet
    def pairs(self) -> Pairs:
        """The pairs that these sums amount to; squares within the noise of subtraction count as none."""
        active_total = self.total - self.benchmark_total
        shared = {name: getattr(self, name) for name in _SHARED}
        return Pairs(
            mean=self.total / self.count,
            benchmark_mean=self.benchmark_total / self.count,
            benchmark_squares=_central(self.benchmark_squares, self.benchmark_total, self.count),
            products=self.products - self.total * self.benchmark_total / self.count,
            active_squares=_central(self.active_squares, active_total, self.count),
            **shared,
        )


_LOGS = ("up_count", "up_log", "up_benchmark_log", "down_count", "down_log", "down_benchmark_log")
_SHARED = ("count", "benchmark_count", *_LOGS)


@quiet
def pair_sums_of(panel: Panel, benchmark: Panel) -> PairSums:
    """The sums over two panels."""
    benchmark_count = counts(as_panel(benchmark))
    returns, market = common_days(as_panel(panel), as_panel(benchmark))
    logs = _logs(returns, market)
    count = counts(returns)
    returns, market = np.nan_to_num(returns), np.nan_to_num(market)
    return PairSums(
        count=count,
        benchmark_count=benchmark_count,
        total=returns.sum(axis=1),
        benchmark_total=market.sum(axis=1),
        benchmark_squares=(market * market).sum(axis=1),
        products=(returns * market).sum(axis=1),
        active_squares=((returns - market) ** 2).sum(axis=1),
        **logs,
    )


@quiet
def beta(pairs: Pairs, pairs_least: int = PAIRS_LEAST) -> Measured:
    """Covariance with the benchmark over its variance (both n - 1)."""
    return measured(pairs.products / pairs.benchmark_squares, *_unpaired(pairs, pairs_least), _flat_benchmark(pairs))


@quiet
def alpha(
    pairs: Pairs, daily_risk_free: float | Column = 0.0, periods: float = TRADING_DAYS, pairs_least: int = PAIRS_LEAST
) -> Measured:
    """Jensen's alpha, mean(r - rf) - beta mean(b - rf) per day, compounded over a year.

    ``daily_risk_free`` is the mean of rf over the common days, as the other means are.
    """
    slope = pairs.products / pairs.benchmark_squares
    daily = (pairs.mean - daily_risk_free) - slope * (pairs.benchmark_mean - daily_risk_free)
    obstacles = (*_unpaired(pairs, pairs_least), _flat_benchmark(pairs), (daily < -1, Reason.WIPED_OUT))
    return measured((1 + daily) ** periods - 1, *obstacles)


@quiet
def tracking_error(pairs: Pairs, periods: float = TRADING_DAYS, pairs_least: int = PAIRS_LEAST) -> Measured:
    """Sample standard deviation of r - b x sqrt 252."""
    return measured(pairs.active_deviation * np.sqrt(periods), *_unpaired(pairs, pairs_least))


@quiet
def information_ratio(pairs: Pairs, periods: float = TRADING_DAYS, pairs_least: int = PAIRS_LEAST) -> Measured:
    """mean(r - b) x 252 over the tracking error."""
    active_mean = pairs.mean - pairs.benchmark_mean
    ratio = active_mean * np.sqrt(periods) / pairs.active_deviation
    is_flat = pairs.active_deviation < FLAT
    return measured(ratio, *_unpaired(pairs, pairs_least), (is_flat, Reason.NO_VARIATION))


def up_capture(pairs: Pairs, compounded_days: float = 1, pairs_least: int = PAIRS_LEAST) -> Measured:
    """Geometric mean return on days on which the benchmark rose, over the benchmark's own.

    ``compounded_days`` compounds both means before they are divided; empyrical takes 252.
    """
    logs = (pairs.up_log, pairs.up_benchmark_log, pairs.up_count)
    return _capture(*logs, _unpaired(pairs, pairs_least), compounded_days)


def down_capture(pairs: Pairs, compounded_days: float = 1, pairs_least: int = PAIRS_LEAST) -> Measured:
    """Geometric mean return on days on which the benchmark fell, over the benchmark's own."""
    logs = (pairs.down_log, pairs.down_benchmark_log, pairs.down_count)
    return _capture(*logs, _unpaired(pairs, pairs_least), compounded_days)


@quiet
def _capture(
    log_sum: Column,
    benchmark_log_sum: Column,
    day_count: Column,
    unpaired: tuple[tuple[Flags, Reason], ...],
    compounded_days: float,
) -> Measured:
    own = np.expm1(compounded_days * log_sum / day_count)
    market = np.expm1(compounded_days * benchmark_log_sum / day_count)
    is_lost = ~np.isfinite(log_sum) | ~np.isfinite(benchmark_log_sum)
    return measured(own / market, *unpaired, (day_count == 0, Reason.NO_SUCH_DAYS), (is_lost, Reason.WIPED_OUT))


def _centred(panel: Panel, count: Column) -> tuple[Column, Panel]:
    """Mean of every row, and the deviations from it (0 where there is no return)."""
    defined = is_defined(panel)
    mean = np.where(defined, panel, 0.0).sum(axis=1) / count
    return mean, np.where(defined, panel - mean[:, None], 0.0)


def _central(squares: Column, total: Column, count: Column) -> Column:
    central = squares - total * total / count
    return np.where(central <= count * np.finfo(np.float64).eps * squares, 0.0, central)


def _logs(returns: Panel, market: Panel) -> dict[str, Column]:
    """Days on which the benchmark rose and fell, and the sums of logarithms over them."""
    growth, market_growth = np.log1p(returns), np.log1p(market)
    columns = []
    for is_such in (market > 0, market < 0):
        columns += [
            is_such.sum(axis=1).astype(np.float64),
            np.where(is_such, growth, 0.0).sum(axis=1),
            np.where(is_such, market_growth, 0.0).sum(axis=1),
        ]
    return dict(zip(_LOGS, columns, strict=True))


def _unpaired(pairs: Pairs, pairs_least: int) -> tuple[tuple[Flags, Reason], ...]:
    has_none = (pairs.benchmark_count == 0, Reason.NO_BENCHMARK)
    return has_none, (pairs.count < max(pairs_least, 1), Reason.TOO_FEW_PAIRS)


def _flat_benchmark(pairs: Pairs) -> tuple[Flags, Reason]:
    return ~(pairs.benchmark_deviation >= FLAT), Reason.NO_BENCHMARK_VARIATION
