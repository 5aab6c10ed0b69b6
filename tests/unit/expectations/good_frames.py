"""One good row, repeated with its own key, for every batch that has a suite; loaded the way the flows load them.

What an event is compared with (``CONTEXT``) is 1: just as it was before.
"""

from __future__ import annotations

import duckdb
import pandas as pd

from eventlog.events import STREAMS
from expectations.risk import RISK_FIGURES, TESTS
from expectations.streams import CONTEXT

MONEY = "decimal(28, 8)"

EVENTS = {
    "trades": {"account_id": "A1", "symbol": "ACME", "side": "BUY", "quantity": 10, "price": 5, "fee": 1},
    "prices": {"symbol": "ACME", "price": 6},
    "cash_events": {"account_id": "A1", "type": "DEPOSIT", "amount": 100, "description": "R&D <refund>"},
    "corporate_actions": {
        "symbol": "ACME", "type": "SPLIT", "numerator": 2, "denominator": 1, "effective_date": "2024-01-02",
    },
    "fx_rates": {"base": "EUR", "quote": "USD", "rate": "1.1"},
    "corrections": {"action": "CANCEL", "corrects_stream": "trades", "corrects_event_id": "t1"},
    "accounts": {"account_id": "A1", "name": "Ada", "lot_method": "FIFO"},
    "symbols": {"symbol": "ACME", "name": "Acme", "asset_class": "EQUITY"},
}  # fmt: skip
ENVELOPE = {
    "occurred_at": "2024-01-02 10:00:00",
    "recorded_at": "2024-01-02 11:00:00",
    "batch_id": "ab" * 16,
    "schema_version": 1,
}

ACCOUNT_DAY = "'A1' as account_id, date '2024-01-01' + number::integer as value_date"
TABLES = {
    "dim_account": """'A' || number as account_id, 'Ada' as name, 'USD' as base_currency, 'FIFO' as lot_method,
        null::varchar as benchmark_symbol, null::date as opened_on, false as is_inferred""",
    "dim_symbol": """'S' || number as symbol, 'Acme' as name, null::varchar as sector, 'USD' as currency,
        'EQUITY' as asset_class, false as is_inferred""",
    "dim_date": """date '2024-01-01' + number::integer as calendar_date, true as is_valuation_day,
        date '2024-01-02' + number::integer as value_date, number as valuation_day_number,
        date '2024-01-03' + number::integer as settlement_date""",
    "fact_trades": f"""'t' || number as trade_id, 'e' || number as event_id, 'A1' as account_id, 'ACME' as symbol,
        'SELL' as side, 10::{MONEY} as quantity, -10::{MONEY} as signed_quantity, 5::{MONEY} as price,
        50::{MONEY} as consideration, 1::{MONEY} as fee, 'USD' as currency,
        timestamp '2024-01-02 10:00:00' as traded_at, date '2024-01-02' as trade_date, null::date as settle_date,
        null::varchar as venue, 0::{MONEY} as consideration_difference, false as is_amended""",
    "fact_lots": f"""'s' || number as slice_id, 'A1' as account_id, 'ACME' as symbol, 'l1' as lot_id,
        'FIFO' as lot_method, timestamp '2024-01-02' as acquired_at, timestamp '2024-01-02' as opened_at,
        date '2024-01-02' as opened_on, 'e1' as opened_by_event_id,
        case when number % 2 = 0 then timestamp '2024-02-02' end as closed_at,
        case when number % 2 = 0 then date '2024-02-02' end as closed_on,
        case when number % 2 = 0 then 'e2' end as closed_by_event_id,
        case when number % 2 = 0 then 'sold' end as close_reason, 10::{MONEY} as quantity, 5::{MONEY} as unit_cost,
        50::{MONEY} as cost, 1::{MONEY} as entry_fee, case when number % 2 = 0 then 60::{MONEY} end as proceeds,
        case when number % 2 = 0 then 1::{MONEY} end as exit_fee,
        case when number % 2 = 0 then 10::{MONEY} end as realized_pnl,
        case when number % 2 = 0 then 8::{MONEY} end as realized_pnl_net, false as is_fallback""",
    "fact_cash_moves": f"""'e' || number as event_id, 'cash_events' as stream, 'A1' as account_id, '$CASH' as symbol,
        'FEE' as type, 5::{MONEY} as amount, -5::{MONEY} as signed_amount, 'USD' as currency,
        date '2024-01-02' as occurred_on, date '2024-01-02' as settle_date, null::{MONEY} as entitled_quantity,
        null::{MONEY} as amount_per_share, null::varchar as description""",
    "fact_positions_daily": f"""{ACCOUNT_DAY}, 'ACME' as symbol, 10::{MONEY} as cumulative_position,
        5::{MONEY} as avg_cost_per_share, 50::{MONEY} as cost_basis, 51::{MONEY} as cost_basis_incl_fees,
        6::{MONEY} as close_price, date '2024-01-01' as price_date, 0 as price_age_days, false as is_price_stale,
        false as is_price_from_trade, 60::{MONEY} as market_value, 0::{MONEY} as realized_pnl,
        0::{MONEY} as realized_pnl_net, 10::{MONEY} as unrealized_pnl, 9::{MONEY} as unrealized_pnl_net,
        1::{MONEY} as fees, 1 as open_lot_count""",
    "fact_pnl_daily": f"""{ACCOUNT_DAY}, '$CASH' as symbol, 1::{MONEY} as realized_pnl,
        2::{MONEY} as unrealized_pnl_change, 3::{MONEY} as income, 1::{MONEY} as fees, 0::{MONEY} as taxes,
        5::{MONEY} as total_pnl""",
    "fact_portfolio_value_daily": f"""{ACCOUNT_DAY}, 110::{MONEY} as total_value, 50::{MONEY} as cash_balance,
        60::{MONEY} as positions_value, 0::{MONEY} as inflow, 0::{MONEY} as outflow, 1::{MONEY} as total_pnl,
        100::{MONEY} as net_deposits, 0::{MONEY} as realized_pnl, 10::{MONEY} as unrealized_pnl, 2::{MONEY} as income,
        1::{MONEY} as fees, 1::{MONEY} as taxes, false as is_cash_negative,
        80::{MONEY} as cash_settled, 10::{MONEY} as receivables, 40::{MONEY} as payables,
        false as is_cash_settled_negative""",
    "daily_returns": f"""{ACCOUNT_DAY}, case when number > 0 then 0.5 end::double as daily_return_pct,
        number > 0 as is_meaningful, 0.5::double as daily_return_flows_start_pct,
        null::double as daily_return_flows_end_pct""",
    "cumulative_returns": f"""{ACCOUNT_DAY}, 0.5::double as cumulative_return_pct,
        0.5::double as cumulative_return_flows_start_pct, 0.5::double as cumulative_return_flows_end_pct""",
    "drawdown": f"""{ACCOUNT_DAY}, -0.5::double as drawdown_pct, -1.5::double as max_drawdown_pct,
        date '2024-01-01' as peak_date, date '2024-01-02' as trough_date, null::date as recovery_date""",
    "rolling_volatility": f"""{ACCOUNT_DAY}, case when number % 2 = 0 then 12.5 end::double
        as annualized_volatility_pct, case when number % 2 = 0 then 30 else 5 end::bigint as return_count""",
    "holdings_risk": f"""'A1' as account_id, 'S' || number as symbol, date '2024-01-02' as value_date,
        60::{MONEY} as market_value, 60.0::double as weight_pct, 'ACME' as benchmark_symbol,
        case when number > 0 then 1.1 end::double as beta, case when number = 0 then 'too_few_pairs' end as beta_reason,
        0.02::double as historical_marginal_95, 1.2::double as historical_component_95_pct,
        0.03::double as historical_marginal_99, 1.8::double as historical_component_99_pct,
        0.02::double as normal_marginal_95, 1.2::double as normal_component_95_pct,
        0.03::double as normal_marginal_99, 1.8::double as normal_component_99_pct, null::varchar as reason""",
    "holdings_value_at_risk": """'A' || number as account_id, 'normal' as method, 95.0::double as confidence_pct,
        date '2024-01-02' as value_date, case when number > 0 then 1.2 end::double as value_at_risk_pct,
        case when number > 0 then 1.5 end::double as expected_shortfall_pct, 252::bigint as day_count,
        case when number = 0 then 'no_positions' end as reason""",
    "stress_scenarios": """'scenario ' || number as scenario, case when number > 0 then 'SECTOR' else 'MARKET' end
        as applies_to, case when number > 0 then 'Energy' end as name, -20.0::double as shock_pct""",
    "index_returns": """'IDX' as symbol, date '2024-01-01' + number::integer as value_date,
        0.5::double as daily_return_pct, true as is_of_one_day""",
    "risk_daily": f"""{ACCOUNT_DAY}, '30D' as risk_window, 30::bigint as return_count,
        {", ".join(f"case when number % 2 = 0 then 0.5 end::double as {figure}" for figure in RISK_FIGURES)},
        case when number % 2 = 1 then '{{"beta": "no_benchmark"}}' end as reasons""",
    "value_at_risk_daily": f"""{ACCOUNT_DAY}, 'historical' as method, 252::bigint as return_count,
        1.5::double as var_95_pct, 2::double as es_95_pct, 2::double as var_99_pct, 2.5::double as es_99_pct,
        false as is_doubtful_95, false as is_doubtful_99, null::bigint as seed, null::bigint as draw_count,
        null::varchar as reason, false as is_exception_95, false as is_exception_99""",
    "value_at_risk_backtest": f"""'A' || number as account_id, date '2024-01-01' as month_start,
        date '2024-01-31' as month_end, date '2024-01-31' as value_date, 'historical' as method,
        95::integer as confidence_pct, 250::bigint as day_count, 12::bigint as exception_count,
        12.5::double as expected_exception_count,
        {", ".join(f"0.1::double as {test}_statistic, 0.7::double as {test}_p_value" for test in TESTS)},
        {", ".join(f"null::varchar as {test}_reason" for test in TESTS)}""",
    "drawdown_episodes": """'A1' as account_id, date '2024-01-02' + number::integer as first_date,
        date '2024-01-01' + number::integer as peak_date, date '2024-01-03' + number::integer as trough_date,
        date '2024-01-05' + number::integer as recovery_date, -3.5::double as depth_pct, 2::bigint as below_day_count,
        4::integer as length_days""",
    "period_returns": f"""'A' || number as account_id, 'MONTH' as period, date '2024-01-01' as period_start,
        date '2024-01-31' as period_end, date '2024-01-31' as closing_date, 100::{MONEY} as start_value,
        50::{MONEY} as net_deposits, 3::{MONEY} as realized_pnl, 2::{MONEY} as unrealized_pnl_change,
        4::{MONEY} as income, 1::{MONEY} as fees, 2::{MONEY} as taxes, 156::{MONEY} as end_value,
        20::bigint as return_count, 5::double as return_pct, null::varchar as return_reason,
        null::double as annualized_return_pct, 'not_annualised_below_a_year' as annualized_return_reason,
        5::double as modified_dietz_pct, null::varchar as modified_dietz_reason, 60::double as xirr_pct,
        'ok' as xirr_status""",
    "law_breaks": """'law ' || number as law, 0::bigint as break_count, null::varchar as account_id,
        null::varchar as symbol, null::date as day, null::varchar as event_id""",
    "effective_prices": """'e' || number as event_id, 'S' || number as symbol, date '2024-01-02' as occurred_on,
        60::double as price, 1.01::double as price_to_close_before""",
    "effective_trades": """'e' || number as event_id, 'S' || number as symbol, date '2024-01-02' as occurred_on,
        60::double as price, 0.99::double as price_to_last_close""",
    "price_feed": """date '2024-01-02' as last_valuation_date, 10::bigint as held_symbols, 9::bigint as priced_symbols,
        0.9::double as priced_share, 0::bigint as waiting_days""",
    "held_symbols": """'S' || number as symbol, date '2024-01-02' as price_date, 0::bigint as price_age_days,
        2::bigint as holder_count, true as is_priced""",
    "new_references": """'account' as kind, 'A' || number as name, 'e' || number as event_id, false as is_inferred""",
}


def good_frame(name: str, row_count: int = 3) -> pd.DataFrame:
    """Rows that every expectation of the suite called ``name`` likes."""
    return _select(TABLES[name] if name in TABLES else _event(name), row_count)


def typed_event(stream: str, **values: object) -> pd.DataFrame:
    """One event of a stream, good but for the ``values`` given."""
    return _select(_event(stream, values), 1)


def _event(stream: str, values: dict[str, object] | None = None) -> str:
    stated = {"currency": "USD", "base_currency": "USD", **ENVELOPE, **EVENTS[stream], **(values or {})}
    columns = [
        f'{_literal(stated.get(field.name))}::{field.kind.sql_type} as "{field.name}"'
        for field in STREAMS[stream].fields
        if field.name != "event_id"
    ]
    context = [f'{_literal(stated.get(name, 1))}::double as "{name}"' for name in CONTEXT.get(stream, ())]
    return ", ".join(("'e' || number as event_id", *columns, "number as commit_seq", *context))


def _literal(value: object) -> str:
    return "null" if value is None else "'" + str(value).replace("'", "''") + "'"


def _select(columns: str, row_count: int) -> pd.DataFrame:
    return duckdb.sql(f"select {columns} from range({row_count}) as numbers (number)").df()
