"""`work365 guardian`: commitment windows that close soon, while something can still be done."""

import re
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Annotated, Any

import typer
from rich import box
from rich.markup import escape
from rich.table import Table

from work365.domain.microsoft.guardian import Closing
from work365.entrypoints.cli.deciding import Desk, Market, amount_as_json, desk
from work365.entrypoints.cli.findings_output import findings_as_json, print_findings
from work365.entrypoints.cli.output import (
    EXIT_FINDINGS,
    AsJson,
    console,
    in_plain_words,
    money,
    print_json,
)
from work365.errors import Refusal
from work365.usecases.watch_decisions import windows

PURPOSE = "watch commitment windows"
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
SPAN = re.compile(r"([1-9]\d{0,3})([hd])", re.ASCII)


class NoSpan(Refusal):
    """What is to be a length of time is none."""

    code = "not_a_length_of_time"


@in_plain_words
def guardian(
    *,
    within: Annotated[
        str, typer.Option(help="How soon a window closes: hours as 48h, or days as 7d.")
    ] = "48h",
    market: Market = None,
    as_json: AsJson = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say so where no window closes.")
    ] = False,
) -> None:
    """Show seats that can be given back for a short time yet; silent where there are none."""
    span = read_span(within)
    with desk(PURPOSE, market) as at_desk:
        reading = at_desk.look_at_all()
        found = windows(reading.values, at=at_desk.at, within=span, book=at_desk.rules)
        if as_json:
            print_json(
                {
                    "at": at_desk.at,
                    "within_hours": span // UNITS["h"],
                    "windows": [as_document(each, at_desk) for each in found],
                    "findings": findings_as_json(reading.findings),
                }
            )
        else:
            # Windows are watched without a price, too; what could not be read is always said.
            print_findings(
                finding
                for finding in reading.findings
                if verbose or finding.code != "price_not_known"
            )
            print_closings(found, at_desk, verbose=verbose)
    if any(each.reasons for each in found):
        raise typer.Exit(EXIT_FINDINGS)


def read_span(text: str) -> timedelta:
    """Return the length of time that `48h` or `7d` says.

    Raises: NoSpan.
    """
    said = SPAN.fullmatch(text.strip().lower())
    if said is None:
        raise NoSpan(f"--within {text!r} is no length of time; write hours as 48h, or days as 7d")
    return int(said[1]) * UNITS[said[2]]


def print_closings(found: Sequence[Closing], desk: Desk, *, verbose: bool) -> None:
    """Print the windows with what is at stake, and why to look; nothing where there are none."""
    if not found:
        if verbose:
            console.print("No window closes in that time by which something could be given back.")
        return
    table = Table(box=box.SIMPLE, pad_edge=False)
    table.add_column("Closes", overflow="fold")
    table.add_column("Customer and subscription", overflow="fold")
    table.add_column("Seats", justify="right")
    table.add_column("At stake", justify="right")
    for each in found:
        seats = f"all {each.quantity}" if each.is_whole else str(each.quantity)
        mark = "[red]![/red] " if each.reasons else ""
        stake = "?" if each.at_stake is None else money(each.at_stake)
        name = escape(f"{each.customer}, {each.name}")
        table.add_row(desk.shown(each.closes_at, between="\n"), f"{mark}{name}", seats, stake)
    console.print(table)
    for each in found:
        text = " ".join((each.sentence, *each.reasons))
        console.print(f"- {escape(text)}", highlight=False)


def as_document(closing: Closing, desk: Desk) -> dict[str, Any]:
    """Return a window that closes as a document for programs."""
    return {
        "subscription": closing.key,
        "customer": closing.customer,
        "name": closing.name,
        "seats": closing.quantity,
        "is_whole": closing.is_whole,
        "closes_at": closing.closes_at.astimezone(UTC),
        "closes_at_here": closing.closes_at.astimezone(desk.zone),
        "said_by_microsoft": closing.said,
        "at_stake": amount_as_json(closing.at_stake),
        "reasons": list(closing.reasons),
        "sentence": closing.sentence,
    }
