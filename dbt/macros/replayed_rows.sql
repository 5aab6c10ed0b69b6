{#- What a run has recomputed is kept until the next one, in the schema `replayed`, under the name of its model: who wants
    the rows of this run reads these few, and not the history that they were put into. -#}

{#- The rows of a model that this run has recomputed; after a build from the start all of them. In a unit test: those
    that the test states. -#}
{% macro replayed(relation) -%}
    {{ return(relation if relation.is_cte else relation.incorporate(path={'schema': 'replayed'})) }}
{%- endmacro %}

{#- dbt's own materialization writes recomputed rows to a temporary table that it describes, compares and drops, in more
    statements than a small run has rows. Here nobody asks for other columns: other models begin another build database
    (flows/warehouse.py). A strategy is one transaction, and so is a table made anew: a run that dies leaves the old rows
    or the new ones, and the next one goes on from either. All of it is one call of DuckDB: dbt's own begin and commit
    are calls of their own, and a call costs more than most of them do. -#}
{% materialization incremental, adapter='duckdb', supported_languages=['sql'] %}
    {% set target = this.incorporate(type='table') %}
    {% set shown = replayed(this) %}
    {% if is_incremental() %}
        {% set kept = shown.incorporate(path={'identifier': this.identifier ~ '__rows'}) %}
        {% set strategy = adapter.get_incremental_strategy_macro(context, config.require('incremental_strategy')) %}
        {% call statement('main', auto_begin=False) -%}
            create or replace table {{ kept }} as from {{ target }} limit 0;
            insert into {{ kept }} by name (
                {{ compiled_code }}
            );
            create or replace view {{ shown }} as from {{ kept.include(database=false) }};
            {{ refuse_rows_of_one_grain(kept) }};
            begin;
            {{ strategy({
                'target_relation': target,
                'temp_relation': kept,
                'unique_key': config.get('unique_key'),
                'dest_columns': none,
                'incremental_predicates': none
            }) }};
            commit
        {%- endcall %}
    {% else %}
        {% call statement('main', auto_begin=False) -%}
            begin;
            {{ dropped(load_cached_relation(this)) }}
            {{ create_table_as(False, target, compiled_code, 'sql') }};
            {{ refuse_rows_of_one_grain(target) }};
            create or replace view {{ shown }} as from {{ target.include(database=false) }};
            commit
        {%- endcall %}
    {% endif %}
    {{ return({'relations': [target]}) }}
{% endmaterialization %}

{#- Incremental strategy `by_key`: replaces every row that has the key of a recomputed one. -#}
{% macro get_incremental_by_key_sql(arg_dict) %}
    {% set target, rows, key = arg_dict['target_relation'], arg_dict['temp_relation'], arg_dict['unique_key'] %}

    delete from {{ target }} where {{ key }} in (select {{ key }} from {{ rows }});

    insert into {{ target }} by name (from {{ rows }})
{% endmacro %}
