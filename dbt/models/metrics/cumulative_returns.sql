select
    wealth.account_id,
    wealth.value_date,
    100 * ({{ wealth('wealth.log_wealth', 'wealth.wealth_sign') }} - 1) as cumulative_return_pct,
    100 * ({{ wealth('wealth.log_wealth_flows_start', 'wealth.wealth_sign_flows_start') }} - 1)
        as cumulative_return_flows_start_pct,
    100 * ({{ wealth('wealth.log_wealth_flows_end', 'wealth.wealth_sign_flows_end') }} - 1)
        as cumulative_return_flows_end_pct
from {{ replayed(ref('int_wealth')) }} as wealth
inner join {{ ref('int_replay_returns') }} as replay
    on wealth.account_id = replay.account_id and wealth.value_date >= replay.replay_from
{{ in_order_of_months_and_accounts() }}
