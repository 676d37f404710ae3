"""`work365 preview`: the invoices of a contract as they will be, and as they would be.

Nothing is written. What is shown is made by the code that bills.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated
from uuid import UUID

import typer

from work365.adapters.dataverse.catalog_store import DataverseCatalogStore
from work365.domain.accounts import Account
from work365.domain.assumptions import (
    Assumption,
    Cancellation,
    NewPrice,
    NothingAssumed,
    SeatChange,
    Together,
)
from work365.domain.changes import UnitPrice
from work365.domain.previews import (
    preview,
    shown_through,
    steady_difference,
)
from work365.entrypoints import clock
from work365.entrypoints.cli.billing import connected
from work365.entrypoints.cli.explanation_output import OneLine, print_explained
from work365.entrypoints.cli.output import AsJson, in_plain_words, print_json
from work365.entrypoints.cli.preview_output import Shown, as_document, print_preview
from work365.errors import Refusal
from work365.ports.billing import BillingStore


class NotAnAssumption(Refusal):
    """An option that does not say which subscription, or how much."""

    code = "not_an_assumption"


class CannotBePreviewed(Refusal):
    """A contract that could not be billed either, as it is kept."""

    code = "cannot_be_previewed"


@in_plain_words
def preview_contract(  # noqa: PLR0913  a command has as many arguments as it has options
    *,
    contract: Annotated[str, typer.Argument(help="The billing contract, such as CT-1001.")],
    on: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day from which all of it is assumed; today where it is left out.",
        ),
    ] = None,
    more: Annotated[
        list[str] | None, typer.Option(metavar="SUB=COUNT", help="So many more seats.")
    ] = None,
    fewer: Annotated[
        list[str] | None, typer.Option(metavar="SUB=COUNT", help="So many fewer seats.")
    ] = None,
    cancel: Annotated[
        list[str] | None, typer.Option(metavar="SUB", help="The end of this subscription.")
    ] = None,
    price: Annotated[
        list[str] | None,
        typer.Option(metavar="SUB=PRICE/MONTHS", help="Another unit price, such as 13.00/1."),
    ] = None,
    refund: Annotated[
        bool, typer.Option("--refund", help="What is taken away is to be credited.")
    ] = False,
    explained: Annotated[
        bool, typer.Option("--explain", help="Say of every line how it came to its amount.")
    ] = False,
    line: OneLine = None,
    as_json: AsJson = False,
) -> None:
    """Show what will be on the next invoices, or would be; nothing is written."""
    with connected() as services:
        head = DataverseCatalogStore(services.dataverse).contract(contract)
        account = account_of(head.id, services.store)
        today = clock.today(services)
    day = on.date() if on else today
    asked = Asked(day, refund)
    assumed = assumption(
        [
            *asked.more(more or ()),
            *asked.fewer(fewer or ()),
            *asked.ended(cancel or ()),
            *asked.priced(price or ()),
        ]
    )
    shown = show(account, assumed, on=day, today=today)
    if line is not None:
        print_explained(shown.explained(line), as_json=as_json)
    elif as_json:
        print_json(as_document(shown, explained=explained))
    else:
        print_preview(shown, explained=explained)


def show(account: Account, assumed: Assumption, *, on: date, today: date) -> Shown:
    """Return what is on the invoices up to the first that has what is assumed from `on` on.

    Raises: Refusal: it cannot become a fact, or the account cannot be billed.
    """
    as_of = shown_through(account, max(on, today))
    return Shown(
        account,
        assumed,
        on,
        preview(account, assumed, as_of=as_of),
        steady_difference(account, assumed, since=on),
    )


def account_of(contract: UUID, store: BillingStore) -> Account:
    """Return the account of the contract with this id.

    Raises: CannotBePreviewed: it cannot be billed as it is kept, or is gone.
    """
    reading = store.read_accounts([contract])
    for found in reading.findings:
        raise CannotBePreviewed(f"{found.finding.path}: {found.finding.message}")
    for kept in reading.accounts:
        return kept.account
    raise CannotBePreviewed(
        f"the billing contract with the id {contract} is not there any more; `work365 invoices`"
        " lists those that were billed"
    )


def assumption(parts: Sequence[Assumption]) -> Assumption:
    """Return one assumption for all of `parts`."""
    match parts:
        case []:
            return NothingAssumed()
        case [part]:
            return part
    return Together(parts)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the options of the command ask for, as assumptions from one day on."""

    on: date
    refund: bool

    def more(self, options: Iterable[str]) -> Iterator[Assumption]:
        """Yield so many more seats, as `SUB-1=5` says."""
        for key, text in map(_parted, options):
            yield SeatChange(subscription=key, on=self.on, quantity=count(text))

    def fewer(self, options: Iterable[str]) -> Iterator[Assumption]:
        """Yield so many fewer seats."""
        for key, text in map(_parted, options):
            yield SeatChange(
                subscription=key, on=self.on, quantity=-count(text), refund=self.refund
            )

    def ended(self, options: Iterable[str]) -> Iterator[Assumption]:
        """Yield the ends of subscriptions."""
        for key in options:
            yield Cancellation(subscription=key, on=self.on, refund=self.refund)

    def priced(self, options: Iterable[str]) -> Iterator[Assumption]:
        """Yield other unit prices, as `SUB-1=13.00/1` says."""
        for key, text in map(_parted, options):
            yield NewPrice(subscription=key, on=self.on, price=unit_price(text))


def _parted(option: str) -> tuple[str, str]:
    subscription, said, text = option.rpartition("=")
    if not (said and subscription and text):
        raise NotAnAssumption(
            f"{option!r} does not say of which subscription, or how much; write it as SUB-1=5"
        )
    return subscription, text


def count(text: str) -> Decimal:
    """Return the number of seats that `text` says.

    Raises: NotAnAssumption: it says none above zero.
    """
    seats = _number(text)
    if seats is None or seats <= 0:
        raise NotAnAssumption(f"{text!r} is no number of seats; write one above zero, as SUB-1=5")
    return seats


def unit_price(text: str) -> UnitPrice:
    """Return the price that `text` says, `13.00/12` being for twelve months; else for one.

    Raises: NotAnAssumption: it says none.
    """
    amount_text, slash, months_text = text.partition("/")
    amount, months = _number(amount_text), months_text if slash else "1"
    if amount is None or not months.isdecimal():
        raise NotAnAssumption(
            f"{text!r} is no price; write it with the months that it pays for, as SUB-1=13.00/1"
        )
    return UnitPrice(amount, int(months))


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
