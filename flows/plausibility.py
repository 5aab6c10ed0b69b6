"""New events beside what was known before them, and the run as a whole: what the plausibility checks look at.

The bounds themselves are in expectations/limits.py. Everything here starts from the new events or the touched keys, so
that it costs what they are and not what is stored.
"""

from __future__ import annotations

from typing import Final

from expectations.limits import CLOSE_BEFORE_DAYS_MOST, USUAL_DAYS, USUAL_LEAST_COUNT

_AGE: Final = "date_diff('second', new.occurred_at, new.recorded_at) / 86400.0 as days_until_recorded"


def _closes(stream: str) -> str:
    """The closes of the symbols of new events, from some days before the first of these on."""
    return f"""
        select symbol, occurred_on as price_date, max_by(price, (occurred_at, original_event_id)) as close
        from main_staging.stg_prices
        where
            is_effective
            and symbol in (select symbol from event_log.{stream})
            and occurred_on >= (
                select cast(min(occurred_at) as date) - {CLOSE_BEFORE_DAYS_MOST} from event_log.{stream}
            )
        group by symbol, occurred_on
    """


def _price_to_close(name: str, as_of: str) -> str:
    """Ratio of a price to the joined close, with the splits between the two days taken out."""
    return f"""
        new.price::double / nullif(closes.close::double * coalesce((
            select exp(sum(ln(split.old_units::double / split.new_units::double)))
            from main_intermediate.int_splits as split
            where
                split.symbol = new.symbol
                and split.effective_date > closes.price_date
                and split.effective_date <= cast(new.occurred_at as date)
        ), 1), 0) as {name}
        from event_log.{as_of} as new
        asof left join closes
    """


def _usual(stream: str, known: str, day: str, key: str, size: str) -> str:
    """The usual size per key: the middle of a year of the ``known`` events, the new ones among them.

    ``PublicTable.is_touched`` says what the length is for.
    """
    return f"""
        select {key}, median({size}::double) as usual
        from {known}
        where
            {day} >= (select cast(min(occurred_at) as date) - {USUAL_DAYS} from event_log.{stream})
            and account_id in (select account_id from event_log.{stream} where length(account_id) > 0)
        group by {key}
        having count(*) >= {USUAL_LEAST_COUNT}
    """


_CASH_EVENTS: Final = "(from main_staging.stg_cash_events where is_effective) as known"
_IS_RECENT: Final = f"cast(new.occurred_at as date) - closes.price_date <= {CLOSE_BEFORE_DAYS_MOST}"

NEW_EVENTS: Final[dict[str, str]] = {
    "prices": f"""
        with closes as ({_closes("prices")}),
        compared as (
            select new.* exclude (commit_seq), {_IS_RECENT} as is_recent,
            {_price_to_close("ratio", "prices")}
            on new.symbol = closes.symbol and cast(new.occurred_at as date) > closes.price_date
        )
        select new.* exclude (is_recent, ratio), case when is_recent then ratio end as price_to_close_before, {_AGE}
        from compared as new
    """,
    "trades": f"""
        with closes as ({_closes("trades")}),
        usual as ({_usual("trades", "main_facts.fact_trades", "trade_date", "account_id, symbol", "quantity")}),
        compared as (
            select new.* exclude (commit_seq), {_IS_RECENT} as is_recent,
            {_price_to_close("ratio", "trades")}
            on new.symbol = closes.symbol and cast(new.occurred_at as date) >= closes.price_date
        )
        select
            new.* exclude (is_recent, ratio),
            case when is_recent then ratio end as price_to_last_close,
            new.quantity::double / usual.usual as quantity_to_usual,
            {_AGE}
        from compared as new
        left join usual on new.account_id = usual.account_id and new.symbol = usual.symbol
    """,
    "cash_events": f"""
        with usual as ({_usual("cash_events", _CASH_EVENTS, "occurred_on", "account_id, type", "amount")})
        select new.* exclude (commit_seq), new.amount::double / usual.usual as amount_to_usual, {_AGE}
        from event_log.cash_events as new
        left join usual on new.account_id = usual.account_id and new.type = usual.type
    """,
}
"""SQL of the new events of a stream with their context; other streams come as they are."""

HELD: Final = """
    create or replace temp table held as
    with replay as (
        from main_intermediate.int_replay_keys
    )
    select position.symbol, position.price_date, position.price_age_days, position.is_price_from_trade
    from main_facts.fact_positions_daily as position
    inner join replay on position.account_id = replay.account_id and position.symbol = replay.symbol
    where
        position.value_date = (select max(calendar_date) from main_dimensions.dim_date where is_valuation_day)
        and position.cumulative_position <> 0
        and position.account_id in (select account_id from replay where length(account_id) > 0)
"""
"""SQL that makes the temporary table `held`: open positions of touched keys on the last valuation day."""

HELD_SYMBOLS: Final = """
    select
        symbol,
        any_value(price_date) as price_date,
        any_value(price_age_days) as price_age_days,
        count(*) as holder_count,
        not bool_or(is_price_from_trade) as is_priced
    from held
    group by symbol
"""

PRICE_FEED: Final = """
    with last_day as (
        select max(calendar_date) as value_date from main_dimensions.dim_date where is_valuation_day
    ),
    symbols as (
        select symbol, bool_or(price_date = last_day.value_date) as is_priced
        from held, last_day
        group by symbol
    ),
    newest as (
        select max(occurred_at)::date as event_date
        from (
            select occurred_at from event_log.trades union all select occurred_at from event_log.cash_events
        ) as events
    )
    select
        last_day.value_date as last_valuation_date,
        (select count(*) from symbols) as held_symbols,
        (select count(*) from symbols where is_priced) as priced_symbols,
        (select avg(is_priced::integer) from symbols) as priced_share,
        greatest(newest.event_date - last_day.value_date, 0) as waiting_days
    from last_day, newest
    where last_day.value_date is not null or newest.event_date is not null
"""

_MENTIONED_BEFORE: Final = (
    ("account", "account_id", "trades"),
    ("account", "account_id", "cash_events"),
    ("symbol", "symbol", "trades"),
    ("symbol", "symbol", "prices"),
)


def _mentions(kind: str, column: str, stream: str) -> str:
    """The few undescribed names that an earlier commit has: joined from them, so that usually nothing is read."""
    return f"""
        select distinct undescribed.kind, undescribed.name
        from main_staging.stg_{stream} as known
        inner join undescribed on undescribed.kind = '{kind}' and known.{column} = undescribed.name
        where known.commit_seq <= (select replay_after_seq from event_log.watermark)
    """


NEW_REFERENCES: Final = f"""
    with mentioned as (
        select 'account' as kind, account_id as name, event_id from event_log.trades
        union all
        select 'account', account_id, event_id from event_log.cash_events
        union all
        select 'symbol', symbol, event_id from event_log.trades
        union all
        select 'symbol', symbol, event_id from event_log.prices
        union all
        select 'symbol', symbol, event_id from event_log.cash_events where symbol is not null
    ),
    inferred as (
        select 'account' as kind, account_id as name, is_inferred from main_dimensions.dim_account where is_inferred
        union all
        select 'symbol', symbol, is_inferred from main_dimensions.dim_symbol where is_inferred
    ),
    undescribed as (
        select mentioned.kind, mentioned.name, min(mentioned.event_id) as event_id
        from mentioned
        inner join inferred on mentioned.kind = inferred.kind and mentioned.name = inferred.name
        group by mentioned.kind, mentioned.name
    ),
    known_before as (
        {" union all ".join(_mentions(*where) for where in _MENTIONED_BEFORE)}
    )
    select undescribed.*, true as is_inferred
    from undescribed
    anti join known_before on undescribed.kind = known_before.kind and undescribed.name = known_before.name
"""
