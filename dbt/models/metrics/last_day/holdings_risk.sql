-- depends_on: {{ ref('int_replay_returns') }}
select
    held.account_id,
    held.symbol,
    held.value_date,
    held.market_value,
    100 * held.weight as weight_pct,
    held.benchmark_symbol,
    risk.beta,
    risk.beta_reason,
    {% for method in ['historical', 'normal'] -%}
    {% for confidence in [95, 99] -%}
    risk.{{ method }}_marginal_{{ confidence }},
    risk.{{ method }}_component_{{ confidence }}_pct,
    {% endfor -%}
    {% endfor -%}
    risk.reason
from {{ ref('int_last_holdings') }} as held
inner join {{ ref('int_position_risk') }} as risk
    on held.account_id = risk.account_id and held.symbol = risk.symbol
