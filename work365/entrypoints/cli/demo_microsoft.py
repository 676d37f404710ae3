"""The second chapter of `work365 demo`: five weeks of a partner that is connected to Microsoft."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich import box
from rich.markup import escape
from rich.table import Table

from work365.adapters.dataverse.partner_book import LoggedChange
from work365.entrypoints.cli.billing import head_as_json, invoice_table
from work365.entrypoints.cli.local_partner import local_partner
from work365.entrypoints.cli.output import console, progress
from work365.entrypoints.cli.stand_ins import customers_of
from work365.entrypoints.demo.microsoft_chapter import BEGIN, MicrosoftChapter, Told
from work365.entrypoints.demo.people import as_person
from work365.entrypoints.local_environment import LocalEnvironment
from work365.http import http_client
from work365.ports.invoice_book import InvoiceHead

STEPS = 10


@dataclass(frozen=True, slots=True)
class SecondEnding:
    """What the chapter came to."""

    told: tuple[Told, ...]
    log: tuple[LoggedChange, ...]
    heads: tuple[InvoiceHead, ...]


def play_microsoft(here: LocalEnvironment) -> SecondEnding:
    """Play the chapter where `here` says.

    Raises: ChapterWrong, NotConsented: it did not come to what it should; NoCertificate.
    """
    with _findings_in_rows_only(), local_partner(here, now=BEGIN) as partner, http_client() as http:
        chapter = MicrosoftChapter(
            here=here,
            services=partner.services,
            host=partner.host,
            people=as_person(here, partner.services, http),
            browser=partner.browser,
            customers=customers_of(partner.microsoft.world),
        )
        with progress() as bars:
            told = tuple(bars.track(chapter.play(), STEPS, description="Five weeks of Microsoft"))
        return SecondEnding(told, tuple(chapter.log()), tuple(chapter.heads()))


@contextmanager
def _findings_in_rows_only() -> Iterator[None]:
    """Say nothing of what the service finds: the chapter lets things go wrong."""
    logger = logging.getLogger("work365")
    before = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        logger.setLevel(before)


def print_microsoft(end: SecondEnding) -> None:
    """Say what happened, and what came of it."""
    console.print("\n[bold]Microsoft[/bold]: a partner that is connected to Partner Center")
    story = Table("day", "what happens", "what comes of it", box=box.SIMPLE, show_lines=True)
    for told in end.told:
        story.add_row(f"{told.on:%d %b}", escape(told.happened), escape(told.outcome))
    console.print(story)
    table = Table("from", "seats", "asked for", "changed", "at Microsoft", box=box.SIMPLE)
    for one in end.log:
        asked = "" if one.action == "none" else one.action
        where = "at Microsoft" if one.origin == "provider" else "here"
        table.add_row(
            f"{one.effective_on}", f"{one.quantity_delta:+}", asked, where, one.status.value
        )
    console.print("The change log of what was ordered:")
    console.print(table)
    console.print(invoice_table(list(end.heads)))


def microsoft_as_json(end: SecondEnding) -> dict[str, object]:
    """Return all of it for programs."""
    return {
        "told": [
            {"on": f"{told.on}", "happened": told.happened, "outcome": told.outcome}
            for told in end.told
        ],
        "changes": [
            {
                "effective_on": f"{one.effective_on}",
                "quantity": str(one.quantity_delta),
                "action": one.action,
                "origin": one.origin,
                "status": one.status.value,
            }
            for one in end.log
        ],
        "invoices": [head_as_json(head) for head in end.heads],
    }
