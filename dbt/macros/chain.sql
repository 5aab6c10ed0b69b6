{#- Chaining of growth factors that gives the same bits for an incremental run and a full one: logarithms are summed as
    decimals, which is exact in any order, and the sign is kept apart: 0 once everything, or more, was lost. -#}
{% macro log_growth(return_pct) -%}
    cast(coalesce(ln(nullif(abs(1 + {{ return_pct }} / 100), 0)), 0) as decimal(28, 18))
{%- endmacro %}

{% macro growth_sign(return_pct) -%}
    cast(coalesce({{ return_pct }} > -100, true) as integer)
{%- endmacro %}

{#- What 1 has grown to; NULL where that is beyond a double. -#}
{% macro wealth(log_wealth, wealth_sign) -%}
    case
        when {{ wealth_sign }} = 0 then 0
        when {{ log_wealth }} <= {{ log_growth_most() }} then exp(cast({{ log_wealth }} as double))
    end
{%- endmacro %}

{#- A fraction whose powers and sums keep 24 decimals; sums of it are exact in any order. -#}
{% macro exact_fraction() -%}
    decimal(38, 24)
{%- endmacro %}

{#- Where a day's return ends to say anything: a hundred-fold gain is capital that had all but gone. Risk counts such a
    day as one without a return, and so every power of a return fits `exact_fraction`. -#}
{% macro measurable_return_pct() -%}
    10000
{%- endmacro %}

{% macro is_measurable(return_pct) -%}
    abs({{ return_pct }}) <= {{ measurable_return_pct() }}
{%- endmacro %}
