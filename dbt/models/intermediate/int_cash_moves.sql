{{ config(materialized='ephemeral') }}

with

cash_events as (
    select
        account_id,
        coalesce(symbol, '$CASH') as symbol,
        type,
        amount,
        occurred_on
    from {{ ref('stg_cash_events') }}
    where is_effective
),

fees_of_cancelled_trades as (
    select
        account_id,
        symbol,
        'FEE' as type,
        retained_fee as amount,
        occurred_on
    from {{ ref('stg_trades') }}
    where retained_fee > 0
)

select * from cash_events
union all
select * from fees_of_cancelled_trades
