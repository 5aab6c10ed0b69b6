create schema main_dimensions;
create schema main_facts;
create schema main_metrics;

create table main_dimensions.dim_account as
select account_id, name, base_currency, lot_method, benchmark_symbol, opened_on, false as is_inferred
from accounts;

create table main_dimensions.dim_symbol as
select symbol, name, sector, currency, asset_class, false as is_inferred
from symbols;

create table main_dimensions.dim_date as
with
price_days as (select distinct occurred_at::date as calendar_date from prices),
ends as (
    select min(occurred_at) as first_at, max(occurred_at) as last_at from trades
    union all select min(occurred_at), max(occurred_at) from cash_events
    union all select min(calendar_date), max(calendar_date) from price_days
),
calendar as (
    select unnest(generate_series(min(first_at)::date, max(last_at)::date, interval 1 day))::date as calendar_date
    from ends
),
marked as (
    select
        calendar.calendar_date,
        price_days.calendar_date as price_date,
        min(price_days.calendar_date) over (order by calendar.calendar_date rows between current row and unbounded following) as value_date,
        count(price_days.calendar_date) over (order by calendar.calendar_date) as valuation_day_number
    from calendar left join price_days using (calendar_date)
),
valuation_days as (
    select calendar_date as value_date, lead(calendar_date) over (order by calendar_date) as settlement_date
    from marked where price_date is not null
)
select calendar_date, price_date is not null as is_valuation_day, value_date, valuation_day_number, settlement_date
from marked left join valuation_days using (value_date);

create table main_facts.fact_trades as
select
    event_id as trade_id, event_id, account_id, symbol, side, quantity,
    case when side = 'BUY' then quantity else -quantity end as signed_quantity,
    price,
    coalesce(consideration, (quantity::decimal(20, 8) * price)::decimal(28, 8)) as consideration,
    fee, currency, lot_id as named_lot_id, occurred_at as traded_at, occurred_at::date as trade_date, settle_date, venue,
    coalesce(consideration - (quantity::decimal(20, 8) * price)::decimal(28, 8), 0)::decimal(28, 8) as consideration_difference,
    false as is_amended
from trades;

create table main_facts.fact_cash_moves as
select
    event_id, 'cash_events' as stream, account_id, coalesce(symbol, '$CASH') as symbol, type, amount,
    case when type in ('WITHDRAWAL', 'FEE', 'TAX') then -amount else amount end as signed_amount,
    currency, occurred_at::date as occurred_on, occurred_at::date as settle_date,
    null::decimal(20, 8) as entitled_quantity, null::decimal(18, 8) as amount_per_share, description
from cash_events;
