with

stated as (
    select *
    from {{ ref('stg_symbols') }}
    where is_effective
    qualify row_number() over (partition by symbol order by occurred_at desc, original_event_id desc) = 1
),

mentioned as (
    select symbol from {{ ref('stg_trades') }}
    union
    select symbol from {{ ref('stg_prices') }}
    union
    select symbol from {{ ref('stg_cash_events') }}
    where symbol is not null
    union
    select symbol from {{ ref('stg_corporate_actions') }}
    where symbol is not null
    union
    select symbol from stated
)

select
    mentioned.symbol,
    stated.name,
    stated.sector,
    coalesce(stated.currency, 'USD') as currency,
    coalesce(stated.asset_class, 'EQUITY') as asset_class,
    stated.symbol is null as is_inferred
from mentioned
left join stated on mentioned.symbol = stated.symbol
