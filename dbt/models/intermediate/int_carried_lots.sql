{#- The slices open at each key's replay_from, as fact_lots had them before this run: read by name, because fact_lots is
    built from them. A half-finished run changes nothing here: events before replay_from stay as they are. -#}
-- depends_on: {{ ref('int_replay_lots') }} {{ ref('dim_account') }}
{% set fact_lots = adapter.get_relation(this.database, target.schema ~ '_facts', 'fact_lots') if execute else none %}
{% if fact_lots and not flags.FULL_REFRESH %}
select
    lot.account_id,
    lot.symbol,
    account.lot_method,
    lot.lot_id,
    lot.acquired_at,
    lot.opened_at,
    lot.opened_by_event_id,
    lot.quantity,
    lot.cost,
    lot.entry_fee
from {{ fact_lots }} as lot
inner join {{ ref('int_replay_lots') }} as replay
    on
        lot.account_id = replay.account_id
        and lot.symbol = replay.symbol
        and lot.opened_on < replay.replay_from
        and coalesce(lot.closed_on, {{ end_of_time() }}) >= replay.replay_from
inner join {{ ref('dim_account') }} as account on lot.account_id = account.account_id
where {{ is_of_touched_account('lot.account_id', ref('int_replay_lots')) }}
{% else %}
select
    cast(null as varchar) as account_id,
    cast(null as varchar) as symbol,
    cast(null as varchar) as lot_method,
    cast(null as varchar) as lot_id,
    cast(null as timestamp) as acquired_at,
    cast(null as timestamp) as opened_at,
    cast(null as varchar) as opened_by_event_id,
    cast(null as {{ units() }}) as quantity,
    cast(null as {{ amount() }}) as cost,
    cast(null as {{ amount() }}) as entry_fee
where false
{% endif %}
