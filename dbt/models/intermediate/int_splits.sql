{{ config(materialized='view') }}

with

effective_splits as (
    select
        original_event_id as event_id,
        symbol,
        effective_date,
        {{ scaled('numerator') }} as numerator,
        {{ scaled('denominator') }} as denominator
    from {{ ref('stg_corporate_actions') }}
    where is_effective and type = 'SPLIT'
)

select
    event_id,
    symbol,
    effective_date,
    numerator // gcd(numerator, denominator) as new_units,
    denominator // gcd(numerator, denominator) as old_units
from effective_splits
