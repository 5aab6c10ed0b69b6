{#- The last row of each replayed key before its replay_from, as fact_positions_daily had it before this run: read by
    name, because it is built from them. A half-finished run changes nothing here: rows before replay_from stay. -#}
-- depends_on: {{ ref('int_replay_keys') }} {{ ref('dim_date') }}
{% set positions = adapter.get_relation(this.database, target.schema ~ '_facts', 'fact_positions_daily')
    if execute else none %}
{% if positions and not flags.FULL_REFRESH %}
{{ last_rows_before(positions, ref('int_replay_keys'), ['account_id', 'symbol']) }}
{% else %}
select
    cast(null as varchar) as account_id,
    cast(null as varchar) as symbol,
    cast(null as {{ units() }}) as cumulative_position,
    cast(null as {{ amount() }}) as cost_basis,
    cast(null as {{ amount() }}) as cost_basis_incl_fees,
    cast(null as {{ amount() }}) as realized_pnl,
    cast(null as {{ amount() }}) as realized_pnl_net,
    cast(null as {{ amount() }}) as fees,
    cast(null as bigint) as open_lot_count,
    cast(null as {{ number() }}) as last_trade_price,
    cast(null as date) as replay_from
where false
{% endif %}
