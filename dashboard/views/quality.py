"""How far the figures can be trusted: the gate, what was refused, and prices that are not of the day."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from dashboard import session, tables, tiles, words
from dashboard.books import Books
from dashboard.data_docs import embeddable
from dashboard.frame import opened
from dashboard.queries import quality
from dashboard.queries.quality import GateRun
from dashboard.tiles import Tile
from eventlog.settings import docs_url_from_environment
from flows.books import State
from flows.gate import Gate, last_gate
from flows.plain import counted

stale_prices_of = session.remembered(quality.stale_prices)


def show_page() -> None:
    """The gate, the counts of the log, the quarantine, and the prices."""
    books = opened("Data quality", why_the_gate_is_closed="Why stands below.")
    state = session.state()
    runs = quality.gate_runs(books.settings)
    _show_figures(books, state, runs)
    _show_gate(books, runs)
    _show_log(state)
    _show_prices(books)


def _show_figures(books: Books, state: State, runs: list[GateRun]) -> None:
    received = sum(stream.received for stream in state.streams)
    refused = sum(stream.quarantined for stream in state.streams)
    behind = state.last_seq - books.publication.published_seq
    stale = stale_prices_of(books)
    tiles.show(
        "quality",
        _gate_tile(books, runs),
        Tile("Behind the log", counted(behind, "commit"), _next_step(books, state.last_seq)),
        Tile("In quarantine", counted(refused, "row"), f"of {received:,} received"),
        Tile("Prices not of the day", f"{stale['symbol'].nunique():,}", "of held symbols"),
    )


def _next_step(books: Books, last_seq: int) -> str:
    """A refresh that would meet the same events would fail again; after a correction it is the next step."""
    if last_seq == books.publication.published_seq:
        return "up to date"
    gate = last_gate(books.settings)
    return "correct the events" if gate is not None and gate.has_refused(last_seq) else "run navlog refresh"


def _gate_tile(books: Books, runs: list[GateRun]) -> Tile:
    """The last verdict, with the number of expectations of the run that it is about: not that of the published one."""
    gate = last_gate(books.settings)
    if gate is not None and not gate.is_passed:
        return Tile("Last gate", "failed", _evaluated(run for run in runs if run.name == gate.run_id))
    outcome = "no record" if not runs else "passed" if runs[0].is_passed else "failed"
    return Tile("Last gate", outcome, _evaluated(runs))


def _evaluated(runs: Iterable[GateRun]) -> str:
    """How many expectations the first run evaluated; nothing where it left no record."""
    return next((counted(run.evaluated, "expectation") for run in runs), "")


def _show_gate(books: Books, runs: list[GateRun]) -> None:
    st.subheader("The gate in front of publishing", anchor=False)
    gate = last_gate(books.settings)
    if gate is not None and not gate.is_passed:
        _show_closed(gate)
    if not runs:
        st.caption("No run of the gate is on record: the folder of its results was removed. The next refresh adds one.")
        return
    labels = {_label(run, books.publication.run_id): run for run in runs}
    run = labels[st.selectbox("Run", list(labels), key="gate-run")]
    tables.show(
        pd.DataFrame(
            {
                "table": batch.name,
                "outcome": "passed" if batch.is_passed else "FAILED",
                "rows": batch.rows,
                "evaluated": batch.evaluated,
                "failures": batch.failures,
                "warnings": batch.warnings,
            }
            for batch in run.failed_first
        ),
        {
            "table": tables.pinned("Table or stream", width=190),
            "outcome": tables.text("Outcome"),
            "rows": tables.count("Rows"),
            "evaluated": tables.count("Expectations"),
            "failures": tables.count("Failures"),
            "warnings": tables.count("Warnings"),
        },
        key="gate-batches",
    )
    _show_data_docs(run, books.settings.docs / "index.html")


def _show_closed(gate: Gate) -> None:
    """Why nothing newer is published, and which events to look at; what quotes an event stays text."""
    since = words.moment(datetime.fromisoformat(gate.failing_since or gate.time))
    st.markdown(f"Closed since {since}. Correct these events with a CANCEL or AMEND, and refresh.")
    for finding in gate.failures:
        st.text("\n    ".join([finding.sentence, *finding.examples]))
    if not gate.suspects:
        return
    tables.show(
        pd.DataFrame(asdict(event) for event in gate.suspects),
        {
            "stream": tables.pinned("Stream"),
            "event_id": tables.text("Event"),
            "commit_seq": tables.count("Commit"),
            "what": tables.text("What", width=400),
        },
        key="gate-suspects",
    )


def _label(run: GateRun, published_run_id: str) -> str:
    outcome = "passed" if run.is_passed else "failed"
    outcome += f" with {counted(run.warnings, 'warning')}" if run.warnings else ""
    return f"{run.time}  {outcome}{', published now' if run.name == published_run_id else ''}  ({run.name})"


def _show_data_docs(run: GateRun, index: Path) -> None:
    """A page of Data Docs inside this one, and where the whole site is: served by `navlog up`, a file otherwise."""
    with st.expander("Data Docs: every expectation of a table", icon=":material/description:"):
        pages = {batch.name: batch.page for batch in run.failed_first if batch.page.is_file()}
        if not pages:
            st.caption("The pages of this run have been removed; those of the latest 50 runs are kept.")
            return
        chosen = st.selectbox("Table or stream", list(pages), key="data-docs-page")
        st.iframe(embeddable(pages[chosen].read_text(encoding="utf-8")), height=600)
        if url := docs_url_from_environment():
            st.link_button("The whole site", url, icon=":material/open_in_new:")
        else:
            st.caption("The whole site is this file on the machine of the dashboard:")
            st.code(str(index), language=None)


def _show_log(state: State) -> None:
    st.subheader("What became of the rows received", anchor=False)
    tables.show(
        pd.DataFrame(state.streams),
        {
            "stream": tables.pinned("Stream"),
            "received": tables.count("Received"),
            "accepted": tables.count("Accepted"),
            "duplicate": tables.count("Duplicate"),
            "quarantined": tables.count("Quarantined"),
        },
        key="streams",
    )
    st.subheader("Quarantine", anchor=False)
    if not state.refused:
        st.caption("Nothing was refused.")
        return
    refused = pd.DataFrame(state.refused)
    refused["source"] = refused["source"].map(lambda source: Path(source).name)
    tables.show(
        refused.iloc[::-1],
        {
            "stream": tables.pinned("Stream"),
            "reason": tables.text("Reason"),
            "rows": tables.count("Rows"),
            "detail": tables.text("For example", width=300),
            "first_row_number": tables.count("In row"),
            "source": tables.text("File"),
        },
        key="quarantine",
    )


def _show_prices(books: Books) -> None:
    stale = stale_prices_of(books)
    st.subheader("Prices that are not of the day", anchor=False)
    if stale.empty:
        st.caption("Every position is valued at a price of the newest valuation day.")
        return
    tables.show(
        stale,
        {
            "symbol": tables.pinned("Symbol"),
            "price_date": tables.day("Price of"),
            "price_age_days": tables.count("Age in days"),
            "is_price_stale": tables.flag("Stale"),
            "is_price_from_trade": tables.flag("From a trade"),
            "accounts": tables.count("Accounts"),
            "market_value": tables.money("Market value"),
        },
        key="stale-prices",
    )
    st.caption("Age in valuation days; stale after 5. Before its first price a symbol has that of its last trade.")


show_page()
