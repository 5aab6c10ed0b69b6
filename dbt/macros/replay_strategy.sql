{#- Incremental strategy `replay`: deletes the model's rows of the touched keys from `replay_from` on and inserts the
    recomputed ones, key by key, so that who asks for some keys later can skip blocks.

    replay_keys  name of the model that holds the keys and their replay_from (a date)
    replay_on    the key's columns
    replay_date  expression over the model's columns that dates a row; rows at or after replay_from are replaced. None:
                 rows have no day of their own, and all of a touched key are replaced -#}
{% macro get_incremental_replay_sql(arg_dict) %}
    {% set target, rows = arg_dict['target_relation'], arg_dict['temp_relation'] %}
    {% set keys = ref(config.require('replay_keys')) %}

    {#- A row of another key or day would stand beside the one from before, and nobody would see the two together. #}
    select error('{{ target.identifier }} has recomputed ' || count(*) || ' rows that it does not replace.')
    from {{ rows }} as recomputed
    anti join {{ keys }} as replay
        on {{ is_replayed('recomputed', config.require('replay_on'), config.get('replay_date')) }}
    having count(*) > 0;

    delete from {{ target }}
    using {{ keys }} as replay
    where
        {{ is_replayed(target, config.require('replay_on'), config.get('replay_date')) }}
        and {{ is_of_touched_account(target ~ '.account_id', keys) }};

    insert into {{ target }} by name
    (from {{ rows }} order by {{ config.require('replay_on') | join(', ') }})
{% endmacro %}

{#- Whether a row is replaced by this run; the keys are joined as `replay`. -#}
{% macro is_replayed(row, replay_on, replay_date) -%}
    {{ equal_keys(row, 'replay', replay_on) }}
    {%- if replay_date %} and {{ replay_date }} >= replay.replay_from{% endif -%}
{%- endmacro %}

{#- The model's own last row of every key before its replay_from: where the recomputation starts. -#}
{% macro carried_rows(keys, key_columns) %}
    {#- Named on every build: dbt looks for what a model depends on while nothing is incremental. #}
    {%- do ref('dim_date') %}
    {% if is_incremental() %}
    {{ last_rows_before(this, keys, key_columns) }}
    {% else %}
    {{ no_rows_of_this_model() }}
    {% endif %}
{% endmacro %}

{#- On a full build there is nothing to start from: an empty relation with the columns of the contract. A unit test
    overrides this: there `model` is the test itself and has no columns. -#}
{% macro no_rows_of_this_model() %}
    select
        {% for column in model.columns.values() -%}
        cast(null as {{ column.data_type or 'integer' }}) as {{ column.name }},
        {% endfor -%}
        cast(null as date) as replay_from
    where false
{% endmacro %}

{#- The last row of a daily model before each key's replay_from. Most keys have one on the valuation day before: that
    day's blocks are found by the zone maps. Of the others (flat since long) the day is found first, in three narrow
    columns: their whole rows before replay_from would be the whole history. -#}
{% macro last_rows_before(relation, keys, key_columns) %}
    with

    keys as (
        {{ with_previous_valuation_date(keys, key_columns) }}
    ),

    rows_of_day_before as (
        select before.*, keys.replay_from
        from {{ relation }} as before
        inner join keys
            on {{ equal_keys('before', 'keys', key_columns) }} and before.value_date = keys.previous_valuation_date
        where {{ is_of_touched_account('before.account_id', 'keys') }}
    ),

    other_keys as (
        select keys.*
        from keys
        anti join rows_of_day_before on {{ equal_keys('keys', 'rows_of_day_before', key_columns) }}
    ),

    last_days as (
        select {% for column in key_columns %}dated.{{ column }}, {% endfor %}max(dated.value_date) as value_date
        from {{ relation }} as dated
        inner join other_keys
            on {{ equal_keys('dated', 'other_keys', key_columns) }} and dated.value_date < other_keys.replay_from
        where {{ is_of_touched_account('dated.account_id', 'other_keys') }}
        group by {% for column in key_columns %}dated.{{ column }}{{ ', ' if not loop.last }}{% endfor %}

    )

    select * from rows_of_day_before
    union all
    select before.*, other_keys.replay_from
    from {{ relation }} as before
    inner join last_days
        on {{ equal_keys('before', 'last_days', key_columns) }} and before.value_date = last_days.value_date
    inner join other_keys on {{ equal_keys('last_days', 'other_keys', key_columns) }}
    where {{ is_of_touched_account('before.account_id', 'last_days') }}
{% endmacro %}

{% macro with_previous_valuation_date(keys, key_columns) %}
    select
        {% for column in key_columns %}replay.{{ column }}, {% endfor %}
        replay.replay_from,
        previous.calendar_date as previous_valuation_date
    from {{ keys }} as replay
    asof left join (select calendar_date from {{ ref('dim_date') }} where is_valuation_day) as previous
        on replay.replay_from > previous.calendar_date
{% endmacro %}

{#- Beside the join with the keys: of a table that lies by account (daily tables do within each month) only the blocks
    of their accounts are read. DuckDB takes a Bloom filter of a join into the scan, but only of a join on one column,
    and only if its build side is filtered by something that its statistics do not see through. A build from the start
    touches all accounts; there the filter would let nothing be skipped, and had DuckDB build hash tables of the larger
    side. A view is not made again by the runs after that: it has the filter in any case. -#}
{% macro is_of_touched_account(account_id, keys) -%}
    {%- if is_built_from_the_start() and config.get('materialized') != 'view' -%}
    true
    {%- else -%}
    {{ account_id }} in (select account_id from {{ keys }} where length(account_id) > 0)
    {%- endif -%}
{%- endmacro %}

{#- Not asked while dbt parses: a model that reads the environment then is parsed again whenever that changes. -#}
{% macro is_built_from_the_start() -%}
    {{ return(flags.FULL_REFRESH or not execute or env_var('NAVLOG_REPLAY_AFTER_SEQ', '0') | int == 0) }}
{%- endmacro %}

{% macro equal_keys(one, other, key_columns) -%}
    {% for column in key_columns %}{{ one }}.{{ column }} = {{ other }}.{{ column }}{{ ' and ' if not loop.last }}{% endfor %}
{%- endmacro %}

{#- A full build lays a daily model down month by month and within a month by account: a run that asks for some days, or
    for some accounts, then skips the blocks of the others. Of a join, `row` says whose columns. -#}
{% macro in_order_of_months_and_accounts(row=none) %}
    {%- set of_row = row ~ '.' if row else '' -%}
    {%- if not is_incremental() %}order by date_trunc('month', {{ of_row }}value_date), {{ of_row }}account_id{% endif -%}
{% endmacro %}

{#- And what is asked for by key alone in the order of keys. -#}
{% macro in_order_of_keys() %}
    {%- if not is_incremental() %}order by account_id, symbol{% endif -%}
{% endmacro %}
