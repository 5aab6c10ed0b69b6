"""Figures of other projects: navlog's is the same, or docs/decisions/0014 lists the convention."""

import numpy as np
import pandas as pd
import pytest

from measures import benchmark, drawdowns, ratios, returns, value_at_risk
from measures.measured import stacked
from measures.moments import moments_of
from measures.panels import as_panel, windows
from tests.unit.measures.risk_examples import (
    EXAMPLES,
    FIXTURES,
    OURS,
    Call,
    departures,
    figure,
    rows_of,
    series_cases,
)

CALLS = rows_of("empyrical_cases.csv")
RESULTS = {row["id"]: row for row in rows_of("empyrical_expected.csv")}
CHECKS = [(case, check) for case in series_cases() for check in case["expected"]]
DEPARTURES = departures()


def name_of(check):
    period = check.get("at", {})
    return " ".join([check["metric"], *(period[bound] for bound in ("begin", "end") if bound in period)])


def is_same(theirs, ours, tolerance):
    try:
        return abs(float(theirs) - float(ours)) <= tolerance
    except ValueError:
        return theirs == ours


@pytest.mark.parametrize("row", CALLS, ids=lambda row: row["id"])
def test_calls_of_empyrical(row):
    result = RESULTS[row["id"]]
    expected = np.array([float(text) for text in result["expected"].split("|") if text])

    ours = OURS[row["function"]](Call(row))

    departure = DEPARTURES.get((row["id"], row["function"]))
    if departure:
        assert (departure, np.isnan(ours).all()) == ((result["expected"], "none"), True)
    else:
        np.testing.assert_allclose(ours, expected, rtol=0, atol=1.5 * 10.0 ** -int(result["decimals"]))


@pytest.mark.parametrize(("case", "check"), CHECKS, ids=lambda part: part.get("id", part.get("metric")))
def test_series_of_other_projects(case, check):
    ours, theirs = figure(case, check), check["value"]

    departure = DEPARTURES.get((case["id"], name_of(check)))
    if departure:
        assert departure[0] == theirs
        assert is_same(departure[1], ours, 1e-9)
        assert not is_same(theirs, ours, float(check["tol"]))
    else:
        assert is_same(theirs, ours, float(check["tol"])), ours


def test_every_listed_departure_is_of_a_case():
    asked = {(row["id"], row["function"]) for row in CALLS} | {(case["id"], name_of(check)) for case, check in CHECKS}

    assert set(DEPARTURES) <= asked


class Account:
    """For the figures of empyrical 0.7.1 and quantstats 0.0.86 (risk_summary.csv), bridged to their conventions.

    The daily returns of an account, the S&P 500's on the same days, and what follows from them."""

    def __init__(self, name):
        folder = "real_splits" if name.startswith("RS") else "real_history"
        daily = pd.read_parquet(FIXTURES / folder / "expected_portfolio_daily.parquet")
        daily = daily[daily["account_id"] == name].dropna(subset="daily_return").sort_values("date")
        index = pd.read_parquet(EXAMPLES / "sp500_index.parquet").set_index("date")["close"].pct_change()
        self.panel = as_panel(daily["daily_return"].to_numpy())
        self.market = as_panel(index.reindex(daily["date"].astype(str)).to_numpy())
        self.count = self.panel.shape[1]
        self.moments, self.pairs = moments_of(self.panel), benchmark.pairs_of(self.panel, self.market)
        self.rows = value_at_risk.ordered(self.panel)
        self.deepest = drawdowns.max_and_current_drawdown(self.panel)[0]

    def yearly(self):
        return returns.annualised(returns.cumulative(self.panel), np.array([365 * self.count / 252]))

    def sample_skew(self):
        n = self.count
        return ratios.skew(self.moments).values[0] * np.sqrt(n * (n - 1)) / (n - 2)

    def sample_kurtosis(self):
        n = self.count
        return (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * ratios.kurtosis(self.moments).values[0] + 6)

    def mean_of_lowest(self, cutoff):
        return value_at_risk.tail_mean(self.rows, (int((self.count - 1) * cutoff) + 1) / self.count)[0]

    def quantile(self, cutoff):
        return value_at_risk.quantile(self.rows, cutoff)[0]

    def normal(self):
        return value_at_risk.normal(self.moments, 0.95)


def value(column):
    return column.values[0]


FIGURES = {
    "cum_return_final": lambda a: value(returns.cumulative(a.panel)),
    "comp": lambda a: value(returns.cumulative(a.panel)),
    "annual_return": lambda a: value(a.yearly()),
    "cagr": lambda a: value(a.yearly()),
    "annual_volatility": lambda a: value(ratios.volatility(a.moments)),
    "volatility": lambda a: value(ratios.volatility(a.moments)),
    "max_drawdown": lambda a: value(a.deepest),
    "sharpe": lambda a: value(ratios.sharpe(a.moments)),
    "sharpe_ratio rf=0": lambda a: value(ratios.sharpe(a.moments)),
    "sharpe_ratio rf=0.02/252 per day": lambda a: value(ratios.sharpe(a.moments, 0.02 / 252)),
    "sortino": lambda a: value(ratios.sortino(a.moments)),
    "sortino_ratio": lambda a: value(ratios.sortino(a.moments)),
    "downside_risk": lambda a: value(ratios.downside_deviation(a.moments)),
    "calmar": lambda a: value(ratios.calmar(a.yearly(), a.deepest)),
    "calmar_ratio": lambda a: value(ratios.calmar(a.yearly(), a.deepest)),
    "omega_ratio": lambda a: value(ratios.omega(a.moments)),
    "tail_ratio": lambda a: value(value_at_risk.tail_ratio(a.rows)),
    "stability_of_timeseries": lambda a: value(returns.stability(a.panel)),
    "value_at_risk cutoff=0.05": lambda a: a.quantile(0.05),
    "value_at_risk cutoff=0.01": lambda a: a.quantile(0.01),
    "conditional_value_at_risk cutoff=0.05": lambda a: a.mean_of_lowest(0.05),
    "conditional_value_at_risk cutoff=0.01": lambda a: a.mean_of_lowest(0.01),
    "value_at_risk parametric normal, 0.95": lambda a: -value(a.normal().value_at_risk),
    "conditional_value_at_risk gaussian expected shortfall, 0.95": lambda a: -value(a.normal().expected_shortfall),
    "alpha": lambda a: value(benchmark.alpha(a.pairs)),
    "beta": lambda a: value(benchmark.beta(a.pairs)),
    "tracking_error_annual": lambda a: value(benchmark.tracking_error(a.pairs)),
    "win_rate": lambda a: value(ratios.hit_rate(a.moments)),
    "skew": Account.sample_skew,
    "kurtosis": Account.sample_kurtosis,
    "ulcer_index": lambda a: value(drawdowns.ulcer_index(a.panel)) * np.sqrt(a.count / (a.count - 1)),
}
SUMMARY = rows_of("risk_summary.csv")


@pytest.mark.parametrize("name", sorted({row["account_id"] for row in SUMMARY}))
def test_figures_on_real_returns(name):
    account, wrong = Account(name), []
    for row in (row for row in SUMMARY if row["account_id"] == name):
        metric = row["metric"]
        ours = FIGURES.get(metric, FIGURES.get(f"{metric} {row['params']}"))(account)
        tolerance = 1e-4 if metric in {"alpha", "beta"} else 1e-6
        theirs = float(row["value"]) if row["value"] else np.nan
        if not np.isclose(ours, theirs, rtol=tolerance, atol=1e-9, equal_nan=True):
            wrong.append((metric, row["params"], theirs, ours))

    assert wrong == []


@pytest.mark.parametrize("folder", ["real_history", "real_splits"])
def test_days_of_real_histories(folder):
    """Cumulative return, drawdown and volatility of 30 defined returns, as the slow ledger has them day by day."""
    daily = pd.read_parquet(FIXTURES / folder / "expected_portfolio_daily.parquet").sort_values(["account_id", "date"])
    daily = daily.dropna(subset="daily_return").reset_index()
    first = daily.groupby("account_id")["date"].transform(lambda days: days.index[0]).to_numpy()
    last = daily.index.to_numpy()
    column = daily["daily_return"].to_numpy()

    month, history = (windows(column, first, last, length) for length in (30, len(daily)))
    found = [
        (
            "rolling_vol_30d",
            [ratios.volatility(moments_of(month.panel(rows)), returns_least=30) for rows in month.slices()],
        ),
        ("cumulative_return", [returns.cumulative(history.panel(rows)) for rows in history.slices()]),
        ("drawdown", [drawdowns.max_and_current_drawdown(history.panel(rows))[1] for rows in history.slices()]),
    ]

    for name, parts in found:
        np.testing.assert_allclose(stacked(parts).values, daily[name], rtol=0, atol=2e-7, err_msg=name)
