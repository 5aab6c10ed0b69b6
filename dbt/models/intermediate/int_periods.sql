-- Months, quarters, years and all of history of every replayed account, if they go on after its replay_from; each with
-- what stood at its start (nothing, if the account began in it) and at its end so far.
with

valuation_days as (
    select calendar_date as value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

calendar_days as (
    {% for period in ['month', 'quarter', 'year'] -%}
    select
        '{{ period | upper }}' as period,
        cast(date_trunc('{{ period }}', value_date) as date) as first_date,
        cast(date_trunc('{{ period }}', value_date) + interval 1 {{ period }} - interval 1 day as date) as period_end,
        value_date
    from valuation_days
    union all
    {% endfor -%}
    select
        'INCEPTION' as period,
        {{ beginning_of_time() }} as first_date,
        {{ end_of_time() }} as period_end,
        value_date
    from valuation_days
),

calendar_periods as (
    select period, first_date, period_end, max(value_date) as closing_date
    from calendar_days
    group by period, first_date, period_end
),

with_opening as (
    select calendar_periods.*, before.value_date as opening_date
    from calendar_periods
    asof left join valuation_days as before on calendar_periods.first_date > before.value_date
),

replayed as (
    select replay.account_id, replay.replay_from, min(to_date.first_date) as first_value_date
    from {{ ref('int_replay_returns') }} as replay
    inner join {{ ref('int_returns_to_date') }} as to_date
        on replay.account_id = to_date.account_id and replay.replay_from <= to_date.value_date
    group by replay.account_id, replay.replay_from
),

account_periods as (
    select
        replayed.account_id,
        calendar.period,
        greatest(calendar.first_date, replayed.first_value_date) as period_start,
        calendar.period_end,
        case when calendar.opening_date >= replayed.first_value_date then calendar.opening_date end as opening_date,
        calendar.closing_date,
        replayed.first_value_date
    from replayed
    inner join with_opening as calendar
        on replayed.replay_from <= calendar.period_end and replayed.first_value_date <= calendar.closing_date
)

select
    account_periods.account_id,
    account_periods.period,
    account_periods.period_start,
    account_periods.period_end,
    account_periods.opening_date,
    account_periods.closing_date,
    coalesce(account_periods.opening_date, account_periods.first_value_date) as measured_from,
    coalesce(opening.total_value, 0) as start_value,
    closing.total_value as end_value,
    closing.net_deposits - coalesce(opening.net_deposits, 0) as net_deposits,
    closing.realized_pnl - coalesce(opening.realized_pnl, 0) as realized_pnl,
    closing.unrealized_pnl - coalesce(opening.unrealized_pnl, 0) as unrealized_pnl_change,
    closing.income - coalesce(opening.income, 0) as income,
    closing.fees - coalesce(opening.fees, 0) as fees,
    closing.taxes - coalesce(opening.taxes, 0) as taxes,
    closing_returns.return_count - coalesce(opening_returns.return_count, 0) as return_count,
    closing_returns.total_loss_count - coalesce(opening_returns.total_loss_count, 0) as total_loss_count,
    closing_returns.negative_growth_count - coalesce(opening_returns.negative_growth_count, 0) as negative_growth_count,
    closing_wealth.log_wealth - coalesce(opening_wealth.log_wealth, 0) as log_growth
from account_periods
inner join {{ ref('int_portfolio_values') }} as closing
    on account_periods.account_id = closing.account_id and account_periods.closing_date = closing.value_date
inner join {{ ref('int_returns_to_date') }} as closing_returns
    on
        account_periods.account_id = closing_returns.account_id
        and account_periods.closing_date = closing_returns.value_date
inner join {{ ref('int_wealth') }} as closing_wealth
    on
        account_periods.account_id = closing_wealth.account_id
        and account_periods.closing_date = closing_wealth.value_date
left join {{ ref('int_portfolio_values') }} as opening
    on account_periods.account_id = opening.account_id and account_periods.opening_date = opening.value_date
left join {{ ref('int_returns_to_date') }} as opening_returns
    on
        account_periods.account_id = opening_returns.account_id
        and account_periods.opening_date = opening_returns.value_date
left join {{ ref('int_wealth') }} as opening_wealth
    on
        account_periods.account_id = opening_wealth.account_id
        and account_periods.opening_date = opening_wealth.value_date
