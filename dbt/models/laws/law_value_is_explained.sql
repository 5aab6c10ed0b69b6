select
    account_id,
    value_date,
    total_value,
    net_deposits,
    realized_pnl,
    unrealized_pnl,
    income,
    fees,
    taxes,
    cash_balance,
    positions_value,
    cash_settled,
    receivables,
    payables
from {{ replayed(ref('fact_portfolio_value_daily')) }}
where
    total_value <> net_deposits + realized_pnl + unrealized_pnl + income - fees - taxes
    or total_value <> cash_balance + positions_value
    or cash_balance <> cash_settled + receivables - payables
