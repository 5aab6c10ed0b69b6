{{ config(replay_date='month_end') }}

-- depends_on: {{ ref('int_replay_returns') }}
-- The columns of the contract: measures.backtest_rows.BACKTESTS.
select * -- noqa: AM04
from {{ ref('int_backtested') }}
