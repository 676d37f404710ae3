"""`work365 examples run`: a billing story from a file, played, and compared with what it says."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.domain.books import lines_on
from work365.domain.invoices import Invoice, Line
from work365.domain.lines import LineKind
from work365.entrypoints.cli.explanation_output import (
    OneLine,
    explained_line,
    explanation_of,
    print_explained,
)
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    in_plain_words,
    money,
    print_json,
)
from work365.entrypoints.examples.reading import read_example
from work365.entrypoints.examples.run import Played, lines_total, play, sold_as
from work365.entrypoints.examples.sheets import INVOICES, WAIVED, Cell, Cells, Difference, Sheet

NOTHING = "nothing"

app = typer.Typer(no_args_is_help=True)


@app.callback()
def examples() -> None:
    """Play billing stories that are written in files."""


@app.command()
@in_plain_words
def run(
    file: Annotated[Path, typer.Argument(help="The story, a Markdown file.")],
    line: OneLine = None,
    as_json: AsJson = False,
) -> None:
    """Play a story, print its invoices, and compare them with what the file says."""
    played = play(read_example(file))
    if line is not None:
        explained = explained_line(played.invoices, line, lines_on(played.invoices))
        print_explained(explained, as_json=as_json)
        return
    if as_json:
        print_json(_as_json(file, played))
    else:
        _print(file, played)
    if played.differences:
        raise typer.Exit(EXIT_FINDINGS)


def sentence_of(line: Line) -> str:
    """Return how a line came to its amount, as a sentence for the customer."""
    return explanation_of(line, ()).sentence


def _print(file: Path, played: Played) -> None:
    for invoice in played.invoices:
        console.print(_invoice_table(invoice))
    for sheet in played.found:
        if sheet.kind is not INVOICES:
            console.print(_sheet_table(sheet))
    for title, differences in played.differences.items():
        for table in _difference_tables(played.example.expected[title], differences):
            console.print(table)
    name = escape(str(file))
    if not played.is_compared:
        console.print(f"{name}: played; the file does not say what there should be.")
    elif played.differences:
        count = sum(len(differences) for differences in played.differences.values())
        rows = "1 row is" if count == 1 else f"{count} rows are"
        console.print(f"[red]{name}: {rows} not as expected.[/red]")
    else:
        console.print(f"{name}: as expected.")


def _invoice_table(invoice: Invoice) -> Table:
    currency = invoice.contract.currency
    table = Table(
        title=f"Invoice {invoice.sequence} of {invoice.invoice_on}, {invoice.status.value}",
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
    )
    table.add_column("For")
    table.add_column("How it was worked out")
    table.add_column(currency, justify="right", no_wrap=True)
    for line in invoice.lines:
        table.add_row(escape(sold_as(line)), escape(sentence_of(line)), _amount(line))
    table.add_section()
    table.add_row("total", "", money(lines_total(invoice)), style="bold")
    return table


def _amount(line: Line) -> str:
    return WAIVED if line.kind is LineKind.WAIVED else money(line.amount)


def _sheet_table(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", header_style="bold", box=box.SIMPLE_HEAD)
    for column in sheet.kind.columns:
        table.add_column(column)
    for row in sheet.rows:
        table.add_row(*map(_shown, row))
    return table


def _difference_tables(sheet: Sheet, differences: Sequence[Difference]) -> Iterator[Table]:
    """Yield a table a difference, with what should be beside what is."""
    for difference in differences:
        table = Table(
            title=f"Not as expected in: {sheet.title}",
            title_justify="left",
            header_style="bold",
            box=box.SIMPLE_HEAD,
        )
        for column in ("", "expected", "found"):
            table.add_column(column)
        for name, expected, found in _side_by_side(sheet, difference):
            style = "" if expected == found else "red"
            table.add_row(name, expected, found, style=style)
        yield table


def _side_by_side(sheet: Sheet, difference: Difference) -> Iterator[tuple[str, str, str]]:
    blank: Cells = ("",) * len(sheet.kind.columns)
    sides = [side or (NOTHING, *blank[1:]) for side in difference]
    for name, *cells in zip(sheet.kind.columns, *sides, strict=True):
        expected, found = map(_shown, cells)
        yield name, expected, found


def _shown(cell: Cell) -> str:
    return escape(f"{cell:f}" if isinstance(cell, Decimal) else str(cell))


def _as_json(file: Path, played: Played) -> dict[str, object]:
    return {
        "file": str(file),
        "invoices": [_invoice_as_json(invoice) for invoice in played.invoices],
        "tables": {
            sheet.title: [_row_as_json(sheet, row) for row in sheet.rows]
            for sheet in played.found
            if sheet.kind is not INVOICES
        },
        "as_expected": not played.differences if played.is_compared else None,
        "differences": [
            {
                "table": title,
                "expected": _row_as_json(played.example.expected[title], difference.expected),
                "found": _row_as_json(played.example.expected[title], difference.found),
            }
            for title, differences in played.differences.items()
            for difference in differences
        ],
    }


def _invoice_as_json(invoice: Invoice) -> dict[str, object]:
    return {
        "invoice": invoice.sequence,
        "dated": invoice.invoice_on,
        "state": invoice.status.value,
        "currency": invoice.contract.currency,
        "net": str(invoice.net.amount),
        "total": str(invoice.total.amount),
        "lines": [
            {
                "for": sold_as(line),
                "kind": line.kind.value,
                "first_day": line.charge.service_period.start,
                "last_day": line.charge.service_period.last_day,
                "quantity": line.charge.quantity,
                "amount": str(line.amount.amount),
                "sentence": sentence_of(line),
            }
            for line in invoice.lines
        ],
    }


def _row_as_json(sheet: Sheet, row: Cells | None) -> dict[str, Cell] | None:
    return None if row is None else dict(zip(sheet.kind.columns, row, strict=True))
