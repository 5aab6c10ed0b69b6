{#- Tests see the rows that this run replayed, however long the history: their `where` is `rows_of_this_run`. -#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') %}
    {% if where == 'rows_of_this_run' %}
        ({{ rows_of_this_run(relation) }}) as rows_of_this_run
    {% elif where %}
        (select * from {{ relation }} where {{ where }}) as filtered_rows
    {% else %}
        {{ relation }}
    {% endif %}
{%- endmacro %}

{% macro rows_of_this_run(relation) %}
    {% set nodes = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | selectattr('alias', 'equalto', relation.identifier) | list if execute else [] %}
    {% set settings = nodes[0].config if nodes else {} %}
    {% if settings.get('replay_keys') %}
    select tested.*
    from {{ relation }} as tested
    where exists (
        select 1
        from {{ relation.database }}.main_intermediate.{{ settings.get('replay_keys') }} as replay
        where
            {% for column in settings.get('replay_on') -%}
            tested.{{ column }} = replay.{{ column }} and
            {% endfor -%}
            {{ settings.get('replay_date') }} >= replay.replay_from
    )
    {% elif settings.get('schema') == 'staging' %}
    select * from {{ relation }} where commit_seq > {{ replay_after_seq() }}
    {% else %}
    select * from {{ relation }}
    {% endif %}
{% endmacro %}
