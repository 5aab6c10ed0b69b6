with

postings as (
    {{ journal_postings(
        replayed(ref('fact_trades')),
        replayed(ref('fact_lots')),
        replayed(ref('fact_cash_moves'))
    ) }}
),

-- Slices of this run may have been opened before it: the other postings of that day are not among its rows.
postings_of_this_run as (
    select postings.*
    from postings
    left join {{ ref('int_replay_lots') }} as replay
        on postings.account_id = replay.account_id and postings.symbol = replay.symbol
    where replay.replay_from is null or postings.posting_date >= replay.replay_from
)

select event_id, account_id, currency, posting_date, sum(amount) as difference
from postings_of_this_run
group by event_id, account_id, currency, posting_date
having sum(amount) <> 0
