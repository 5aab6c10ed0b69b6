{#- Tables and views that every run makes anew. dbt's own materializations build beside the old relation, rename both and
    drop the old one, so that readers never miss it; that costs a small run more than the models do. Nobody reads the
    build database while a run writes it, and after a run that failed the next one makes the relation in any case. No
    transaction spans the two statements: a Python model writes on a cursor of its own. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql', 'python'] %}
    {% set target, old = this.incorporate(type='table'), load_cached_relation(this) %}
    {% if model.language == 'python' %}
        {% call statement('drop', auto_begin=False) -%}{{ dropped(old) }}{%- endcall %}
        {% call statement('main', language='python', auto_begin=False) -%}
            {{ create_table_as(False, target, compiled_code, 'python') }}
        {%- endcall %}
    {% else %}
        {% call statement('main', auto_begin=False) -%}
            {{ dropped(old) }}
            {{ create_table_as(False, target, compiled_code) }}
            {% if config.get('contract').enforced %}{{ refuse_rows_of_one_grain(target) }}{% endif %}
        {%- endcall %}
    {% endif %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {% set target = this.incorporate(type='view') %}
    {% call statement('main', auto_begin=False) -%}
        {{ dropped(load_cached_relation(this)) }}
        {{ get_create_view_as_sql(target, sql) }}
    {%- endcall %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- What the models of a run read of a long history, read once: a table. A build from the start touches all of it, and a
    copy would help nobody: there it is a view. -#}
{% materialization touched, adapter='duckdb' %}
    {% if is_built_from_the_start() %}
        {% do return(materialization_view_duckdb()) %}
    {% else %}
        {% do return(materialization_table_duckdb()) %}
    {% endif %}
{% endmaterialization %}

{#- Not `adapter.drop_relation`, which also forgets the relation: it is back a moment later. -#}
{% macro dropped(relation) -%}
    {% if relation is not none %}drop {{ relation.type }} {{ relation }};{% endif %}
{%- endmacro %}
