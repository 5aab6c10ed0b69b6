"""The `navlog` command but for `report`, `up` and `down`, which deployments/cli.py adds.

Exit codes: 0 done; 1 the books did not pass; 2 bad input or usage; 75 another run is writing.
"""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from eventlog.clock import Clock, fixed_clock, system_clock
from flows import screens
from flows.questions import explain, lots, query, restatement
from flows.terminal import (
    EXIT_BAD_INPUT,
    EXIT_FAILED,
    AsJson,
    command,
    console,
    sentences,
    settings_of_user,
    stop,
)

app = typer.Typer(
    name="navlog",
    help="Portfolio performance and risk from an append-only event log. Everything lives under NAVLOG_HOME (data/).",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def demo() -> None:
    """Simulate two years of a market and four more days, and show what comes out. About two minutes."""
    from flows.demo import NotEmptyError, run_demo  # noqa: PLC0415 - heavy imports only where they are needed

    with sentences():
        try:
            is_equal = run_demo(settings_of_user(), console, command())
        except NotEmptyError as refusal:
            stop(str(refusal), EXIT_BAD_INPUT)
    if not is_equal:
        raise typer.Exit(EXIT_FAILED)


@app.command()
def simulate(
    days: Annotated[int, typer.Option(min=1, max=5000, help="Business days to append.")] = 1,
    seed: Annotated[int, typer.Option(min=0, help="Chance of the simulated world; keep it for one log.")] = 7,
) -> None:
    """Append the next business days of a simulated market and its three clients to the log."""
    from flows.steps.simulate import NothingToSimulateError, simulate_days  # noqa: PLC0415
    from generators.simulation import default_scenario  # noqa: PLC0415

    with sentences():
        try:
            receipts = simulate_days(settings_of_user(), default_scenario(seed), days, system_clock)
        except NothingToSimulateError as refusal:
            stop(str(refusal), EXIT_BAD_INPUT)
    screens.show_receipts(console, receipts)
    console.print(f"Next: {command()} refresh")


@app.command()
def ingest(
    stream: Annotated[str, typer.Argument(help="trades, prices, cash_events, ... (docs/events.md)")],
    files: Annotated[list[Path], typer.Argument(help="CSV, JSON Lines or Parquet files.")],
    recorded_at: Annotated[
        str | None, typer.Option(help="Known time of the batches (UTC), for a history whose known times are on record.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Bring files into the log. Rows that break the contract go to quarantine, with the reason."""
    from flows.steps.ingest import ingest as ingest_step  # noqa: PLC0415

    with sentences():
        receipts = ingest_step(settings_of_user(), stream, files, _clock(recorded_at))
    if as_json:
        print(screens.json_text([_as_dict(receipt) for receipt in receipts]))  # noqa: T201 - output for programs
    else:
        screens.show_receipts(console, receipts)
    if any(receipt.quarantined or receipt.refusal for receipt in receipts):
        raise typer.Exit(EXIT_BAD_INPUT)


@app.command()
def refresh(
    replay_after: Annotated[
        int | None,
        typer.Option(min=0, help="Replay and publish the commits above this one once more; 0: all of the log."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Take up the inbox, replay what is new, check it, publish it. Does nothing when there is nothing new."""
    from flows.gate_aside import refresh_once  # noqa: PLC0415
    from flows.steps.publish import PublishRefusedError  # noqa: PLC0415
    from flows.steps.verify import GateClosedError  # noqa: PLC0415

    with sentences():
        try:
            done = refresh_once(settings_of_user(), system_clock, replay_after)
        except (GateClosedError, PublishRefusedError) as closed:
            stop(str(closed), EXIT_FAILED)
    if as_json:
        print(screens.json_text(_as_dict(done)))  # noqa: T201
    else:
        screens.show_refreshed(console, done)


@app.command()
def replay(
    verify: Annotated[
        bool, typer.Option("--verify", metavar="", help="Compare with the current state, hash by hash.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Build everything again from the log: to replace the build database, or (--verify) to compare with it.

    What is published stays as it is: `refresh --replay-after 0` replaces that too.
    """
    from flows.steps.replay import NotUpToDateError, rebuild_from_log, verify_replay  # noqa: PLC0415

    with sentences():
        try:
            if not verify:
                rebuild_from_log(settings_of_user())
                console.print("The build database holds the whole log again. Next: navlog replay --verify")
                return
            comparisons = verify_replay(settings_of_user())
        except NotUpToDateError as refusal:
            stop(str(refusal), EXIT_BAD_INPUT)
    if as_json:
        print(screens.json_text([_as_dict(one) | {"is_equal": one.is_equal} for one in comparisons]))  # noqa: T201
    else:
        screens.show_comparisons(console, comparisons)
    if not all(one.is_equal for one in comparisons):
        stop(
            "The incremental state is not what the log gives. Keep a copy of the home and report this; "
            f"{command()} refresh --replay-after 0 builds and publishes everything anew.",
            EXIT_FAILED,
        )


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what the log holds, what is published, what was refused and why."""
    from flows.books import state_of  # noqa: PLC0415

    with sentences():
        state = state_of(settings_of_user())
    if as_json:
        print(screens.state_json(state))  # noqa: T201
    else:
        screens.show_state(console, state, system_clock())


for question in (query, explain, restatement, lots):
    app.command()(question)


@app.command()
def maintain(
    keep_days: Annotated[int, typer.Option(min=0, help="Published states older than this may be forgotten.")] = 30,
) -> None:
    """Merge small files of the published lake, forget old states of it and old lines of the services' logs.

    The event log is never touched.
    """
    from flows.steps.maintain import maintain as maintain_step  # noqa: PLC0415

    with sentences():
        done = maintain_step(settings_of_user(), system_clock(), keep_days)
    console.print(
        f"Lake: {done.states_before} -> {done.states_after} published states; the newest is in {done.files_before} -> "
        f"{done.files_after} files, {done.files_on_disk} are on disk. {done.orphans_removed} left by crashes removed."
    )


@app.command(name="move-lake")
def move_lake() -> None:
    """Copy the published tables, with their history, to where NAVLOG_LAKE_CATALOG and NAVLOG_LAKE_DATA say."""
    from flows.steps.move_lake import NotMovedError  # noqa: PLC0415
    from flows.steps.move_lake import move_lake as move_lake_step  # noqa: PLC0415

    with sentences():
        settings = settings_of_user()
        try:
            moved = move_lake_step(settings)
        except NotMovedError as refusal:
            stop(str(refusal), EXIT_BAD_INPUT)
    console.print(
        f"The lake with its {moved.states} published states now has {moved.whereabouts} "
        f"({moved.files_copied} files copied).\nNobody reads any more, and you may remove when you are content: "
        f"{', '.join(map(str, moved.unused))}"
    )


def main() -> None:
    """Run the command; whatever it writes is for its user alone."""
    os.umask(0o077)
    app()


def _clock(recorded_at: str | None) -> Clock:
    if recorded_at is None:
        return system_clock
    try:
        moment = datetime.fromisoformat(recorded_at)
        moment = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    except (ValueError, OverflowError):
        stop(f"--recorded-at {recorded_at} is not a time. Write it like 2026-01-31T22:00:00.", EXIT_BAD_INPUT)
    if moment > system_clock():
        stop(f"--recorded-at {recorded_at} is still to come: known time can't run ahead of the clock.", EXIT_BAD_INPUT)
    return fixed_clock(moment)


def _as_dict(result: object) -> dict[str, object]:
    from dataclasses import asdict  # noqa: PLC0415

    return asdict(result)  # type: ignore[call-overload, no-any-return]
