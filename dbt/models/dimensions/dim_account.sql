{{ config(
    materialized='incremental',
    incremental_strategy='by_key',
    unique_key='account_id',
    on_schema_change='fail'
) }}

with

stated as (
    select *
    from {{ ref('stg_accounts') }}
    where is_effective
    qualify row_number() over (partition by account_id order by occurred_at desc, original_event_id desc) = 1
),

-- By this run; whoever was mentioned before has a row. One that lost its description keeps the row, as an inferred one.
mentioned as (
    select account_id from {{ replayed(ref('stg_trades')) }}
    where commit_seq > {{ replay_after_seq() }}
    union
    select account_id from {{ replayed(ref('stg_cash_events')) }}
    where commit_seq > {{ replay_after_seq() }}
    union
    select account_id from {{ replayed(ref('stg_accounts')) }}
    where resolved_seq > {{ replay_after_seq() }}
)

select
    mentioned.account_id,
    stated.name,
    coalesce(stated.base_currency, 'USD') as base_currency,
    coalesce(stated.lot_method, 'FIFO') as lot_method,
    stated.benchmark_symbol,
    stated.opened_on,
    stated.account_id is null as is_inferred
from mentioned
left join stated on mentioned.account_id = stated.account_id
