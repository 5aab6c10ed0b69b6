"""How the command speaks: its consoles, its exit codes, and one clear sentence for what goes wrong."""

from __future__ import annotations

import errno
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import duckdb
import typer
from rich.console import Console
from rich.markup import escape

from eventlog.intake import RecordedTimeError, UnknownStreamError
from eventlog.landing import LandingError
from eventlog.settings import Settings, SettingsError, export_to_environment, settings_from_environment
from flows.dbt_run import BuildFailedError
from flows.lake import LakeUnreachableError, NothingPublishedError
from flows.lock import BusyError
from flows.moments import NoSuchMomentError
from flows.step_process import StepProcessDiedError, StepTookTooLongError

EXIT_FAILED = 1
EXIT_BAD_INPUT = 2
EXIT_BUSY = 75

WIDTH_WITHOUT_TERMINAL = 120

_is_terminal = sys.stdout is not None and sys.stdout.isatty()  # none if the caller has closed it
console = Console(highlight=False, width=None if _is_terminal else WIDTH_WITHOUT_TERMINAL)
errors = Console(stderr=True, highlight=False, soft_wrap=True)

AsJson = Annotated[bool, typer.Option("--json", metavar="", help="Print JSON for programs.")]

_REFUSALS = (
    SettingsError, UnknownStreamError, RecordedTimeError, NothingPublishedError, LandingError, NoSuchMomentError,
)  # fmt: skip


_WHAT_TO_DO = {
    errno.ENOSPC: "Make room on the disk and run it again: what was accepted is safe.",
    errno.EDQUOT: "Make room on the disk and run it again: what was accepted is safe.",
    errno.EACCES: "Let this user write there.",
    errno.EPERM: "Let this user write there.",
    errno.EROFS: "Make the disk writable, or set NAVLOG_HOME to another one.",
    errno.ENOTDIR: "A file is in the place of a folder: check NAVLOG_HOME.",
    errno.EEXIST: "A file is in the place of a folder: check NAVLOG_HOME.",
}
_LOOK_THERE = "Check the path and the disk, and run it again."


def command() -> str:
    """How the user called navlog, as short as it works from here."""
    called = Path(sys.argv[0]).absolute()
    return str(called.relative_to(Path.cwd())) if called.is_relative_to(Path.cwd()) else "navlog"


def settings_of_user() -> Settings:
    """The user's settings, also for the tools that read the environment themselves."""
    settings = settings_from_environment()
    export_to_environment(settings)
    return settings


@contextmanager
def sentences() -> Iterator[None]:
    """End what the house knows to go wrong with one clear sentence and an exit code, never with a traceback."""
    try:
        yield
    except BusyError as busy:
        stop(str(busy), EXIT_BUSY)
    except BuildFailedError as failed:
        stop(f"The build did not pass; nothing was published.\n{failed}", EXIT_FAILED)
    except (LakeUnreachableError, StepProcessDiedError, StepTookTooLongError) as failed:
        stop(str(failed), EXIT_FAILED)
    except _REFUSALS as refusal:
        stop(str(refusal), EXIT_BAD_INPUT)
    except duckdb.Error as error:
        stop(f"DuckDB could not read or write: {str(error).splitlines()[0]}", EXIT_FAILED)
    except OSError as error:
        stop(_told(error), EXIT_FAILED)


def _told(error: OSError) -> str:
    where = "" if error.filename is None else f" {error.filename}"
    return (
        f"Could not read or write{where}: {error.strerror or error}. {_WHAT_TO_DO.get(error.errno or 0, _LOOK_THERE)}"
    )


def stop(sentence: str, code: int) -> NoReturn:
    """Say why and end with an exit code."""
    errors.print(f"[red]navlog:[/red] {escape(sentence)}")
    raise typer.Exit(code)
