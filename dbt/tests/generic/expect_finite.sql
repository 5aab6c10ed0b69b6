{#- Numbers are NULL or finite: never NaN, never infinity. -#}
{% test expect_finite(model, columns) %}
select {{ columns | join(', ') }}
from {{ model }}
where {% for column in columns %}not isfinite({{ column }}){{ ' or ' if not loop.last }}{% endfor %}
{% endtest %}
