{#- Returns of days linked over a period (Carino 1999; measures/attribution.py says the same of arrays). Weighed by its
    day's factor over that of the period, a part of a day's return is a part of the period's. Sums go through decimals,
    which are exact in any order. -#}

{#- Every account's days: what there was to earn on, what it earned, and the return as a fraction, NULL without
    capital. -#}
{% macro days_of_accounts() %}
    select
        account_id,
        value_date,
        total_pnl,
        capital,
        case when capital > 0 then {{ ratio('total_pnl', 'capital') }} end as daily_return
    from (
        select
            account_id,
            value_date,
            total_pnl,
            coalesce(lag(total_value) over (partition by account_id order by value_date), 0) + inflow as capital
        from {{ ref('fact_portfolio_value_daily').include(database=false) }}
    ) as portfolio
{% endmacro %}

{#- The factor of a day: (log(1 + r) - log(1 + b)) / (r - b), and its limit where both are equal; NULL where something
    is lost whole. Division by what the sum 1 + x has kept of x loses no digits of the logarithm. -#}
{% macro link_of_day(daily_return, benchmark_return) -%}
    {%- set growth = '((1 + ' ~ daily_return ~ ') / (1 + ' ~ benchmark_return ~ '))' -%}
    case
        when 1 + {{ daily_return }} > 0 and 1 + {{ benchmark_return }} > 0
            then case when {{ growth }} = 1 then 1 else ln({{ growth }}) / ({{ growth }} - 1) end
                / (1 + {{ benchmark_return }})
    end
{%- endmacro %}

{#- The factor of a period, from its logarithms: its series near 0, where the difference would lose digits. -#}
{% macro link_of_period(log_growth, benchmark_log_growth) -%}
    {%- set x = '(' ~ log_growth ~ ' - ' ~ benchmark_log_growth ~ ')' -%}
    case
        when abs({{ x }}) < 0.1
            then 1 - {{ x }} / 2 + power({{ x }}, 2) / 12 - power({{ x }}, 4) / 720 + power({{ x }}, 6) / 30240
        else {{ x }} / (exp({{ x }}) - 1)
    end / exp({{ benchmark_log_growth }})
{%- endmacro %}

{#- log(1 + r) of a day as a decimal; NULL where everything is lost. -#}
{% macro log_growth_of_day(daily_return) -%}
    cast(case when 1 + {{ daily_return }} > 0 then ln(1 + {{ daily_return }}) end as {{ exact() }})
{%- endmacro %}

{#- Beyond these logarithms a period's growth, or what it is divided by, is no number of 64 bits. -#}
{% macro log_growth_most() %}300{% endmacro %}

{#- Two columns that make a row per period that a month belongs to: its label and its first day. -#}
{% macro period_starts(month_start, first_date) -%}
    unnest(['MONTH', 'QUARTER', 'YEAR', 'INCEPTION']) as period,
    unnest([
        {{ month_start }},
        cast(date_trunc('quarter', {{ month_start }}) as date),
        cast(date_trunc('year', {{ month_start }}) as date),
        {{ first_date }}
    ]) as period_start
{%- endmacro %}
