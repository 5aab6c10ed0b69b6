{#- What a model says of its rows is asked where they are written, of each row, before anything reads them: a column's
    constraints by DuckDB itself, the grain (`meta: {grain: [...]}`) here. A key declared to DuckDB would have it keep
    an index of all rows in memory. -#}

{#- Fails if two of the rows share the model's grain, and names the first. NULLs count as values; an event must
    have its id. -#}
{% macro refuse_rows_of_one_grain(rows) %}
    {% set grain = model.config.meta.grain %}
    select error(
        '{{ this.identifier }} has ' || count(*) || ' rows for one key: '
        || {{ '{' }}{% for column in grain %}{{ column }}: {{ column }}{{ ', ' if not loop.last }}{% endfor %}{{ '}' }}::varchar
    )
    from {{ rows }}
    group by {{ grain | join(', ') }}
    having count(*) > 1{{ ' or event_id is null' if 'event_id' in grain }}
{% endmacro %}
