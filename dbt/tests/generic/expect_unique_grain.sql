{#- No two rows share the grain. NULLs count as values. -#}
{% test expect_unique_grain(model, grain) %}
select {{ grain | join(', ') }}, count(*) as row_count
from {{ model }}
group by {{ grain | join(', ') }}
having count(*) > 1
{% endtest %}
