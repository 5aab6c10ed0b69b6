with

touched_accounts as (
    select distinct account_id
    from ({{ touched_events('accounts') }}) as account
),

prices_of_touched_symbols as (
    select symbol, currency, max_by(original_event_id, commit_seq) as original_event_id
    from {{ ref('stg_prices') }}
    where is_effective and symbol in (select replay.symbol from {{ ref('int_replay_keys') }} as replay)
    group by symbol, currency
),

-- Of an account that may report in another currency now, all that it ever did.
stated as (
    select original_event_id, account_id, symbol, currency
    from ({{ touched_events('trades') }}) as trade
    where is_effective
    union
    select original_event_id, account_id, symbol, currency
    from ({{ touched_events('cash_events') }}) as cash_event
    where is_effective
    union
    select event_id as original_event_id, account_id, symbol, currency
    from {{ replayed(ref('fact_cash_moves')) }}
    where stream = 'corporate_actions'
    union
    select original_event_id, account_id, symbol, currency
    from {{ ref('stg_trades') }}
    where is_effective and account_id in (select touched_accounts.account_id from touched_accounts)
    union
    select original_event_id, account_id, symbol, currency
    from {{ ref('stg_cash_events') }}
    where is_effective and account_id in (select touched_accounts.account_id from touched_accounts)
    union
    select price.original_event_id, replay.account_id, price.symbol, price.currency
    from prices_of_touched_symbols as price
    inner join {{ ref('int_replay_keys') }} as replay on price.symbol = replay.symbol
)

select stated.*, account.base_currency
from stated
inner join {{ ref('dim_account') }} as account on stated.account_id = account.account_id
where stated.currency <> account.base_currency
