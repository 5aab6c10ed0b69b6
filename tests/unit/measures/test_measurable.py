"""Returns that say nothing of risk, by the same rule as in the tables."""

import re
from pathlib import Path

import numpy as np

from measures.measurable import MEASURABLE_MOST, is_beyond_measure, measurable, measurable_benchmark

CHAIN = Path(__file__).parents[3] / "dbt" / "macros" / "chain.sql"


def test_a_return_beyond_ten_thousand_percent_is_none_either_way():
    returns = np.array([100.0, 100.5, -100.0, -100.5, np.nan, -1.0])

    assert is_beyond_measure(returns).tolist() == [False, True, False, True, False, False]
    np.testing.assert_array_equal(measurable(returns), [100.0, np.nan, -100.0, np.nan, np.nan, -1.0])


def test_a_benchmark_that_lost_everything_is_no_measure_of_that_day():
    returns = np.array([100.0, 100.5, -0.99, -1.0, -1.5, np.nan])

    np.testing.assert_array_equal(measurable_benchmark(returns), [100.0, np.nan, -0.99, np.nan, np.nan, np.nan])


def test_tables_draw_the_line_at_the_same_return():
    (percent,) = re.findall(r"macro measurable_return_pct\(\) -%}\s+(\d+)\s", CHAIN.read_text(encoding="utf-8"))

    assert int(percent) == 100 * MEASURABLE_MOST
