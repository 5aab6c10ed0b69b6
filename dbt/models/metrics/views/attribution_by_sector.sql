{%- set effects = ['allocation', 'selection', 'interaction', 'trading'] -%}
{%- set weights = ['weight', 'benchmark_weight'] -%}
{%- set sides = ['return', 'benchmark_return'] -%}
with

days as not materialized (
    {{ days_with_benchmark() }}
),

account_months as (
    select
        account_id,
        benchmark_account_id,
        cast(date_trunc('month', value_date) as date) as month_start,
        min(min(value_date)) over (partition by account_id) as first_date,
        count(*) as day_count,
        sum({{ log_growth_of_day('daily_return') }}) as log_growth,
        sum({{ log_growth_of_day('benchmark_return') }}) as benchmark_log_growth,
        bool_or(1 + daily_return <= 0 or 1 + benchmark_return <= 0) as is_wiped_out
    from days
    group by account_id, benchmark_account_id, date_trunc('month', value_date)
),

sector_days as (
    select
        account_id,
        sector,
        cast(date_trunc('month', value_date) as date) as month_start,
        {{ link_of_day('account_return_pct / 100', 'benchmark_account_return_pct / 100') }} as link,
        {% for part in effects -%}
        try_cast(link * {{ part }}_pct / 100 as {{ exact() }}) as {{ part }},
        {% endfor -%}
        {% for part in weights -%}
        try_cast({{ part }}_pct / 100 as {{ exact() }}) as {{ part }},
        {% endfor -%}
        {% for side in sides -%}
        {{ log_growth_of_day(side ~ '_pct / 100') }} as {{ side }}_log,
        1 + {{ side }}_pct / 100 <= 0 as is_{{ side }}_lost,
        {% endfor -%}
        value_date
    from {{ ref('attribution_daily').include(database=false) }}
),

sector_months as (
    select
        account_id,
        sector,
        month_start,
        {% for part in effects + weights -%}
        sum({{ part }}) as {{ part }},
        {% endfor -%}
        {% for side in sides -%}
        sum({{ side }}_log) as {{ side }}_log,
        bool_or(is_{{ side }}_lost) as is_{{ side }}_lost,
        {% endfor -%}
        bool_or({{ (effects + weights) | join(' is null or ') }} is null) as is_too_large
    from sector_days
    group by account_id, sector, month_start
),

account_periods as (
    select *, {{ period_starts('month_start', 'first_date') }}
    from account_months
),

accounts as (
    select
        account_id,
        benchmark_account_id,
        period,
        period_start,
        cast(sum(day_count) as bigint) as day_count,
        cast(sum(log_growth) as double) as log_growth,
        cast(sum(benchmark_log_growth) as double) as benchmark_log_growth,
        bool_or(is_wiped_out) as is_wiped_out
    from account_periods
    group by account_id, benchmark_account_id, period, period_start
),

sector_periods as (
    select months.*, {{ period_starts('months.month_start', 'account_months.first_date') }}
    from sector_months as months
    inner join account_months
        on months.account_id = account_months.account_id and months.month_start = account_months.month_start
),

sums as (
    select
        account_id,
        period,
        period_start,
        sector,
        {% for part in effects + weights -%}
        cast(coalesce(sum({{ part }}), 0) as double) as {{ part }},
        {% endfor -%}
        {% for side in sides -%}
        case when not bool_or(is_{{ side }}_lost) then cast(sum({{ side }}_log) as double) end as {{ side }}_log,
        {% endfor -%}
        bool_or(is_too_large) as is_too_large
    from sector_periods
    group by account_id, period, period_start, sector
)

{{ linked_attribution('sums', 'accounts', effects, weights, sides) }}
