{{ config(replay_keys='int_replay_keys', replay_on=['account_id', 'symbol'], replay_date='value_date') }}

-- depends_on: {{ ref('int_replay_keys') }}
with

valuation_days as (
    select valuation_day_number, value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

-- Days are counted and then looked up: a range join would try every change against every day.
numbered_days as (
    select
        spans.*,
        {{ integers_between(
            'first_day.valuation_day_number + case when first_day.is_valuation_day then 0 else 1 end',
            'coalesce(last_day.valuation_day_number, (select max(valuation_day_number) from valuation_days))'
        ) }} as valuation_day_number
    from {{ ref('int_position_spans') }} as spans
    inner join {{ ref('dim_date') }} as first_day on spans.first_date = first_day.calendar_date
    left join {{ ref('dim_date') }} as last_day on spans.last_date = last_day.calendar_date
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
{{ in_order_of_months_and_accounts() }}
