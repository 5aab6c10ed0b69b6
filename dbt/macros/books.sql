{#- The account id of the book of a currency: all its accounts together. No account can be called so. -#}
{% macro book_of(currency) -%}
    '$BOOK:' || {{ currency }}
{%- endmacro %}
