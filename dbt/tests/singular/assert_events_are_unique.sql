-- One test over all staging models: an id names one version of one event, whatever came twice.
{% set models = ['stg_accounts', 'stg_cash_events', 'stg_corporate_actions', 'stg_fx_rates', 'stg_prices',
    'stg_symbols', 'stg_trades'] %}
with

versions as (
    select 'stg_corrections' as model_name, event_id, false as is_amendment
    from ({{ rows_of_this_run(ref('stg_corrections')) }}) as correction
    {% for model_name in models %}
    union all
    select '{{ model_name }}' as model_name, event_id, is_amendment
    from ({{ rows_of_this_run(ref(model_name)) }}) as version
    {% endfor %}
)

select model_name, event_id, is_amendment, count(*) as row_count
from versions
group by model_name, event_id, is_amendment
having count(*) > 1 or event_id is null
