"""The whole `navlog` command: what flows/ offers, and `report`, `up` and `down`."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from deployments import together
from deployments.services import Ports, sign_in_file
from deployments.state import Running, ServicesBusyError
from deployments.together import PortTakenError, StartFailedError
from eventlog.settings import Settings
from flows.cli import app, main
from flows.terminal import EXIT_BAD_INPUT, EXIT_BUSY, EXIT_FAILED, command, console, sentences, settings_of_user, stop

__all__ = ["main"]

Port = Annotated[int, typer.Option(min=0, max=65535, help="Port of Prefect; 0 takes any that is free.")]
DashboardPort = Annotated[int, typer.Option(min=0, max=65535, help="Port of the dashboard; 0 takes any that is free.")]
DocsPort = Annotated[int, typer.Option(min=0, max=65535, help="Port of Data Docs; 0 takes any that is free.")]
Foreground = Annotated[
    bool,
    typer.Option(
        "--foreground", metavar="", help="Stay until a service ends or somebody ends this: for systemd, containers."
    ),
]


@app.command()
def report(
    accounts: Annotated[
        list[str] | None, typer.Argument(help="Accounts, as one sheet together; left out: the book of each currency.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--to", help="The file to write; left out: reports/ in the home.", dir_okay=False)
    ] = None,
) -> None:
    """Write a tear sheet of accounts: one HTML file that opens without a network, to be read, printed or sent."""
    from reports.selection import NoSuchSheetError  # noqa: PLC0415 - heavy imports only where they are needed
    from reports.writing import write_book, write_sheet  # noqa: PLC0415

    with sentences():
        settings = settings_of_user()
        try:
            sheets = (write_sheet(settings, accounts, to),) if accounts else write_book(settings, to)
        except NoSuchSheetError as refusal:
            stop(str(refusal), EXIT_BAD_INPUT)
        except OSError as refusal:
            stop(f"The sheet could not be written: {refusal}. Name another file with --to.", EXIT_FAILED)
    for sheet in sheets:
        console.print(f"The tear sheet is in {sheet.file}", soft_wrap=True, markup=False)


@app.command()
def up(
    port: Port = 4200, dashboard_port: DashboardPort = 8501, docs_port: DocsPort = 8502, foreground: Foreground = False
) -> None:
    """Start Prefect with its schedules, its worker, Data Docs and the dashboard on this machine. Half a minute."""
    signal.signal(signal.SIGTERM, _interrupt)  # half of it must not be left behind
    with sentences():
        settings = settings_of_user()
        if together.is_up(settings):
            console.print("It is up already.")
        started = _started(settings, Ports(port, docs_port, dashboard_port))
    _show(settings, started)
    if foreground:
        _stay(settings)


@app.command()
def down() -> None:
    """End what `navlog up` has started in this home, and nothing else. A run under way is ended too."""
    with sentences():
        settings = settings_of_user()
        try:
            ended = together.down(settings)
        except ServicesBusyError as busy:
            stop(str(busy), EXIT_BUSY)
    names = ", ".join(service.name for service in ended)
    console.print(f"Ended: {names}." if ended else "Nothing was up.")


def _started(settings: Settings, ports: Ports) -> tuple[Running, ...]:
    try:
        return together.up(settings, ports, console.print)
    except PortTakenError as taken:
        stop(str(taken), EXIT_BAD_INPUT)
    except ServicesBusyError as busy:
        stop(str(busy), EXIT_BUSY)
    except StartFailedError as failed:
        stop(str(failed), EXIT_FAILED)


def _show(settings: Settings, started: tuple[Running, ...]) -> None:
    places = [(service.name, service.address) for service in started if service.address]
    places.append(("logs", str(settings.service_logs)))
    console.print()
    for name, place in places:
        console.print(f"{name:<10} {place}", soft_wrap=True)
    console.print(
        f"\nTo sign in to Prefect, paste the line in {sign_in_file(settings)}\nTo end it all: {command()} down",
        soft_wrap=True,
    )


def _stay(settings: Settings) -> NoReturn:
    """End the services when this process is asked to end, and fail when one of them ends by itself."""
    try:
        together.wait_for_an_end(settings)
    except KeyboardInterrupt:
        together.down(settings)
        sys.exit(0)
    together.down(settings)
    stop(f"A service has ended by itself. Read the logs under {settings.service_logs}.", EXIT_FAILED)


def _interrupt(_number: int, _frame: object) -> NoReturn:
    raise KeyboardInterrupt
