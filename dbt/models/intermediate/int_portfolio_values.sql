{{ config(materialized='view') }}

{% set columns = ['account_id', 'value_date', 'total_value', 'inflow', 'outflow', 'net_deposits', 'realized_pnl',
    'unrealized_pnl', 'income', 'fees', 'taxes'] | join(', ') %}
select {{ columns }} from {{ ref('fact_portfolio_value_daily') }}
union all
select {{ columns }} from {{ ref('int_book_values') }}
