{#- Returns of days linked over a period (Carino 1999; measures/attribution.py says the same of arrays). Weighed by its
    day's factor over that of the period, a part of a day's return is a part of the period's. Sums go through decimals,
    which are exact in any order. -#}

{#- Every account's days: what there was to earn on, in it the cash, what it earned, and the return as a fraction, NULL without
    capital. `accounts` as in `sector_returns`. -#}
{% macro days_of_accounts(accounts=none) %}
    select
        account_id,
        value_date,
        total_pnl,
        capital,
        capital - positions_before as start_cash,
        case when capital > 0 then {{ ratio('total_pnl', 'capital') }} end as daily_return
    from (
        select
            account_id,
            value_date,
            total_pnl,
            coalesce(lag(total_value) over by_day, 0) + inflow as capital,
            coalesce(lag(positions_value) over by_day, 0) as positions_before
        from {{ ref('fact_portfolio_value_daily').include(database=false) }} as day
        where {{ is_one_of(accounts, 'day') }}
        window by_day as (partition by account_id order by value_date)
    ) as portfolio
{% endmacro %}

{#- The days on which both an account and the account that is its benchmark have a return. -#}
{% macro days_with_benchmark() %}
    select
        account.account_id,
        benchmark.account_id as benchmark_account_id,
        own.value_date,
        own.daily_return,
        market.daily_return as benchmark_return,
        market.capital as benchmark_capital
    from {{ ref('dim_account').include(database=false) }} as account
    inner join {{ ref('dim_account').include(database=false) }} as benchmark
        on account.benchmark_symbol = benchmark.account_id
    inner join ({{ days_of_accounts() }}) as own on account.account_id = own.account_id
    inner join ({{ days_of_accounts(benchmark_accounts()) }}) as market
        on benchmark.account_id = market.account_id and own.value_date = market.value_date
    where own.daily_return is not null and market.daily_return is not null
{% endmacro %}

{#- The accounts that are benchmarks of others. -#}
{% macro benchmark_accounts() -%}
    (
        select benchmark.account_id
        from {{ ref('dim_account').include(database=false) }} as benchmark
        where
            benchmark.account_id in (
                select account.benchmark_symbol from {{ ref('dim_account').include(database=false) }} as account
            )
    )
{%- endmacro %}

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
    (
        case
            when abs({{ x }}) < 0.1
                then 1 - {{ x }} / 2 + power({{ x }}, 2) / 12 - power({{ x }}, 4) / 720 + power({{ x }}, 6) / 30240
            else {{ x }} / (exp({{ x }}) - 1)
        end / exp({{ benchmark_log_growth }})
    )
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

{#- The end of attribution_by_sector: sums over the days of a period, divided by the period's own factor. -#}
{% macro linked_attribution(sums, accounts, effects, weights, sides) %}
select
    account_id,
    period,
    period_start,
    sector,
    benchmark_account_id,
    day_count,
    {% for weight in weights -%}
    100 * {{ weight }} / day_count as {{ weight }}_pct,
    {% endfor -%}
    {% for side in sides -%}
    case when {{ side }}_log < {{ log_growth_most() }} then 100 * (exp({{ side }}_log) - 1) end as {{ side }}_pct,
    {% endfor -%}
    {% for effect in effects -%}
    case
        when reason is null then 100 * {{ effect }} / {{ link_of_period('log_growth', 'benchmark_log_growth') }}
    end as {{ effect }}_pct,
    {% endfor -%}
    case when reason is null then 100 * (exp(log_growth) - exp(benchmark_log_growth)) end as active_return_pct,
    reason
from (
    select
        sums.*,
        accounts.benchmark_account_id,
        accounts.day_count,
        accounts.log_growth,
        accounts.benchmark_log_growth,
        case
            when accounts.is_wiped_out then 'wiped_out'
            when
                sums.is_too_large
                or greatest(abs(accounts.log_growth), abs(accounts.benchmark_log_growth)) > {{ log_growth_most() }}
                then 'beyond_float'
        end as reason
    from {{ sums }} as sums
    inner join {{ accounts }} as accounts
        on
            sums.account_id = accounts.account_id
            and sums.period = accounts.period
            and sums.period_start = accounts.period_start
) as reasoned
{% endmacro %}
