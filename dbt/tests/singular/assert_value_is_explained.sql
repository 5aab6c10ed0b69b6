-- Law: value = net deposits + realized + unrealized + income - costs, to the last digit, every account, every day.
select *
from ({{ rows_of_this_run(ref('fact_portfolio_value_daily')) }}) as portfolio
where
    total_value <> net_deposits + realized_pnl + unrealized_pnl + income - fees - taxes
    or total_value <> cash_balance + positions_value
