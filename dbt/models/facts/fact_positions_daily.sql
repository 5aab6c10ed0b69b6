{{ config(replay_keys='int_replay_keys', replay_on=['account_id', 'symbol'], replay_date='value_date') }}

-- depends_on: {{ ref('int_replay_keys') }}
-- Spans lie in the order in which their days shall lie. Joined as written, they stream past what they are joined with, and
-- their days keep that order; a plan that takes them for the smaller side would stream the closes.
{% call set_sql_header(config) %}set disabled_optimizers = 'join_order,build_side_probe_side';{% endcall %}
with

valuation_days as (
    select valuation_day_number, value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

-- Days are counted and then looked up: a range join would try every span against every day.
numbered_days as (
    select
        spans.*,
        {{ integers_between(
            'first_day.valuation_day_number + case when first_day.is_valuation_day then 0 else 1 end',
            'last_day.valuation_day_number'
        ) }} as valuation_day_number
    from {{ ref('int_position_spans') }} as spans
    inner join {{ ref('dim_date') }} as first_day on spans.first_date = first_day.calendar_date
    inner join {{ ref('dim_date') }} as last_day on spans.last_date = last_day.calendar_date
),

held_days as (
    select numbered_days.*, valuation_days.value_date
    from numbered_days
    inner join valuation_days on numbered_days.valuation_day_number = valuation_days.valuation_day_number
),

priced as (
    select
        held_days.*,
        coalesce(close.close_price, held_days.last_trade_price) as close_price,
        close.price_date,
        close.price_age_days,
        close.close_price is null as is_price_from_trade
    from held_days
    left join {{ ref('int_closes_daily') }} as close
        on held_days.symbol = close.symbol and held_days.value_date = close.value_date
),

valued as (
    select *, {{ value_of('cumulative_position', 'close_price') }} as market_value
    from priced
)

select
    account_id,
    symbol,
    value_date,
    cumulative_position,
    avg_cost_per_share,
    cost_basis,
    cost_basis_incl_fees,
    close_price,
    price_date,
    price_age_days,
    coalesce(price_age_days > 5, false) as is_price_stale,
    is_price_from_trade,
    market_value,
    realized_pnl,
    realized_pnl_net,
    cast(market_value - cost_basis as {{ amount() }}) as unrealized_pnl,
    cast(market_value - cost_basis_incl_fees as {{ amount() }}) as unrealized_pnl_net,
    fees,
    open_lot_count,
    last_trade_price
from valued
