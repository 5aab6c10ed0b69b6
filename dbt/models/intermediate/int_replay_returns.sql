-- Accounts, and the books that their values are part of, from the day on from which their returns are computed again.
-- What an account is measured against counts as well: a late price of its benchmark moves its beta and nothing else.
with

touched_prices as (
    select symbol, min(occurred_on) as replay_from
    from ({{ touched_events('prices') }}) as price
    group by symbol
),

touched_splits as (
    select symbol, min(effective_date) as replay_from
    from ({{ touched_events('corporate_actions') }}) as corporate_action
    where type = 'SPLIT'
    group by symbol
),

touched_indices as (
    select * from touched_prices
    union all
    select * from touched_splits
),

redefined_accounts as (
    select distinct account_id
    from ({{ touched_events('accounts') }}) as account
),

redefined_currencies as (
    select distinct version.currency
    from ({{ touched_events('symbols') }}) as touched
    inner join {{ ref('stg_symbols') }} as version on touched.symbol = version.symbol
    where version.asset_class = 'RISK_FREE'
),

touched as (
    select account_id, replay_from from {{ ref('int_replay_accounts') }}
    union all
    select account_id, {{ beginning_of_time() }} as replay_from from redefined_accounts
    union all
    -- The first price of a symbol that is also the name of an account, and its last, change what is meant by the name.
    select
        account.account_id,
        case
            when namesake.account_id is null then touched_indices.replay_from
            else {{ beginning_of_time() }}
        end as replay_from
    from {{ ref('dim_account') }} as account
    inner join touched_indices on account.benchmark_symbol = touched_indices.symbol
    left join {{ ref('dim_account') }} as namesake on account.benchmark_symbol = namesake.account_id
    union all
    select account.account_id, model_account.replay_from
    from {{ ref('dim_account') }} as account
    inner join {{ ref('int_replay_accounts') }} as model_account
        on account.benchmark_symbol = model_account.account_id
    union all
    select account.account_id, touched_indices.replay_from
    from {{ ref('dim_account') }} as account
    inner join {{ ref('dim_symbol') }} as symbol
        on account.base_currency = symbol.currency and symbol.asset_class = 'RISK_FREE'
    inner join touched_indices on symbol.symbol = touched_indices.symbol
    union all
    select account.account_id, {{ beginning_of_time() }} as replay_from
    from {{ ref('dim_account') }} as account
    inner join redefined_currencies on account.base_currency = redefined_currencies.currency
),

touched_accounts as (
    select account_id, min(replay_from) as replay_from
    from touched
    group by account_id
),

-- An account that is stated anew may have been in another book before: whatever it was called, that is replayed too.
currencies as (
    select base_currency, account_id from {{ ref('dim_account') }}
    union
    select version.base_currency, version.account_id
    from {{ ref('stg_accounts') }} as version
    inner join redefined_accounts on version.account_id = redefined_accounts.account_id
    union
    select 'USD' as base_currency, account_id from redefined_accounts
),

touched_books as (
    select
        {{ book_of('currencies.base_currency') }} as account_id,
        min(touched_accounts.replay_from) as replay_from
    from touched_accounts
    inner join currencies on touched_accounts.account_id = currencies.account_id
    group by currencies.base_currency
)

select account_id, replay_from from touched_accounts
union all
select account_id, replay_from from touched_books
