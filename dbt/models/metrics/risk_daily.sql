-- depends_on: {{ ref('int_replay_returns') }}
select *
from {{ ref('int_window_risk') }}
{{ in_order_of_days() }}
