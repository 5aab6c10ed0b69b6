{% set streams = graph.sources.values() | selectattr('source_name', 'equalto', 'event_log') | map(attribute='name')
    | sort if execute else [] %}
with

read_rows as (
    select cast(null as bigint) as commit_seq, cast(null as varchar) as stream
    where false
    {% for stream in streams %}
    union all
    select commit_seq, '{{ stream }}' as stream from {{ source('event_log', stream) }}
    {% endfor %}
),

read_counts as (
    select commit_seq, stream, count(*) as read
    from read_rows
    group by commit_seq, stream
),

numbered as (
    select
        *,
        coalesce(lag(seq) over (order by seq), {{ replay_after_seq() }}) as previous_seq
    from event_log.commits
)

select
    numbered.seq,
    numbered.batch_id,
    numbered.previous_seq,
    numbered.received,
    numbered.accepted,
    numbered.duplicate,
    numbered.quarantined,
    read_counts.commit_seq,
    read_counts.stream,
    read_counts.read
from numbered
full join read_counts
    on numbered.seq = read_counts.commit_seq and numbered.stream = read_counts.stream
where
    numbered.received is distinct from numbered.accepted + numbered.duplicate + numbered.quarantined
    or numbered.seq is distinct from numbered.previous_seq + 1
    or coalesce(read_counts.read, 0) <> coalesce(numbered.accepted, 0)
