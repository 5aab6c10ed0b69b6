-- Law: the component VaR of an account's positions sum to its VaR, for each method and confidence.
with

components as (
    {% for method, prefix in [('historical_simulation', 'historical'), ('normal', 'normal')] -%}
    {% set outer_loop = loop -%}
    {% for confidence in [95, 99] -%}
    select
        account_id,
        '{{ method }}' as method,
        {{ confidence }} as confidence_pct,
        sum({{ prefix }}_component_{{ confidence }}_pct) as component_pct
    from {{ ref('holdings_risk') }}
    group by account_id
    {{ 'union all' if not (loop.last and outer_loop.last) }}
    {% endfor -%}
    {% endfor -%}
)

select *
from components
full join {{ ref('holdings_value_at_risk') }} as total using (account_id, method, confidence_pct)
where
    (component_pct is null) <> (total.value_at_risk_pct is null)
    or abs(component_pct - total.value_at_risk_pct) > 1e-9 * greatest(1, abs(total.value_at_risk_pct))
