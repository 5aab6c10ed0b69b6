-- Replayed positions between two changes: from first_date to last_date each day ends with the same units and cost. Cut
-- where months end, and put in order: there are several days to a span, so this is the cheaper place to sort them.
with

states as (
    select *
    from {{ ref('int_position_changes') }}
    union all
    select
        account_id, symbol, replay_from, cast(replay_from - interval 1 day as date) as value_date,
        cumulative_position, cost_basis, cost_basis_incl_fees - cost_basis as entry_fee,
        realized_pnl, realized_pnl_net, fees, open_lot_count, last_trade_price
    from {{ ref('int_carried_positions') }}
),

running as (
    select
        account_id,
        symbol,
        replay_from,
        value_date as valid_from,
        cast(sum(quantity) over so_far as {{ units() }}) as cumulative_position,
        cast(sum(cost) over so_far as {{ amount() }}) as cost_basis,
        cast(sum(cost) over so_far + sum(entry_fee) over so_far as {{ amount() }}) as cost_basis_incl_fees,
        cast(sum(realized_pnl) over so_far as {{ amount() }}) as realized_pnl,
        cast(sum(realized_pnl_net) over so_far as {{ amount() }}) as realized_pnl_net,
        cast(sum(fees) over so_far as {{ amount() }}) as fees,
        cast(sum(open_lot_count) over so_far as bigint) as open_lot_count,
        last_value(last_trade_price ignore nulls) over so_far as last_trade_price,
        lead(value_date) over so_far as next_change
    from states
    window so_far as (partition by account_id, symbol order by value_date)
),

last_valuation_day as (
    select max(value_date) as value_date from {{ ref('dim_date') }}
),

-- A flat position has a row on the day that it became flat and no more.
spans as (
    select
        running.*,
        greatest(valid_from, replay_from) as first_date,
        case
            when cumulative_position = 0 then valid_from
            when next_change <= last_valuation_day.value_date then cast(next_change - interval 1 day as date)
            else last_valuation_day.value_date
        end as last_date
    from running
    cross join last_valuation_day
),

spans_of_months as (
    select *, {{ months_between('first_date', 'last_date') }} as month
    from spans
    where first_date <= last_date
)

select
    account_id,
    symbol,
    cumulative_position,
    cost_basis,
    cost_basis_incl_fees,
    cast(coalesce({{ exact_quotient('cost_basis', 'cumulative_position') }}, 0) as {{ amount() }})
        as avg_cost_per_share,
    realized_pnl,
    realized_pnl_net,
    fees,
    open_lot_count,
    last_trade_price,
    greatest(first_date, month) as first_date,
    least(last_date, last_day(month)) as last_date
from spans_of_months
{% if is_built_from_the_start() %}order by month, account_id{% endif %}
