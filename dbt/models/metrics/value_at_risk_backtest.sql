{{ config(replay_date='month_end') }}

-- depends_on: {{ ref('int_replay_returns') }}
select *
from {{ ref('int_backtested') }}
