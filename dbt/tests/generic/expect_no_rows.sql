{#- A law (dbt/models/laws) has a row for each of its breaks. -#}
{% test expect_no_rows(model) %}
select * from {{ model }}
{% endtest %}
