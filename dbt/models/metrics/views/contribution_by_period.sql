with

days as not materialized (
    {{ days_of_accounts() }}
),

account_months as (
    select
        account_id,
        cast(date_trunc('month', value_date) as date) as month_start,
        min(min(value_date)) over (partition by account_id) as first_date,
        count(daily_return) as day_count,
        sum({{ log_growth_of_day('daily_return') }}) as log_growth,
        coalesce(bool_or(1 + daily_return <= 0), false) as is_wiped_out
    from days
    group by account_id, date_trunc('month', value_date)
),

symbol_days as (
    select
        pnl.account_id,
        pnl.symbol,
        cast(date_trunc('month', pnl.value_date) as date) as month_start,
        pnl.total_pnl,
        days.daily_return is not null as is_counted,
        try_cast(
            {{ link_of_day('days.daily_return', '0') }} * {{ ratio('pnl.total_pnl', 'days.capital') }}
            as {{ exact() }}
        ) as linked
    from {{ ref('fact_pnl_daily').include(database=false) }} as pnl
    inner join days on pnl.account_id = days.account_id and pnl.value_date = days.value_date
),

symbol_months as (
    select
        account_id,
        symbol,
        month_start,
        sum(total_pnl) as profit,
        sum(linked) filter (where is_counted) as linked,
        bool_or(is_counted and linked is null) as is_too_large
    from symbol_days
    group by account_id, symbol, month_start
),

symbol_periods as (
    select
        months.*,
        {{ period_starts('months.month_start', 'account_months.first_date') }}
    from symbol_months as months
    inner join account_months
        on months.account_id = account_months.account_id and months.month_start = account_months.month_start
),

account_periods as (
    select
        account_id,
        {{ period_starts('month_start', 'first_date') }},
        day_count,
        log_growth,
        is_wiped_out
    from account_months
),

accounts as (
    select
        account_id,
        period,
        period_start,
        sum(day_count) as day_count,
        cast(sum(log_growth) as double) as log_growth,
        bool_or(is_wiped_out) as is_wiped_out
    from account_periods
    group by account_id, period, period_start
),

sums as (
    select
        account_id,
        symbol,
        period,
        period_start,
        cast(sum(profit) as {{ amount() }}) as profit,
        cast(coalesce(sum(linked), 0) as double) as linked,
        bool_or(is_too_large) as is_too_large
    from symbol_periods
    group by account_id, symbol, period, period_start
),

reasoned as (
    select
        sums.*,
        accounts.log_growth,
        case
            when accounts.day_count = 0 then 'no_capital'
            when accounts.is_wiped_out then 'wiped_out'
            when sums.is_too_large or abs(accounts.log_growth) > {{ log_growth_most() }} then 'beyond_float'
        end as reason
    from sums
    inner join accounts
        on
            sums.account_id = accounts.account_id
            and sums.period = accounts.period
            and sums.period_start = accounts.period_start
)

select
    account_id,
    period,
    period_start,
    symbol,
    profit,
    case when reason is null then 100 * linked / {{ link_of_period('log_growth', '0') }} end as contribution_pct,
    case when reason is null then 100 * (exp(log_growth) - 1) end as return_pct,
    reason
from reasoned
