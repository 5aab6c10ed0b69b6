{#- Types and exact arithmetic of quantities, prices and amounts: eight decimals, rounding half away from zero. -#}
{% macro number() %}decimal(18, 8){% endmacro %}

{% macro amount() %}decimal(28, 8){% endmacro %}

{#- An integer scaled by 10^8. -#}
{% macro scaled(amount_expression) -%}
    cast(cast({{ amount_expression }} as decimal(28, 8)) * 100000000 as hugeint)
{%- endmacro %}

{#- Exact quotient of two amounts with eight decimals; NULL when the divisor is 0. -#}
{% macro exact_quotient(numerator, denominator) -%}
    cast(
        case when {{ denominator }} <> 0 then
            sign({{ numerator }}) * sign({{ denominator }})
            * (
                (2 * abs({{ scaled(numerator) }}) * 100000000 + abs({{ scaled(denominator) }}))
                // (2 * abs({{ scaled(denominator) }}))
            )
        end as decimal(28, 0)
    ) * cast(0.00000001 as decimal(8, 8))
{%- endmacro %}

{#- Quotient of two exact amounts as a double, NULL when the divisor is 0: where returns begin. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- Quantity x price as an amount. The product is widened first: DuckDB multiplies 18-digit decimals in 18 digits. -#}
{% macro value_of(quantity, price) -%}
    cast(cast({{ quantity }} as decimal(20, 8)) * cast({{ price }} as {{ number() }}) as {{ amount() }})
{%- endmacro %}
