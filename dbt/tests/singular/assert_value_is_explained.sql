-- Laws, to the last digit, every account, every day: value = net deposits + realized + unrealized + income - costs;
-- cash by trade date = settled cash + what is to be received - what is to be paid.
select *
from ({{ rows_of_this_run(ref('fact_portfolio_value_daily')) }}) as portfolio
where
    total_value <> net_deposits + realized_pnl + unrealized_pnl + income - fees - taxes
    or total_value <> cash_balance + positions_value
    or cash_balance <> cash_settled + receivables - payables
