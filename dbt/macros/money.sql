{#- Types and exact arithmetic of quantities, prices and amounts: eight decimals, rounding half away from zero. -#}
{% macro number() %}decimal(18, 8){% endmacro %}

{#- Units held: wider than a trade's, so that many trades or a split of 10000 for 1 fit in. -#}
{% macro units() %}decimal(20, 8){% endmacro %}

{% macro amount() %}decimal(28, 8){% endmacro %}

{#- Doubles that are summed: the sum of decimals is the same whatever the order of the rows. -#}
{% macro exact() %}decimal(30, 18){% endmacro %}

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
    cast(cast({{ quantity }} as {{ units() }}) * cast({{ price }} as {{ number() }}) as {{ amount() }})
{%- endmacro %}

{#- A price of before some splits as it is after them: an aggregate over the splits, exact, rounded once. -#}
{% macro price_after_splits(price, split) -%}
    {%- set new_units = product_of(split ~ '.new_units') -%}
    cast(
        cast(
            (2 * {{ scaled(price) }} * {{ product_of(split ~ '.old_units') }} + {{ new_units }}) // (2 * {{ new_units }})
            as decimal(18, 0)
        ) * cast(0.00000001 as decimal(8, 8)) as {{ number() }}
    )
{%- endmacro %}

{#- Exact product of positive integers: an aggregate. DuckDB's own is a double. -#}
{% macro product_of(integers) -%}
    list_reduce(list(cast({{ integers }} as hugeint)), (product, factor) -> product * factor)
{%- endmacro %}

{#- What a trade adds to the cash of its account. -#}
{% macro cash_of_trade(trade) -%}
    case when {{ trade }}.side = 'BUY' then -{{ trade }}.consideration else {{ trade }}.consideration end
    - {{ trade }}.fee
{%- endmacro %}

{#- Of each of these symbols the currency of its last event of a stream. -#}
{% macro last_currencies(events, symbols) -%}
    select event.symbol, max_by(event.currency, (event.occurred_at, event.original_event_id)) as currency
    from {{ events }} as event
    inner join {{ symbols }} as wanted on event.symbol = wanted.symbol
    where event.is_effective
    group by event.symbol
{%- endmacro %}
