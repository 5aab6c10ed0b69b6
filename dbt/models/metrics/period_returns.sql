{{ config(replay_date='period_end') }}

{#- From so many days on a return is stated per year. -#}
{% set days_of_year = 365 %}
-- depends_on: {{ ref('int_replay_returns') }}
with

growths as (
    select
        *,
        closing_date - measured_from as day_count,
        {{ wealth('log_growth', 'cast(total_loss_count = 0 as integer)') }} as growth
    from {{ ref('int_periods') }}
)

select
    growths.account_id,
    growths.period,
    growths.period_start,
    growths.period_end,
    growths.closing_date,
    cast(growths.start_value as {{ amount() }}) as start_value,
    cast(growths.net_deposits as {{ amount() }}) as net_deposits,
    cast(growths.realized_pnl as {{ amount() }}) as realized_pnl,
    cast(growths.unrealized_pnl_change as {{ amount() }}) as unrealized_pnl_change,
    cast(growths.income as {{ amount() }}) as income,
    cast(growths.fees as {{ amount() }}) as fees,
    cast(growths.taxes as {{ amount() }}) as taxes,
    cast(growths.end_value as {{ amount() }}) as end_value,
    growths.return_count,
    case when growths.return_count > 0 then 100 * (growths.growth - 1) end as return_pct,
    case
        when growths.return_count = 0 then 'too_few_returns'
        when growths.growth is null then 'beyond_float'
    end as return_reason,
    case
        when growths.return_count > 0 and growths.day_count >= {{ days_of_year }}
            then 100 * (pow(growths.growth, {{ days_of_year }} / growths.day_count) - 1)
    end as annualized_return_pct,
    case
        when growths.return_count = 0 then 'too_few_returns'
        when growths.day_count < {{ days_of_year }} then 'not_annualised_below_a_year'
        when growths.growth is null then 'beyond_float'
    end as annualized_return_reason,
    money_weighted.modified_dietz_pct,
    money_weighted.modified_dietz_reason,
    money_weighted.xirr_pct,
    money_weighted.xirr_status
from growths
inner join {{ ref('int_money_weighted') }} as money_weighted
    on
        growths.account_id = money_weighted.account_id
        and growths.period = money_weighted.period
        and growths.period_start = money_weighted.period_start
