select
    account_id,
    symbol,
    value_date,
    cost_basis,
    cost_basis_incl_fees,
    market_value,
    open_lot_count
from {{ replayed(ref('fact_positions_daily')) }}
where
    cumulative_position = 0
    and (cost_basis <> 0 or cost_basis_incl_fees <> 0 or market_value <> 0 or open_lot_count <> 0)
