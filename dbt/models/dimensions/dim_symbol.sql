{{ config(
    materialized='incremental',
    incremental_strategy='by_key',
    unique_key='symbol',
    on_schema_change='fail'
) }}

with

stated as (
    select *
    from {{ ref('stg_symbols') }}
    where is_effective
    qualify row_number() over (partition by symbol order by occurred_at desc, original_event_id desc) = 1
),

-- By this run; what was mentioned before has a row. One that lost its description keeps the row, as an inferred one.
mentioned as (
    select symbol from {{ replayed(ref('stg_trades')) }}
    where resolved_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_prices')) }}
    where resolved_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_cash_events')) }}
    where symbol is not null and commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_corporate_actions')) }}
    where symbol is not null and commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_symbols')) }}
    where resolved_seq > {{ replay_after_seq() }}
),

undescribed as (
    from mentioned anti join stated on mentioned.symbol = stated.symbol
),

-- What nobody has described is in the currency in which it is priced, or traded if it has no price.
priced as (
    {{ last_currencies(ref('stg_prices'), 'undescribed') }}
),

unpriced as (
    from undescribed anti join priced on undescribed.symbol = priced.symbol
),

traded as (
    {{ last_currencies(ref('stg_trades'), 'unpriced') }}
)

select
    mentioned.symbol,
    stated.name,
    stated.sector,
    coalesce(stated.currency, priced.currency, traded.currency, 'USD') as currency,
    coalesce(stated.asset_class, 'EQUITY') as asset_class,
    stated.symbol is null as is_inferred
from mentioned
left join stated on mentioned.symbol = stated.symbol
left join priced on mentioned.symbol = priced.symbol
left join traded on mentioned.symbol = traded.symbol
