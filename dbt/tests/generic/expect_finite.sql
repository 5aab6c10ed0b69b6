{#- A number is NULL or finite: never NaN, never infinity. -#}
{% test expect_finite(model, column_name) %}
select {{ column_name }}
from {{ model }}
where not isfinite({{ column_name }})
{% endtest %}
