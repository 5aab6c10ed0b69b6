with

stated as (
    select original_event_id, account_id, currency, is_effective
    from ({{ touched_events('trades') }}) as trade
    union all
    select original_event_id, account_id, currency, is_effective
    from ({{ touched_events('cash_events') }}) as cash_event
    union all
    select event_id as original_event_id, account_id, currency, true as is_effective
    from {{ replayed(ref('fact_cash_moves')) }}
    where stream = 'corporate_actions'
)

select stated.*, account.base_currency
from stated
inner join {{ ref('dim_account') }} as account on stated.account_id = account.account_id
where stated.is_effective and stated.currency <> account.base_currency
