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
