{#- What a day adds to each sum that `measures` makes figures of all history from, by the sum's name. A day without a
    return adds nothing, to a sum over common days neither does one without a return of the benchmark. -#}
{% macro counts_to_date() %}
    {{ return({
        'return_count': 'day_return is not null',
        'up_count': 'day_return > 0',
        'down_count': 'day_return < 0',
        'total_loss_count': 'growth_sign = 0',
        'benchmark_count': 'day_return is not null and benchmark_return is not null',
        'benchmark_up_count': 'day_return is not null and benchmark_return > 0',
        'benchmark_down_count': 'day_return is not null and benchmark_return < 0',
        'up_loss_count': 'day_return <= -1 and benchmark_return > 0',
        'down_loss_count': 'day_return <= -1 and benchmark_return < 0',
    }) }}
{% endmacro %}

{#- Of small returns high powers would be lost below the last decimal of a sum: these are summed apart, times 100,000. -#}
{% macro sums_to_date() %}
    {% set is_small = 'abs(day_return) < 0.001' %}
    {% set larger = 'case when not ' ~ is_small ~ ' then day_return end' %}
    {% set small = 'case when ' ~ is_small ~ ' then 100000 * day_return end' %}
    {% set log_return = 'case when day_return > -1 then ln(1 + day_return) end' %}
    {% set log_benchmark = 'case when day_return is not null then ln(1 + benchmark_return) end' %}
    {{ return({
        'total': 'day_return',
        'squares': 'day_return ** 2',
        'cubes': '(' ~ larger ~ ') ** 3',
        'fourths': '(' ~ larger ~ ') ** 4',
        'small_cubes': '(' ~ small ~ ') ** 3',
        'small_fourths': '(' ~ small ~ ') ** 4',
        'below_squares': 'least(day_return, 0) ** 2',
        'gains': 'greatest(day_return, 0)',
        'losses': '-least(day_return, 0)',
        'risk_free_total': 'case when day_return is not null then risk_free_return end',
        'risk_free_pair_total': 'case when day_return is not null and benchmark_return is not null then risk_free_return end',
        'pair_total': 'case when benchmark_return is not null then day_return end',
        'benchmark_total': 'case when day_return is not null then benchmark_return end',
        'benchmark_squares': 'case when day_return is not null then benchmark_return ** 2 end',
        'products': 'day_return * benchmark_return',
        'active_squares': '(day_return - benchmark_return) ** 2',
        'up_log': 'case when benchmark_return > 0 then ' ~ log_return ~ ' end',
        'up_benchmark_log': 'case when benchmark_return > 0 then ' ~ log_benchmark ~ ' end',
        'down_log': 'case when benchmark_return < 0 then ' ~ log_return ~ ' end',
        'down_benchmark_log': 'case when benchmark_return < 0 then ' ~ log_benchmark ~ ' end',
    }) }}
{% endmacro %}

{#- The columns of these sums over a window of days. -#}
{% macro sums_over(window) -%}
    {%- for name, condition in counts_to_date().items() -%}
    count(*) filter (where {{ condition }}) over {{ window }} as {{ name }},
    {% endfor -%}
    {%- for name, addend in sums_to_date().items() -%}
    coalesce(sum(cast({{ addend }} as {{ exact_fraction() }})) over {{ window }}, 0) as {{ name }}{{ ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}

{#- The same columns, those of the running relation added to the carried row's, if there is one. -#}
{% macro sums_carried_on(carried, running) -%}
    {%- for name in counts_to_date() -%}
    cast(coalesce({{ carried }}.{{ name }}, 0) + {{ running }}.{{ name }} as bigint) as {{ name }},
    {% endfor -%}
    {%- for name in sums_to_date() -%}
    cast(coalesce({{ carried }}.{{ name }}, 0) + {{ running }}.{{ name }} as {{ exact_fraction() }}) as {{ name }}
    {{- ',' if not loop.last }}
    {% endfor -%}
{%- endmacro %}
