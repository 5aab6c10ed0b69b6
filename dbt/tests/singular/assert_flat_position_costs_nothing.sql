-- Law: the last slice of a lot takes the residue, so a flat position costs exactly 0 and holds no lots.
-- `case`, because DuckDB would look for the few flat positions in all of history before it asks which rows are of this run.
select *
from ({{ rows_of_this_run(ref('fact_positions_daily')) }}) as position
where
    case
        when cumulative_position = 0
            then cost_basis <> 0 or cost_basis_incl_fees <> 0 or market_value <> 0 or open_lot_count <> 0
    end
