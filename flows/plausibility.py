"""New events beside what was known before them, and the run as a whole: what the plausibility checks look at.

The bounds themselves are in expectations/limits.py. Everything here starts from the new events or the touched keys, so
that it costs what they are and not what is stored. What may close the gate is asked of the versions that hold now: a
wrong event is in the log for ever, and its correction opens the gate.
"""

from __future__ import annotations

from typing import Final

from expectations.limits import CLOSE_BEFORE_DAYS_MOST, USUAL_DAYS, USUAL_LEAST_COUNT

_AGE: Final = "date_diff('second', new.occurred_at, new.recorded_at) / 86400.0 as days_until_recorded"
_HOLDS_BY_THIS_RUN: Final = "is_effective and resolved_seq > (select replay_after_seq from event_log.watermark)"


def _effective(stream: str) -> str:
    """The versions of the events that this run has stated or corrected which hold now."""
    return f"""
        select event_id, symbol, price, occurred_at, occurred_on
        from main_staging.stg_{stream}
        where {_HOLDS_BY_THIS_RUN}
    """


_CLOSES: Final = f"""
    select symbol, occurred_on as price_date, max_by(price, (occurred_at, original_event_id)) as close
    from main_staging.stg_prices
    where
        is_effective
        and symbol in (select symbol from effective)
        and occurred_on >= (select min(occurred_on) - {CLOSE_BEFORE_DAYS_MOST} from effective)
    group by symbol, occurred_on
"""
"""The closes of the symbols of ``effective`` events, from some days before the first of these on."""


def _compared(stream: str, name: str, asof_condition: str) -> str:
    """Effective prices of a stream as ratio ``name`` to the last close that fits, with splits in between taken out.

    ``asof_condition`` says which closes fit: how the day of the event compares with theirs.
    """
    return f"""
        with effective as ({_effective(stream)}),
        closes as ({_CLOSES}),
        compared as (
            select
                effective.event_id,
                effective.symbol,
                effective.occurred_on,
                effective.price,
                closes.price_date,
                effective.price::double / nullif(closes.close::double * coalesce((
                    select exp(sum(ln(split.old_units::double / split.new_units::double)))
                    from main_intermediate.int_splits as split
                    where
                        split.symbol = effective.symbol
                        and split.effective_date > closes.price_date
                        and split.effective_date <= effective.occurred_on
                ), 1), 0) as ratio
            from effective
            asof left join closes on effective.symbol = closes.symbol and effective.occurred_on {asof_condition}
        )
        select
            event_id,
            symbol,
            occurred_on,
            price,
            case when occurred_on - price_date <= {CLOSE_BEFORE_DAYS_MOST} then ratio end as {name}
        from compared
    """


EFFECTIVE_PRICES: Final = _compared("prices", "price_to_close_before", "> closes.price_date")
"""SQL of the prices that this run has made hold, beside the close of the last day before."""

EFFECTIVE_TRADES: Final = _compared("trades", "price_to_last_close", ">= closes.price_date")
"""SQL of the trades that this run has made hold, beside the last close up to their day."""


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

NEW_EVENTS: Final[dict[str, str]] = {
    "prices": f"select new.* exclude (commit_seq), {_AGE} from event_log.prices as new",
    "trades": f"""
        with usual as ({_usual("trades", "main_facts.fact_trades", "trade_date", "account_id, symbol", "quantity")})
        select new.* exclude (commit_seq), new.quantity::double / usual.usual as quantity_to_usual, {_AGE}
        from event_log.trades as new
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

PRICE_FEED: Final = f"""
    with last_day as (
        select max(calendar_date) as value_date from main_dimensions.dim_date where is_valuation_day
    ),
    symbols as (
        select symbol, bool_or(price_date = last_day.value_date) as is_priced
        from held, last_day
        group by symbol
    ),
    newest as (
        select max(occurred_on) as event_date
        from (
            select occurred_on from main_staging.stg_trades where {_HOLDS_BY_THIS_RUN}
            union all
            select occurred_on from main_staging.stg_cash_events where {_HOLDS_BY_THIS_RUN}
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
