"""Time travel: what readers saw then, what they see now, and which events moved it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import charts, restated_rows, restating, session, tables, tiles, words
from dashboard.books import Books, Row, published_at
from dashboard.frame import chosen_account, opened
from dashboard.queries import account, travel
from dashboard.tiles import Tile
from flows.lake import Snapshot
from flows.plain import counted

figures_of = session.remembered(travel.figures)
values_of = session.remembered(travel.values)
currency_of = session.remembered(account.currency)
last_day_of = session.remembered(account.last_day)
accounts_of = session.remembered(account.accounts)

_WAIT = "Folding the log to find the events; runs and readers go on meanwhile ..."


def show_page() -> None:
    """An account then and now, and what was restated in the whole book."""
    now = opened("Time travel")
    earlier = session.snapshots()[:-1]
    if not earlier:
        st.info(
            "There is one published state so far, so there is nothing to travel to. After the next `navlog refresh` "
            "this page compares the two. `navlog query --known-at` asks what the log knew at any time."
        )
        return
    chosen = _chosen_moment(earlier)
    then = session.books_of(chosen)
    _show_account(then, now)
    _show_restatement(then, now)


def _chosen_moment(earlier: list[Snapshot]) -> Snapshot:
    """The states are named by their number in the lake, so that two of one minute stay apart."""
    by_id = {one.snapshot_id: one for one in reversed(earlier)}
    chosen = st.selectbox(
        "As published at",
        list(by_id),
        format_func=lambda snapshot_id: _label(by_id[snapshot_id]),
        key="published-at",
    )
    return by_id[chosen]


def _label(snapshot: Snapshot) -> str:
    return f"{words.moment(published_at(snapshot))}  (commit {snapshot.publication.published_seq:,})"


def _show_account(then: Books, now: Books) -> None:
    account_id = chosen_account(now)
    day = last_day_of(then, account_id) if account_id in accounts_of(then) else None
    if day is None:
        st.info("This account was not in the books yet.")
        return
    before, after = figures_of(then, account_id, day), figures_of(now, account_id, day)
    st.subheader(f"The same day, {words.day(day)}, then and now", anchor=False)
    st.caption(f"Amounts in {currency_of(now, account_id)}.")
    tables.show(
        _side_by_side(before or {}, after or {}),
        {
            "figure": tables.pinned("Figure", width=150),
            "then": tables.right("As published then"),
            "now": tables.right("As published now"),
            "change": tables.right("Change"),
        },
        key="then-and-now",
        rows_shown=len(travel.FIGURES),
    )
    _show_values(then, now, account_id, day)


def _side_by_side(before: Row, after: Row) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "figure": name,
            "then": _written(before.get(column), column),
            "now": _written(after.get(column), column),
            "change": _change(before.get(column), after.get(column), column),
        }
        for column, name in travel.FIGURES.items()
    )


def _written(value: Decimal | float | None, column: str) -> str:
    return words.unsigned_percent(value) if column.endswith("_pct") else words.money(value)


def _change(before: Any, after: Any, column: str) -> str:  # noqa: ANN401 - a decimal or a float, both of one kind
    if before is None or after is None:
        return words.NOTHING
    if before == after:
        return "same"
    return words.points(after - before) if column.endswith("_pct") else words.signed_money(after - before)


def _show_values(then: Books, now: Books, account_id: str, day: date) -> None:
    restated = travel.restated_values(values_of(then, account_id), values_of(now, account_id))
    st.subheader("Total value, now less then", anchor=False)
    if restated.empty:
        st.caption(f"It is the same on every day up to {words.day(day)}.")
        return
    st.caption(
        f"Restated on {counted(len(restated), 'day')}, from {words.day(restated['value_date'].min())} "
        f"to {words.day(restated['value_date'].max())}."
    )
    charts.show(charts.differences(restated), "then-and-now", "Chart: total value now less then, day by day")


def _show_restatement(then: Books, now: Books) -> None:
    st.subheader("What was restated in the whole book, and why", anchor=False)
    key = f"restated-{then.identity}-{now.identity}"
    if key not in st.session_state:
        st.caption(
            "Compares every published table of the two moments and finds the events behind each changed row. "
            "This folds the log once more, so it takes as long as a first refresh; after that it is remembered."
        )
        st.button("Compare", icon=":material/compare_arrows:", on_click=st.session_state.setdefault, args=(key, True))
        return
    restated = _restated(then.identity, now.identity)
    _show_verdict(restated)
    if restated["rows"]:
        _show_tables(restated)
        _show_movers(restated)
        _show_rows(restated, then)


@st.cache_data(show_spinner=_WAIT, max_entries=8)
def _restated(then: tuple[str, int, str, str], now: tuple[str, int, str, str]) -> dict[str, Any]:
    return restating.restated_between(then[1], now[1])


def _show_verdict(restated: dict[str, Any]) -> None:
    rows = sum(table["changed"] + table["gone"] + table["added"] for table in restated["tables"])
    grown = sum(table["grown"] for table in restated["tables"])
    unexplained = restated["unexplained"]
    tiles.show(
        "restated",
        Tile("Rows restated", f"{rows:,}", f"for days up to {_until(restated)}"),
        Tile("Events behind them", f"{len(restated['movers']):,}", "late, corrected or new"),
        Tile("Unexplained", f"{unexplained:,}", "report this" if unexplained else "every change has its events"),
        Tile("Rows of later days", f"{grown:,}", "growth, not restated"),
    )


def _until(restated: dict[str, Any]) -> str:
    day = restated["last_day_before"]
    return words.day(date.fromisoformat(day)) if day else "then"


def _show_tables(restated: dict[str, Any]) -> None:
    changed = pd.DataFrame(restated["tables"])
    changed = changed[changed[["changed", "gone", "added"]].sum(axis="columns") > 0]
    tables.show(
        changed.assign(first_day=pd.to_datetime(changed["first_day"])),
        {
            "table": tables.pinned("Table"),
            "changed": tables.count("Changed"),
            "gone": tables.count("Gone"),
            "added": tables.count("Added late"),
            "unexplained": tables.count("Unexplained"),
            "accounts": tables.count("Accounts"),
            "first_day": tables.day("From"),
        },
        key="restated-tables",
    )


def _show_movers(restated: dict[str, Any]) -> None:
    st.markdown("**Events that moved them**")
    tables.show(
        pd.DataFrame(_mover(mover) for mover in restated["movers"]),
        {
            "event": tables.pinned("Event"),
            "what": tables.text("What it is"),
            "change": tables.right("Largest change of a total value"),
            "rows": tables.count("Rows"),
            "accounts": tables.count("Accounts"),
            "known": tables.text("Known since"),
            "commit": tables.count("Commit"),
        },
        key="movers",
    )


def _mover(mover: dict[str, Any]) -> dict[str, Any]:
    evidence = mover["evidence"]
    before, after = mover["total_value_before"], mover["total_value_after"]
    change = "" if before is None or after is None else words.signed_money(Decimal(after) - Decimal(before))
    corrects = f" of {mover['corrects']}" if mover["corrects"] else ""
    return {
        "event": mover["event_id"],
        "what": f"{mover['action'].lower()}{corrects}"
        if corrects
        else f"{mover['action'].lower()} in {mover['stream']}",
        "change": f"{change}  {mover['account_id']} on {mover['day']}" if change else words.NOTHING,
        "rows": mover["rows"],
        "accounts": mover["accounts"],
        "known": evidence["recorded_at"][:16].replace("T", " "),
        "commit": evidence["commit_seq"],
    }


def _show_rows(restated: dict[str, Any], then: Books) -> None:
    st.markdown("**Figures**")
    names = sorted({row["table"] for row in restated["rows"]})
    chosen = st.selectbox("Table", names, key="restated-table")
    rows = [row for row in restated["rows"] if row["table"] == chosen]
    tables.show(
        pd.DataFrame(figure for row in rows for figure in restated_rows.figures(row)),
        {
            "day": tables.text("Day"),
            "account": tables.text("Account"),
            "symbol": tables.text("Symbol"),
            "which": tables.text("Which row", width=tables.KEY_WIDTH),
            "figure": tables.text("Figure"),
            "before": tables.right("Before"),
            "after": tables.right("After"),
            "events": tables.text("Moved by"),
        },
        key="restated-rows",
    )
    all_rows = next(table for table in restated["tables"] if table["table"] == chosen)
    hidden = all_rows["changed"] + all_rows["gone"] + all_rows["added"] - len(rows)
    if hidden:
        command = f"navlog restatement --as-published --from {then.publication.published_at} --json"
        st.caption(f"The latest {len(rows):,} rows; `{command}` gives all of them.")


show_page()
