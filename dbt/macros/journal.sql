{#- Double entry over the public tables: what every event posts, one row per posting. Each of the first three arguments
    is a relation with the columns of the public table of its name. Debits are positive. Each is read again for every
    kind of posting: keeping a long history of them between two readings took more memory than a run may have. -#}
{% macro journal_postings(trades, lots, cash_moves) %}
with

trades as not materialized (
    select
        trade.trade_id as event_id, trade.account_id, trade.symbol, trade.currency, trade.trade_date, trade.fee,
        {{ cash_of_trade('trade') }} as cash,
        case
            when trade.settle_date is null then day.settlement_date
            else greatest(trade.settle_date, trade.trade_date)
        end as settle_date
    from {{ trades }} as trade
    left join {{ ref('dim_date').include(database=false) }} as day on trade.trade_date = day.calendar_date
),

cash_moves as not materialized (
    select
        event_id, account_id, symbol, currency, occurred_on, settle_date, signed_amount,
        case type
            when 'DEPOSIT' then 'capital' when 'WITHDRAWAL' then 'capital'
            when 'FEE' then 'fees' when 'TAX' then 'taxes' else 'income'
        end as counter_account
    from {{ cash_moves }}
),

lots as not materialized (
    select
        lot.account_id, lot.symbol, account.base_currency as currency, lot.cost, lot.realized_pnl,
        lot.opened_by_event_id, lot.opened_on, lot.closed_by_event_id, lot.closed_on
    from {{ lots }} as lot
    inner join {{ ref('dim_account').include(database=false) }} as account on lot.account_id = account.account_id
),

postings as (
    select event_id, account_id, symbol, currency, trade_date as posting_date, 'unsettled' as ledger_account, cash as amount
    from trades
    union all
    select event_id, account_id, symbol, currency, trade_date, 'fees', fee from trades
    union all
    select event_id, account_id, symbol, currency, settle_date, 'unsettled', -cash from trades
    union all
    select event_id, account_id, symbol, currency, settle_date, 'cash', cash from trades
    union all
    select opened_by_event_id, account_id, symbol, currency, opened_on, 'securities', cost from lots
    union all
    select closed_by_event_id, account_id, symbol, currency, closed_on, 'securities', -cost from lots
    union all
    select closed_by_event_id, account_id, symbol, currency, closed_on, 'realized gains', -realized_pnl from lots
    union all
    select event_id, account_id, symbol, currency, occurred_on, counter_account, -signed_amount from cash_moves
    union all
    select event_id, account_id, symbol, currency, occurred_on, 'unsettled', signed_amount from cash_moves
    union all
    select event_id, account_id, symbol, currency, settle_date, 'unsettled', -signed_amount from cash_moves
    union all
    select event_id, account_id, symbol, currency, settle_date, 'cash', signed_amount from cash_moves
)

select * from postings
where posting_date is not null
{% endmacro %}
