-- depends_on: {{ ref('int_replay_returns') }}
-- The columns of the contract: measures.risk_rows.RISK.
select * -- noqa: AM04
from {{ ref('int_window_risk') }}
{{ in_order_of_months_and_accounts() }}
