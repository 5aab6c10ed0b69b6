"""A table can keep the sums from the first day on: SQL adds them up, ``Sums`` and ``PairSums`` make measures of them.

The sums are decimals, as in ``int_wealth`` (docs/decisions/0004): exact in any order, so that an incremental run and a
rebuild agree to the last bit. 24 decimals leave the measures nine digits or more.
"""

from dataclasses import fields

import duckdb
import numpy as np
import pandas as pd

from measures.benchmark import PairSums, pairs_of
from measures.moments import Sums, moments_of
from measures.window_risk import moment_columns, pair_columns

RUNNING = """
with exact as (
    select day, r, b, r is not null and b is not null as is_pair,
        cast(r as decimal(38, 24)) as r1, cast(r ** 2 as decimal(38, 24)) as r2, cast(r ** 3 as decimal(38, 24)) as r3,
        cast(r ** 4 as decimal(38, 24)) as r4, cast(b as decimal(38, 24)) as b1,
        cast(b ** 2 as decimal(38, 24)) as b2, cast(r * b as decimal(38, 24)) as rb,
        cast((r - b) ** 2 as decimal(38, 24)) as active2,
        cast(ln(1 + r) as decimal(38, 24)) as log_r, cast(ln(1 + b) as decimal(38, 24)) as log_b
    from series
)
select
    count(r) over past as count, sum(r1) over past as total, sum(r2) over past as squares, sum(r3) over past as cubes,
    sum(r4) over past as fourths, sum(r2) filter (r < 0) over past as below_squares,
    sum(r1) filter (r > 0) over past as gains, -sum(r1) filter (r < 0) over past as losses,
    count(*) filter (r > 0) over past as up_count, count(*) filter (r < 0) over past as down_count,
    max(r) over past as best, min(r) over past as worst,
    count(*) filter (is_pair) over past as pair_count, count(b) over past as pair_benchmark_count,
    sum(r1) filter (is_pair) over past as pair_total, sum(b1) filter (is_pair) over past as pair_benchmark_total,
    sum(b2) filter (is_pair) over past as pair_benchmark_squares, sum(rb) over past as pair_products,
    sum(active2) over past as pair_active_squares,
    count(*) filter (is_pair and b > 0) over past as pair_up_count,
    sum(log_r) filter (is_pair and b > 0) over past as pair_up_log,
    sum(log_b) filter (is_pair and b > 0) over past as pair_up_benchmark_log,
    count(*) filter (is_pair and b < 0) over past as pair_down_count,
    sum(log_r) filter (is_pair and b < 0) over past as pair_down_log,
    sum(log_b) filter (is_pair and b < 0) over past as pair_down_benchmark_log
from exact
window past as (order by day)
order by day
"""


def sums_of_table(kind, table, prefix=""):
    names = [field.name for field in fields(kind)]
    return kind(**{name: table[prefix + name].astype(float).fillna(0.0).to_numpy() for name in names})


def test_sums_kept_in_sql_give_the_measures_of_all_history():
    chance = np.random.default_rng(8)
    own, market = 0.01 * chance.standard_normal((2, 400))
    own[[0, 7, 200]], market[[1, 7, 300]] = np.nan, np.nan
    frame = pd.DataFrame({"day": range(400), "r": own, "b": market})
    with duckdb.connect() as database:
        database.register("frame", frame)
        database.execute("create table series as select day, nullif(r, 'nan') as r, nullif(b, 'nan') as b from frame")
        table = database.sql(RUNNING).df()

    from_sql = moment_columns(sums_of_table(Sums, table).moments())
    from_sql |= pair_columns(sums_of_table(PairSums, table, "pair_").pairs())

    for day in (0, 1, 3, 50, 399):
        own_past, market_past = own[: day + 1], market[: day + 1]
        expected = moment_columns(moments_of(own_past)) | pair_columns(pairs_of(own_past, market_past))
        for name, column in expected.items():
            assert (name, from_sql[name].reasons[day]) == (name, column.reasons[0])
            np.testing.assert_allclose(from_sql[name].values[day], column.values[0], rtol=1e-9, err_msg=name)
