"""The commands that ask: `query`, `explain`, `restatement`, `lots`. Nothing is written but what is folded for them."""

from __future__ import annotations

from typing import Annotated

import duckdb
import typer

from eventlog.settings import Settings
from flows import explanation_screen, lots_screen, moments, restatement_screen, screens
from flows.moments import Moment
from flows.terminal import EXIT_BAD_INPUT, AsJson, console, sentences, settings_of_user, stop

FIGURE_ROWS_SHOWN = 2

KnownAt = Annotated[
    str | None,
    typer.Option("--known-at", help="As the log knew it: a time in UTC, a day (its end), or a commit's number."),
]
PublishedAt = Annotated[
    str | None, typer.Option("--published-at", help="As readers saw it: a time in UTC, or a day (its end).")
]


def query(
    sql: Annotated[str, typer.Argument(help="SQL over the published tables.")],
    known_at: KnownAt = None,
    published_at: PublishedAt = None,
    lots_of: Annotated[
        list[str] | None,
        typer.Option("--lots-of", help="Account whose slices under all six lot methods to ask as lots_by_method."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the published tables in SQL (main_dimensions, main_facts, main_metrics), as they are or as they were."""
    from flows.books import ask  # noqa: PLC0415 - heavy imports only where they are needed
    from flows.lots import slices_by_method  # noqa: PLC0415

    with sentences():
        settings = settings_of_user()
        moment = _moment(settings, known_at, published_at)
        slices = slices_by_method(settings, moment, lots_of) if lots_of else None
        try:
            answer = ask(settings, sql, moment, slices)
        except duckdb.Error as error:
            stop(str(error), EXIT_BAD_INPUT)
    if as_json:
        print(screens.json_rows(answer))  # noqa: T201 - output for programs
    else:
        screens.show_answer(console, answer)


def explain(
    account: Annotated[str, typer.Argument(help="Account.")],
    symbol: Annotated[str, typer.Argument(help="Symbol, or '$CASH'.")],
    day: Annotated[str, typer.Argument(help="Day, like 2026-01-31.")],
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Explain a position on a day: its figures, the lots behind them, and the events behind the lots."""
    from flows.explanation import explain as explanation_of  # noqa: PLC0415

    with sentences():
        settings = settings_of_user()
        explanation = explanation_of(settings, account, symbol, day, _moment(settings, known_at, None))
    if as_json:
        print(screens.json_of(explanation))  # noqa: T201
    else:
        explanation_screen.show_explanation(console, explanation)


def restatement(
    earlier: Annotated[
        str, typer.Option("--from", help="As known at: a time in UTC, a day (its end), or a commit's number.")
    ],
    later: Annotated[str | None, typer.Option("--to", help="The same; left out: what is published now.")] = None,
    as_published: Annotated[
        bool, typer.Option("--as-published", metavar="", help="Compare what readers saw at the two times instead.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show every figure of an account and a day that changed between two moments, and the events that moved it."""
    from flows.restatement import restatement as restatement_of  # noqa: PLC0415

    resolve = moments.as_published if as_published else moments.as_known
    with sentences():
        settings = settings_of_user()
        before = resolve(settings, earlier)
        after = moments.now(settings) if later is None else resolve(settings, later)
        if later is None and before.seq > after.seq:
            stop(_not_published_yet(before, after), EXIT_BAD_INPUT)
        restated = restatement_of(settings, before, after, None if as_json else FIGURE_ROWS_SHOWN)
    if as_json:
        print(screens.json_of(restated))  # noqa: T201
    else:
        restatement_screen.show_restatement(console, restated)


def _not_published_yet(before: Moment, after: Moment) -> str:
    return (
        f"--from is {before.asked}, and the commits since {after.seq} are not published yet: run `navlog refresh` to "
        "compare with what it publishes, or give --to."
    )


def lots(
    accounts: Annotated[list[str], typer.Argument(help="Accounts.")],
    known_at: KnownAt = None,
    as_json: AsJson = False,
) -> None:
    """Compare all six lot methods for accounts: realized and unrealized P&L of each symbol, from the same log."""
    from flows.lots import compare_methods  # noqa: PLC0415

    with sentences():
        settings = settings_of_user()
        results = compare_methods(settings, _moment(settings, known_at, None), accounts)
    if as_json:
        print(screens.json_of(results))  # noqa: T201
    else:
        lots_screen.show_methods(console, accounts, results)


def _moment(settings: Settings, known_at: str | None, published_at: str | None) -> Moment:
    if known_at is not None and published_at is not None:
        stop("--known-at and --published-at ask for two different moments: give one of them.", EXIT_BAD_INPUT)
    if known_at is not None:
        return moments.as_known(settings, known_at)
    if published_at is not None:
        return moments.as_published(settings, published_at)
    return moments.now(settings)
