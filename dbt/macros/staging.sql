{#- Every version of the events of a stream: originals and the bodies that AMENDs state. One row per event that states a
    body; `original_event_id` names what it is a version of. `is_effective` marks the one version that holds, if any:
    the original, or the AMEND that is the deciding correction; none after a CANCEL or while the original is unknown.
    A source numbers its corrections apart from its events, so an id tells a version only together with `is_amendment`.
    An AMEND that was itself cancelled decides nothing; a cancelled CANCEL still holds. `retained_fee` is what the broker
    keeps of a cancelled event. -#}
{% macro resolved_events(stream) %}
{%- set body = body_columns(stream) -%}
with

stated as (
    select
        commit_seq,
        event_id,
        event_id as original_event_id,
        false as is_amendment,
        occurred_at as stated_occurred_at,
        recorded_at,
        batch_id,
        {{ body | join(',\n        ') }}
    from {{ source('event_log', stream) }}
),

amended as (
    select
        commit_seq,
        event_id,
        corrects_event_id as original_event_id,
        true as is_amendment,
        amended_occurred_at as stated_occurred_at,
        recorded_at,
        batch_id,
        {{ body | join(',\n        ') }}
    from {{ source('event_log', 'corrections') }}
    where action = 'AMEND' and corrects_stream = '{{ stream }}'
),

new_versions as (
    select * from stated
    union all
    select * from amended
),

touched as (
    select original_event_id from new_versions
    union
    {{ events_corrected_by_this_run(stream) }}
),

versions as not materialized (
    select * from new_versions
    {% if is_incremental() %}
    union all
    select
        commit_seq,
        event_id,
        original_event_id,
        is_amendment,
        stated_occurred_at,
        recorded_at,
        batch_id,
        {{ body | join(',\n        ') }}
    from {{ this }}
    where
        commit_seq <= {{ replay_after_seq() }}
        and original_event_id in (select original_event_id from touched)
    {% endif %}
),

-- Counted by id and not numbered by a window: that would hold every column of a long history.
doubled as (
    select event_id, is_amendment, min(commit_seq) as first_seq
    from versions
    group by event_id, is_amendment
    having count(*) > 1
),

first_versions as not materialized (
    select versions.*, to_microseconds({{ date_only_offset_us(stream) }}) as place_in_the_day
    from versions
    left join doubled
        on versions.event_id = doubled.event_id and versions.is_amendment = doubled.is_amendment
    where doubled.event_id is null or versions.commit_seq = doubled.first_seq
),

withdrawn as (
    select corrects_event_id as event_id
    from {{ ref('stg_corrections') }}
    where corrects_stream = 'corrections' and action = 'CANCEL'
),

deciding_corrections as (
    select
        corrects_event_id,
        event_id as correction_event_id,
        action,
        fee_retained
    from {{ ref('stg_corrections') }}
    where
        corrects_stream = '{{ stream }}'
        {% if is_incremental() %}
        and corrects_event_id in (select original_event_id from touched)
        {% endif %}
        and not (action = 'AMEND' and event_id in (select event_id from withdrawn))
    qualify row_number() over (
        partition by corrects_event_id
        order by revision desc nulls last, recorded_at desc, event_id desc
    ) = 1
),

resolved_originals as (
    select
        original.*,
        original.stated_occurred_at as occurred_at,
        correction.action is null as is_effective,
        case when correction.action = 'CANCEL' then correction.fee_retained end as retained_fee
    from first_versions as original
    left join deciding_corrections as correction
        on original.original_event_id = correction.corrects_event_id
    where not original.is_amendment
),

-- An event of a day without a time lies where its kind has its place in the day: as an AMEND states the kind now.
resolved_amendments as (
    select
        amendment.*,
        case
            when amendment.stated_occurred_at is not null then amendment.stated_occurred_at
            when original.stated_occurred_at = cast(original.stated_occurred_at as date) + original.place_in_the_day
                then cast(original.stated_occurred_at as date) + amendment.place_in_the_day
            else original.stated_occurred_at
        end as occurred_at,
        original.event_id is not null and correction.correction_event_id is not null as is_effective,
        null as retained_fee
    from first_versions as amendment
    left join first_versions as original
        on amendment.original_event_id = original.event_id and not original.is_amendment
    left join deciding_corrections as correction
        on
            amendment.original_event_id = correction.corrects_event_id
            and amendment.event_id = correction.correction_event_id
            and correction.action = 'AMEND'
    where amendment.is_amendment
),

resolved as (
    select * from resolved_originals
    union all
    select * from resolved_amendments
)

select
    event_id,
    original_event_id,
    is_amendment,
    {{ body | join(',\n    ') }},
    is_effective,
    retained_fee,
    commit_seq,
    batch_id,
    stated_occurred_at,
    occurred_at,
    recorded_at,
    cast(occurred_at as date) as occurred_on,
    (select last_seq from event_log.watermark) as resolved_seq
from resolved
{% endmacro %}

{#- Body columns of a stream, from the generated source. -#}
{% macro body_columns(stream) %}
    {% set envelope = ['commit_seq', 'event_id', 'occurred_at', 'recorded_at', 'batch_id', 'schema_version'] %}
    {{ return(generated_source(stream).columns.keys() | reject('in', envelope) | list if execute else []) }}
{% endmacro %}

{#- Microseconds after midnight at which intake puts an event of a stream that states a day without a time. -#}
{% macro date_only_offset_us(stream) %}
    {%- set offsets = generated_source(stream).config.meta.date_only_offsets_us if execute else [] -%}
    case {% for condition, offset_us in offsets %}when {{ condition }} then {{ offset_us }} {% endfor %}else 0 end
{%- endmacro %}

{% macro generated_source(stream) %}
    {{ return(graph.sources.values() | selectattr('source_name', 'equalto', 'event_log')
        | selectattr('name', 'equalto', stream) | first) }}
{% endmacro %}

{#- Every version of the events that this run's commits state or correct: what was there and what is there now. Staging
    has written just these anew, behind all others. -#}
{% macro touched_events(stream) %}
select *
from {{ ref('stg_' ~ stream) }}
where resolved_seq > {{ replay_after_seq() }} and occurred_at is not null
{% endmacro %}

{#- Incremental strategy `resolve`: replaces every version of the events that the run has resolved anew. Those of earlier
    commits are looked for by id only if there are any; those of a run that failed stand behind the watermark. -#}
{% macro get_incremental_resolve_sql(arg_dict) %}
    {% set target = arg_dict['target_relation'] %}
    {% set resolved = arg_dict['temp_relation'] %}

    delete from {{ target }} where commit_seq > {{ replay_after_seq() }};

    delete from {{ target }}
    using (
        select distinct original_event_id from {{ resolved }} where commit_seq <= {{ replay_after_seq() }}
    ) as resolved_anew
    where {{ target }}.original_event_id = resolved_anew.original_event_id;

    insert into {{ target }} by name (from {{ resolved }})
{% endmacro %}

{#- Ids of the events that this run's commits correct: directly, or by withdrawing an AMEND of them. -#}
{% macro events_corrected_by_this_run(stream) %}
select corrects_event_id as original_event_id
from {{ ref('stg_corrections') }}
where commit_seq > {{ replay_after_seq() }} and corrects_stream = '{{ stream }}'
union
select amendment.corrects_event_id as original_event_id
from {{ ref('stg_corrections') }} as withdrawal
inner join {{ ref('stg_corrections') }} as amendment on withdrawal.corrects_event_id = amendment.event_id
where
    withdrawal.commit_seq > {{ replay_after_seq() }}
    and withdrawal.corrects_stream = 'corrections'
    and amendment.corrects_stream = '{{ stream }}'
{% endmacro %}
