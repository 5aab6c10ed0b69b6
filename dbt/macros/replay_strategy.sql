{#- Incremental strategy `replay`: deletes the model's rows of the touched keys from `replay_from` on and inserts the
    recomputed ones.

    replay_keys  name of the model that holds the keys and their replay_from (a date)
    replay_on    the key's columns
    replay_date  expression over the model's columns that dates a row; rows at or after replay_from are replaced -#}
{% macro get_incremental_replay_sql(arg_dict) %}
    {% set target = arg_dict['target_relation'] %}
    {% set columns = arg_dict['dest_columns'] | map(attribute='quoted') | join(', ') %}
    {% set keys = ref(config.require('replay_keys')) %}
    {% set replay_date = config.require('replay_date') %}

    delete from {{ target }}
    using {{ keys }} as replay
    where
        {% for column in config.require('replay_on') -%}
        {{ target }}.{{ column }} = replay.{{ column }} and
        {% endfor -%}
        {{ replay_date }} >= replay.replay_from;

    insert into {{ target }} ({{ columns }})
    (select {{ columns }} from {{ arg_dict['temp_relation'] }})
{% endmacro %}

{#- The model's own last row of every key before its replay_from: where the recomputation starts. -#}
{% macro carried_rows(keys, key_columns) %}
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

{#- The last row of a daily model before each key's replay_from. The day is found first, in three narrow columns: the
    whole rows before replay_from would be the whole history. -#}
{% macro last_rows_before(relation, keys, key_columns) %}
    select before.*, last_day.replay_from
    from {{ relation }} as before
    inner join (
        select
            {% for column in key_columns %}dated.{{ column }}, {% endfor %}
            replay.replay_from,
            max(dated.value_date) as value_date
        from {{ relation }} as dated
        inner join {{ keys }} as replay
            on {% for column in key_columns %}dated.{{ column }} = replay.{{ column }} and {% endfor %}
            dated.value_date < replay.replay_from
        group by {% for column in key_columns %}dated.{{ column }}, {% endfor %}replay.replay_from
    ) as last_day
        on {% for column in key_columns %}before.{{ column }} = last_day.{{ column }} and {% endfor %}
        before.value_date = last_day.value_date
{% endmacro %}
