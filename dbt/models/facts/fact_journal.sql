{#- A view, and one that names no database: the published lake has it in the same words over its own tables. -#}
{{ config(materialized='view') }}

{{ journal_postings(
    ref('fact_trades').include(database=false),
    ref('fact_lots').include(database=false),
    ref('fact_cash_moves').include(database=false)
) }}
