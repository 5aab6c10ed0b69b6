with

touched as (
    select account_id, replay_from from {{ ref('int_replay_keys') }}
    union all
    select account.account_id, new_day.replay_from
    from {{ ref('dim_account') }} as account
    cross join {{ ref('int_touched_days') }} as new_day
)

select
    account_id,
    min(replay_from) as replay_from
from touched
group by account_id
