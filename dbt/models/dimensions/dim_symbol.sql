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
    where commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_prices')) }}
    where commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_cash_events')) }}
    where symbol is not null and commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_corporate_actions')) }}
    where symbol is not null and commit_seq > {{ replay_after_seq() }}
    union
    select symbol from {{ replayed(ref('stg_symbols')) }}
    where resolved_seq > {{ replay_after_seq() }}
)

select
    mentioned.symbol,
    stated.name,
    stated.sector,
    coalesce(stated.currency, 'USD') as currency,
    coalesce(stated.asset_class, 'EQUITY') as asset_class,
    stated.symbol is null as is_inferred
from mentioned
left join stated on mentioned.symbol = stated.symbol
