"""What the commands print: tables for people, JSON for programs, errors in plain words."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskProgressColumn,
    TextColumn,
    TimeElapsedColumn,
)

from work365.domain.money import Money, minor_unit_digits
from work365.entrypoints.cli.remedies import remedy_of
from work365.errors import Refusal, Work365Error

EXIT_FINDINGS = 1
EXIT_REFUSED = 2

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document, for programs.")]

console = Console()
"""Where results go."""

errors = Console(stderr=True)
"""Where progress and errors go, so that results can be piped."""

P = ParamSpec("P")
R = TypeVar("R")


def print_json(value: Any) -> None:
    """Print `value` as JSON; amounts are strings, so that no reader makes floats of them."""
    print(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))


def money(amount: Money) -> str:
    """Return an amount as people write it, `1,234.50`, without its currency."""
    return f"{amount.amount:,.{minor_unit_digits(amount.currency)}f}"


@contextmanager
def progress() -> Iterator[Progress]:
    """Show bars on the error stream while the work goes on."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=errors, transient=True) as bars:
        yield bars


def in_plain_words(command: Callable[P, R]) -> Callable[P, R]:
    """Return `command` with its errors said in one sentence, without a traceback."""

    @wraps(command)
    def said(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except Work365Error as error:
            kind = "Refused" if isinstance(error, Refusal) else "Failed"
            _say(f"[red]{kind}[/red] ({error.code}): ", error)
            if remedy := remedy_of(error):
                errors.print(remedy, markup=False, highlight=False)
            raise typer.Exit(EXIT_REFUSED) from error
        except BrokenPipeError:
            # Whoever read the results has read enough, which is no failure.
            raise
        except OSError as error:
            _say("[red]Failed[/red]: ", error)
            raise typer.Exit(EXIT_REFUSED) from error

    return said


def _say(what: str, error: Exception) -> None:
    errors.print(what, end="")
    errors.print(str(error), markup=False, highlight=False)


def _plain(value: object) -> str:
    match value:
        case Decimal():
            return f"{value:f}"
        case date() | datetime():
            return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no place in the output")
