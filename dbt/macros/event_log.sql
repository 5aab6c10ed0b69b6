{#- Opens the event log for a run: finds the commits above the watermark, checks that their files hold the bytes that
    were accepted, and makes one view per stream over exactly these files. No pattern of file names is ever read. -#}

{% macro landing_folder() -%}
    {{ return(env_var('NAVLOG_HOME', '../data') ~ '/landing') }}
{%- endmacro %}

{% macro open_event_log() %}
    {% if execute and flags.WHICH in ('build', 'run') %}
        {% if is_built_from_the_start() %}{% do write_over_replaced_tables() %}{% endif %}
        {% do run_query("create schema if not exists event_log; create schema if not exists replayed") %}
        {% do run_query("create table if not exists event_log.applied (applied_seq bigint, entry_sha256 varchar)") %}
        {% set applied = run_query("select coalesce(max(applied_seq), 0) from event_log.applied") %}
        {% set applied_seq = applied.columns[0].values()[0] | int %}
        {% do read_commits(first_unread_seq(applied_seq), last_readable_seq(applied_seq)) %}
        {% do check_batch_files() %}
        {% do open_streams() %}
    {% endif %}
{% endmacro %}

{#- The room of a table that was replaced is free from the next checkpoint on. The rows of a build from the start go past
    the write-ahead log, which grows too little to ask for one: the file would hold all old tables beside all new ones. -#}
{% macro write_over_replaced_tables() %}
    {% do run_query("set checkpoint_threshold = '1MB'") %}
{% endmacro %}

{#- The watermark: commits above it are read. It comes in the environment because other values of a dbt var would have
    dbt parse the whole project again. Without NAVLOG_REPLAY_AFTER_SEQ: what the last whole build has applied. -#}
{% macro first_unread_seq(applied) %}
    {% if flags.FULL_REFRESH %}
        {{ return(0) }}
    {% else %}
        {{ return([env_var('NAVLOG_REPLAY_AFTER_SEQ', applied | string) | int, applied] | min) }}
    {% endif %}
{% endmacro %}

{#- Commits that arrive during a run belong to the next. Without NAVLOG_LAST_SEQ: all there are. Never below what was
    applied: that is in the tables already. -#}
{% macro last_readable_seq(applied) %}
    {% set last_seq = env_var('NAVLOG_LAST_SEQ', '') %}
    {{ return([last_seq | int, applied] | max if last_seq else none) }}
{% endmacro %}

{% macro read_commits(after_seq, last_seq) %}
    {% set entries = run_query(
        "with entries as (select file, try_cast(parse_filename(file, true) as bigint) as seq"
        ~ " from glob('" ~ landing_folder() ~ "/_log/*.json'))"
        ~ " select file from entries where seq > " ~ after_seq
        ~ (" and seq <= " ~ last_seq if last_seq is not none else "")
        ~ " order by file"
    ).columns[0].values() %}
    {% set columns = "{seq: 'bigint', batch_id: 'varchar', stream: 'varchar', path: 'varchar', sha256: 'varchar', "
        ~ "received: 'bigint', accepted: 'bigint', duplicate: 'bigint', quarantined: 'bigint', "
        ~ "accepted_at: 'timestamp'}" %}
    {% set commits %}
        {% if entries %}
        select *, '{{ landing_folder() }}/' || path as file
        from read_json(['{{ entries | join("', '") }}'], columns = {{ columns }}, format = 'unstructured', hive_partitioning = false)
        {% else %}
        select
            null::bigint as seq, null::varchar as batch_id, null::varchar as stream, null::varchar as path,
            null::varchar as sha256, null::bigint as received, null::bigint as accepted, null::bigint as duplicate,
            null::bigint as quarantined, null::timestamp as accepted_at, null::varchar as file
        where false
        {% endif %}
    {% endset %}
    {% do run_query("create or replace table event_log.commits as " ~ commits) %}
    {% do run_query(
        "create or replace table event_log.watermark as select " ~ after_seq ~ "::bigint as replay_after_seq,"
        ~ " coalesce((select max(seq) from event_log.commits), " ~ after_seq ~ ")::bigint as last_seq"
    ) %}
{% endmacro %}

{% macro check_batch_files() %}
    {% set files = run_query("select file from event_log.commits where file is not null").columns[0].values() %}
    {% if files %}
        {% set changed = run_query(
            "select filename from read_blob(['" ~ files | join("', '") ~ "']) as batch"
            ~ " join event_log.commits on commits.file = batch.filename"
            ~ " where sha256(batch.content) <> commits.sha256"
        ).columns[0].values() %}
        {% if changed %}
            {{ exceptions.raise_compiler_error(
                "Batch file " ~ changed[0] ~ " does not hold the bytes that were accepted: restore it from a backup."
            ) }}
        {% endif %}
    {% endif %}
{% endmacro %}

{% macro open_streams() %}
    {% set files = run_query("select stream, file from event_log.commits where file is not null order by seq") %}
    {% set views %}
        {% for source in graph.sources.values() if source.source_name == 'event_log' %}
            create or replace view event_log.{{ source.name }} as
            {{ events_in(files.rows | selectattr('stream', 'equalto', source.name) | map(attribute='file') | list, source) }};
        {% endfor %}
    {% endset %}
    {% do run_query(views) %}
{% endmacro %}

{% macro events_in(files, source) %}
    {% set columns = source.columns.values() | rejectattr('name', 'equalto', 'commit_seq') | list %}
    {% if files %}
    select
        commits.seq as commit_seq
        {%- for column in columns %}, cast(event.{{ column.name }} as {{ column.data_type }}) as {{ column.name }}
        {%- endfor %}
    from read_parquet(['{{ files | join("', '") }}'], hive_partitioning = false) as event
    inner join event_log.commits on event.batch_id = commits.batch_id
    {% else %}
    select
        cast(null as bigint) as commit_seq
        {%- for column in columns %}, cast(null as {{ column.data_type }}) as {{ column.name }}{% endfor %}
    where false
    {% endif %}
{% endmacro %}

{#- The watermark moves when every node of a whole build has succeeded, and only then. -#}
{% macro close_event_log(results) %}
    {% set failed = results | rejectattr('status', 'in', ['success', 'pass', 'warn']) | list %}
    {% if execute and flags.WHICH == 'build' and results and not failed and is_whole_build(results) %}
        {% set last_seq = run_query("select last_seq from event_log.watermark").columns[0].values()[0] | int %}
        {% set entry = landing_folder() ~ "/_log/" ~ "%020d" % last_seq ~ ".json" %}
        {% do run_query(
            "create or replace table event_log.applied as select " ~ last_seq ~ "::bigint as applied_seq, "
            ~ ("(select sha256(content) from read_blob('" ~ entry ~ "'))" if last_seq else "null::varchar")
            ~ " as entry_sha256"
        ) %}
    {% endif %}
{% endmacro %}

{#- Views hold no rows: dbt/selectors.yml says which of them a run leaves as they are. -#}
{% macro is_whole_build(results) %}
    {% set built = results | map(attribute='node') | map(attribute='unique_id') | list %}
    {% set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model')
        | rejectattr('config.materialized', 'in', ['ephemeral', 'view']) | map(attribute='unique_id') | list %}
    {{ return((models | reject('in', built) | list) == []) }}
{% endmacro %}

{#- Rows of a staging model whose commit this run reads. -#}
{% macro replay_after_seq() -%}
    (select replay_after_seq from event_log.watermark)
{%- endmacro %}
