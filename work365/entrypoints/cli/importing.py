"""Commands that take in files of Partner Center: `work365 import subscriptions`."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Protocol, TypeVar
from uuid import UUID

import typer
from rich.progress import Progress as Bars
from rich.table import Table
from rich.text import Text

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.adapters.partner_center.files import FileRefused, decoded
from work365.adapters.partner_center.price_sheet import read_price_sheet
from work365.adapters.partner_center.subscriptions_file import read_subscriptions
from work365.bootstrap import Services
from work365.domain.catalog import COMMERCIAL
from work365.domain.findings import Finding, Reading, Severity
from work365.entrypoints import clock
from work365.entrypoints.cli.billing import connected
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    EXIT_REFUSED,
    AsJson,
    console,
    in_plain_words,
    print_json,
    progress,
)
from work365.ports.catalog import CatalogKind, Effect
from work365.usecases.import_prices import import_prices
from work365.usecases.import_subscriptions import Choices, import_subscriptions
from work365.usecases.intake import Imported, Progress, Provided

FINDINGS_SHOWN_MAX = 50
"""A spoilt sheet can have one for each of twenty thousand rows; programs get them all."""

TAKEN_IN = (CatalogKind.LIST_PRICE, CatalogKind.SUBSCRIPTION)
THERE = (Effect.CREATED, Effect.UNCHANGED)

ValueT = TypeVar("ValueT")


class Reader(Protocol[ValueT]):
    """What reads a kind of file."""

    def __call__(self, text: str, *, file_name: str) -> Reading[ValueT]:
        """Return what is in `text`, and what is wrong with it."""


app = typer.Typer(no_args_is_help=True)


@dataclass(frozen=True, slots=True)
class _Files:
    """The files to take in, by name, each opened only when it is read."""

    responses: Mapping[str, Callable[[], str]]
    price_sheets: Mapping[str, Callable[[], str]]


@app.callback()
def importing() -> None:
    """Take in files of Partner Center."""


@app.command(no_args_is_help=True)
@in_plain_words
def subscriptions(  # noqa: PLR0913  a command has as many arguments as it has options
    *,
    responses: Annotated[
        list[Path] | None,
        typer.Argument(
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Responses of Partner Center with subscriptions, as JSON; a CSV among them is"
            " read as a price sheet.",
        ),
    ] = None,
    prices: Annotated[
        list[Path] | None,
        typer.Option(exists=True, dir_okay=False, help="A price sheet, as CSV; may be repeated."),
    ] = None,
    contract: Annotated[
        str | None,
        typer.Option(
            help="The billing contract that all of them go under, such as CT-1001; where it is"
            " left out, the only active one of the customer."
        ),
    ] = None,
    tenant: Annotated[
        UUID | None,
        typer.Option(help="The customer's tenant, for files that do not say whose they are."),
    ] = None,
    market: Annotated[
        str | None,
        typer.Option(help="Market whose prices are taken, such as DE, where there are several."),
    ] = None,
    segment: Annotated[str, typer.Option(help="Segment whose prices are taken.")] = COMMERCIAL,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and write nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in subscriptions and the prices that they open with.

    What is there already is not touched, so that it can be done again at any time. Ends with
    0 when everything went in, 1 when some rows were refused, 2 when nothing could be done.
    """
    files = _Files(*_by_kind(responses or [], prices or []))
    with connected() as services, progress() as bars:
        imported = _import(
            files,
            services=services,
            choices=Choices(
                contract=contract,
                tenant=None if tenant is None else str(tenant),
                market=None if market is None else market.upper(),
                segment=segment,
            ),
            dry_run=dry_run,
            bars=bars,
        )
    if as_json:
        print_json(_as_json(imported, dry_run=dry_run))
    else:
        _print(imported, dry_run=dry_run)
    raise typer.Exit(exit_code(imported))


def take_in(
    services: Services,
    *,
    subscriptions: Mapping[str, str],
    price_sheets: Mapping[str, str],
    contract: str | None = None,
    market: str | None = None,
) -> Imported:
    """Take in the texts of files, given by their names, and return what it came to."""
    return _import(
        _Files(
            {name: _text(text) for name, text in subscriptions.items()},
            {name: _text(text) for name, text in price_sheets.items()},
        ),
        services=services,
        choices=Choices(contract=contract, market=market),
    )


def exit_code(imported: Imported) -> int:
    """Return 0 when everything went in, 1 when some rows were refused, 2 when nothing was done."""
    if not any(finding.severity is Severity.ERROR for finding in imported.findings):
        return 0
    is_there = any(imported.count(effect, kind) for kind in TAKEN_IN for effect in THERE)
    return EXIT_FINDINGS if is_there else EXIT_REFUSED


def _by_kind(
    responses: Sequence[Path], prices: Sequence[Path]
) -> tuple[dict[str, Callable[[], str]], dict[str, Callable[[], str]]]:
    sheets = [*prices, *(path for path in responses if _is_sheet(path))]
    others = [path for path in responses if not _is_sheet(path)]
    return _opened_later(others), _opened_later(sheets)


def _is_sheet(path: Path) -> bool:
    return path.suffix.lower() == ".csv"


def _opened_later(paths: Sequence[Path]) -> dict[str, Callable[[], str]]:
    return {str(path): partial(_content, path) for path in paths}


def _content(path: Path) -> str:
    return decoded(path.read_bytes(), file_name=str(path))


def _text(text: str) -> Callable[[], str]:
    return lambda: text


def _import(
    files: _Files,
    *,
    services: Services,
    choices: Choices,
    dry_run: bool = False,
    bars: Bars | None = None,
) -> Imported:
    store = DataverseCatalogStore(services.dataverse, dry_run=dry_run)
    read = _bar(bars, "Files", len(files.price_sheets) + len(files.responses))
    prices, of_sheets = _read(files.price_sheets, read_price_sheet, CatalogKind.LIST_PRICE, read)
    given, of_responses = _read(files.responses, read_subscriptions, CatalogKind.SUBSCRIPTION, read)
    imported = of_sheets + of_responses
    imported += import_prices(
        prices=prices, store=store, progress=_bar(bars, "List prices", len(prices))
    )
    return imported + import_subscriptions(
        subscriptions=given,
        choices=choices,
        at=clock.now(services),
        today=clock.today(services),
        store=store,
        progress=_bar(bars, "Subscriptions", len(given)),
    )


def _bar(bars: Bars | None, description: str, total: int) -> Progress:
    if bars is None:
        return lambda _: None
    task = bars.add_task(description, total=total)
    return lambda done: bars.advance(task, done)


def _read(
    files: Mapping[str, Callable[[], str]],
    reader: Reader[ValueT],
    kind: CatalogKind,
    progress: Progress,
) -> tuple[list[Provided[ValueT]], Imported]:
    values: list[Provided[ValueT]] = []
    findings: list[Finding] = []
    for name, text in files.items():
        progress(1)
        try:
            reading = reader(text(), file_name=name)
        except FileRefused as refused:
            findings.append(Finding(Severity.ERROR, refused.code, str(refused), name))
            continue
        values += [Provided(value, name) for value in reading.values]
        findings += reading.findings
    rows = {
        finding.path.rpartition("/")[0]
        for finding in findings
        if finding.severity is Severity.ERROR and "#" in finding.path
    }
    return values, Imported(Counter({(kind, Effect.REFUSED): len(rows)}), tuple(findings))


def _print(imported: Imported, *, dry_run: bool) -> None:
    table = Table(title="Import", title_justify="left", header_style="bold")
    table.add_column("")
    for effect in Effect:
        table.add_column(effect.value, justify="right")
    for kind in CatalogKind:
        counts = [imported.count(effect, kind) for effect in Effect]
        if any(counts):
            table.add_row(kind.value, *(f"{count:,}" if count else "" for count in counts))
    console.print(table)
    console.print(_in_short(imported, dry_run=dry_run))
    for finding in imported.findings[:FINDINGS_SHOWN_MAX]:
        style = "red" if finding.severity is Severity.ERROR else "yellow"
        line = Text.assemble((finding.severity.value, style), " ", finding.message)
        console.print(line, highlight=False)
    more = len(imported.findings) - FINDINGS_SHOWN_MAX
    if more > 0:
        console.print(f"and {more:,} more findings, which --json lists")


def _in_short(imported: Imported, *, dry_run: bool) -> str:
    written = imported.count(Effect.CREATED) + imported.count(Effect.CHANGED)
    if dry_run:
        return f"This was a dry run: nothing was written; {written:,} row(s) would be."
    if written:
        return f"{written:,} row(s) were written, with what goes with them."
    if imported.count(Effect.UNCHANGED) and not imported.count(Effect.REFUSED):
        return "Nothing was written: everything was there already."
    return "Nothing was written."


def _as_json(imported: Imported, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "exit_code": exit_code(imported),
        "counts": {
            kind.value: {effect.value: imported.count(effect, kind) for effect in Effect}
            for kind in CatalogKind
        },
        "findings": [
            {
                "severity": finding.severity.value,
                "code": finding.code,
                "message": finding.message,
                "path": finding.path,
            }
            for finding in imported.findings
        ],
    }
