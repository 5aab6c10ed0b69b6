{#- One row per calendar day, both ends included; none if an end is NULL. -#}
{% macro days_between(first_date, last_date) %}
    select cast(day as date) as calendar_date
    from (
        select unnest(generate_series({{ first_date }}, {{ last_date }}, interval 1 day)) as day
    ) as days
{% endmacro %}

{#- Later than every date of an event: the closing date of what is still open. -#}
{% macro end_of_time() -%}
    date '9999-12-31'
{%- endmacro %}

{#- Earlier than every date of an event. -#}
{% macro beginning_of_time() -%}
    date '1900-01-01'
{%- endmacro %}

{#- A row for every integer of a range, both ends included; none if it is empty or an end is NULL. -#}
{% macro integers_between(first_integer, last_integer) -%}
    unnest(range({{ first_integer }}, {{ last_integer }} + 1))
{%- endmacro %}

{#- A row for the first day of every month that a range of dates reaches into; none if an end is NULL. The first date must
    not lie after the last: within one month, that would give its row all the same. -#}
{% macro months_between(first_date, last_date) -%}
    cast(unnest(
        range(date_trunc('month', {{ first_date }}), {{ last_date }} + interval 1 day, interval 1 month)
    ) as date)
{%- endmacro %}
