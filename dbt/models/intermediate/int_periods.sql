-- Months, quarters, years and all of history of every replayed account, if they go on after its replay_from; each with
-- what stood at its start (nothing, if the account began in it) and at its end so far. Also of an account that is
-- replayed from a day after the last valuation day on: the periods in which that day lies are made anew as well.
with

-- An account that has begun has a row of the last valuation day.
last_day as (
    select max(calendar_date) as value_date
    from {{ ref('dim_date') }}
    where is_valuation_day
),

replayed as (
    select replay.account_id, replay.replay_from, to_date.first_date as first_value_date
    from {{ ref('int_replay_returns') }} as replay
    cross join last_day
    inner join {{ ref('int_returns_to_date') }} as to_date
        on replay.account_id = to_date.account_id and last_day.value_date = to_date.value_date
    where {{ is_of_touched_account('to_date.account_id', ref('int_replay_returns')) }}
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
    inner join {{ ref('int_calendar_periods') }} as calendar
        on replayed.replay_from <= calendar.period_end and replayed.first_value_date <= calendar.closing_date
),

days_asked as (
    select account_id, opening_date as value_date
    from account_periods
    where opening_date is not null
    union
    select account_id, closing_date as value_date
    from account_periods
),

dates_asked as (
    select distinct value_date from days_asked
),

-- Joined here and not below: an inner join reads the blocks of these days alone, a left join would read all. The few
-- dates are asked for beside the days of accounts: so many of those are told apart by their first and last alone.
states as (
    select
        days_asked.account_id,
        days_asked.value_date,
        portfolio.total_value,
        portfolio.net_deposits,
        portfolio.realized_pnl,
        portfolio.unrealized_pnl,
        portfolio.income,
        portfolio.fees,
        portfolio.taxes,
        to_date.return_count,
        to_date.total_loss_count,
        wealth.log_wealth
    from days_asked
    inner join {{ ref('int_portfolio_values') }} as portfolio
        on days_asked.account_id = portfolio.account_id and days_asked.value_date = portfolio.value_date
    inner join {{ ref('int_returns_to_date') }} as to_date
        on days_asked.account_id = to_date.account_id and days_asked.value_date = to_date.value_date
    inner join {{ ref('int_wealth') }} as wealth
        on days_asked.account_id = wealth.account_id and days_asked.value_date = wealth.value_date
    where
        portfolio.value_date in (select dates_asked.value_date from dates_asked)
        and to_date.value_date in (select dates_asked.value_date from dates_asked)
        and wealth.value_date in (select dates_asked.value_date from dates_asked)
        and {{ is_of_touched_account('portfolio.account_id', ref('int_replay_returns')) }}
        and {{ is_of_touched_account('to_date.account_id', ref('int_replay_returns')) }}
        and {{ is_of_touched_account('wealth.account_id', ref('int_replay_returns')) }}
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
    closing.return_count - coalesce(opening.return_count, 0) as return_count,
    closing.total_loss_count - coalesce(opening.total_loss_count, 0) as total_loss_count,
    closing.log_wealth - coalesce(opening.log_wealth, 0) as log_growth
from account_periods
inner join states as closing
    on account_periods.account_id = closing.account_id and account_periods.closing_date = closing.value_date
left join states as opening
    on account_periods.account_id = opening.account_id and account_periods.opening_date = opening.value_date
