{{ config(materialized='view') }}

with

numbered as (
    select calendar_date, valuation_day_number, max(valuation_day_number) over () as last_number
    from {{ ref('dim_date') }}
    where is_valuation_day
)

-- A year of returns needs the close before it.
select calendar_date as value_date, valuation_day_number
from numbered
where valuation_day_number > last_number - 253
