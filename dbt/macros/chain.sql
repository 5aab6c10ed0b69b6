{#- Chaining of growth factors that gives the same bits for an incremental run and a full one: logarithms are summed as
    decimals, which is exact in any order, and the sign is kept apart (0 after a total loss). -#}
{% macro log_growth(return_pct) -%}
    cast(coalesce(ln(nullif(abs(1 + {{ return_pct }} / 100), 0)), 0) as decimal(28, 18))
{%- endmacro %}

{% macro growth_sign(return_pct) -%}
    cast(coalesce(sign(1 + {{ return_pct }} / 100), 1) as integer)
{%- endmacro %}

{% macro wealth(log_wealth, wealth_sign) -%}
    {{ wealth_sign }} * exp(cast({{ log_wealth }} as double))
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
