with

positions as (select * from {{ replayed(ref('holdings_risk')) }}),

accounts as (select * from {{ replayed(ref('holdings_value_at_risk')) }}),

components as (
    {% for method, prefix in [('historical_simulation', 'historical'), ('normal', 'normal')] -%}
    {% set outer_loop = loop -%}
    {% for confidence in [95, 99] -%}
    select
        account_id,
        '{{ method }}' as method,
        {{ confidence }} as confidence_pct,
        sum({{ prefix }}_component_{{ confidence }}_pct) as component_pct
    from positions
    group by account_id
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {% endfor -%}
    {% endfor -%}
)

select
    account_id,
    method,
    confidence_pct,
    components.component_pct,
    accounts.value_at_risk_pct
from components
full join accounts using (account_id, method, confidence_pct)
where
    (components.component_pct is null) <> (accounts.value_at_risk_pct is null)
    or abs(components.component_pct - accounts.value_at_risk_pct) > 1e-9 * greatest(1, abs(accounts.value_at_risk_pct))
