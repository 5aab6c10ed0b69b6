{{ config(materialized='ephemeral') }}

with

cash_events as (
    select
        original_event_id as event_id,
        'cash_events' as stream,
        account_id,
        coalesce(symbol, '$CASH') as symbol,
        type,
        amount,
        currency,
        occurred_on,
        description
    from {{ ref('stg_cash_events') }}
    where is_effective
),

fees_of_cancelled_trades as (
    select
        original_event_id as event_id,
        'trades' as stream,
        account_id,
        symbol,
        'FEE' as type,
        retained_fee as amount,
        currency,
        occurred_on,
        'Fee kept of a cancelled trade' as description
    from {{ ref('stg_trades') }}
    where retained_fee > 0
)

select * from cash_events
union all
select * from fees_of_cancelled_trades
