{{ config(incremental_strategy='by_key', unique_key='event_id') }}

with

corrections as (
    select * from {{ source('event_log', 'corrections') }}
),

first_versions as (
    select * from corrections
    qualify row_number() over (partition by event_id order by commit_seq) = 1
)

-- The columns are those of the generated source: naming them here would state them twice.
select * from first_versions  -- noqa: AM04
