{#- The last position row of every key that this run touched, whenever it was. -#}
{% macro last_positions_of_this_run() %}
    {% set keys %}(
        select account_id, symbol, {{ end_of_time() }} as replay_from from {{ ref('int_replay_keys') }}
    ){% endset %}
    select
        account_id,
        symbol,
        cumulative_position,
        cost_basis,
        market_value,
        realized_pnl + unrealized_pnl as pnl,
        value_date
    from ({{ last_rows_before(ref('fact_positions_daily'), keys, ['account_id', 'symbol']) }})
{% endmacro %}

{#- What every key that this run touched has traded up to the last valuation day; a purchase counts positive. -#}
{% macro trades_to_date_of_this_run() %}
    select
        trade.account_id,
        trade.symbol,
        sum(trade.signed_quantity) as signed_quantity,
        sum(case when trade.side = 'BUY' then trade.consideration else -trade.consideration end) as paid
    from {{ ref('fact_trades') }} as trade
    inner join {{ ref('int_replay_keys') }} as replay
        on trade.account_id = replay.account_id and trade.symbol = replay.symbol
    inner join {{ ref('dim_date') }} as day
        on trade.trade_date = day.calendar_date
    where day.value_date is not null and {{ is_of_touched_account('trade.account_id', ref('int_replay_keys')) }}
    group by trade.account_id, trade.symbol
{% endmacro %}
