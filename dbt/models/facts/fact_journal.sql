{#- A view, and one that names no database: the published lake has it in the same words over its own tables. -#}
{{ config(materialized='view') }}

with

postings as (
    {{ journal_postings(
        ref('fact_trades').include(database=false),
        ref('fact_lots').include(database=false),
        ref('fact_cash_moves').include(database=false)
    ) }}
)

select
    event_id,
    account_id,
    symbol,
    currency,
    posting_date,
    ledger_account,
    cast(sum(amount) as {{ amount() }}) as amount
from postings
group by event_id, account_id, symbol, currency, posting_date, ledger_account
having sum(amount) <> 0
