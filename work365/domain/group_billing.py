"""Group billing: the invoices of a company's subsidiaries, as the documents that are sent.

An invoice is of one contract. A document gathers invoices: one for each contract, one for
each subsidiary, or one for the group. Each invoice stays a section of its own, with the
subsidiary's place, because tax is owed where the subsidiary is. A document's totals are sums
of its sections, and nothing is worked out again.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import Enum
from hashlib import sha256
from itertools import groupby, pairwise
from typing import NamedTuple
from uuid import UUID

from work365.domain.invoices import Invoice
from work365.domain.money import Money
from work365.domain.periods import day_after
from work365.errors import Refusal

KEY_DIGEST_LENGTH = 16


class NotInGroup(Refusal):
    """An invoice is of a customer that the group does not know."""

    code = "not_in_group"


class InvoiceTwice(Refusal):
    """One invoice would be on two documents."""

    code = "invoice_twice"


class Grouping(Enum):
    """Which invoices are sent together."""

    CONTRACT = "contract"
    """One document for each contract."""
    SUBSIDIARY = "subsidiary"
    """One document for each subsidiary."""
    GROUP = "group"
    """One document for all whom one company pays for."""


class Place(NamedTuple):
    """Where a subsidiary is: its address, and by it the place whose tax is owed.

    `country` is a code of ISO 3166-1; `region` one of ISO 3166-2, where tax depends on it.
    """

    country: str
    region: str | None
    postal_code: str
    city: str
    street: str


class Member(NamedTuple):
    """A subsidiary: where it is, and who pays its invoices."""

    place: Place
    payer: UUID


@dataclass(frozen=True, slots=True)
class GroupPolicy:
    """How the invoices of a group are sent.

    Units: `payment_days` in days after the invoice date, for documents of several invoices;
    without them the latest due date of the sections holds, so that no contract is due sooner
    than was agreed.
    """

    grouping: Grouping
    members: Mapping[UUID, Member]
    payment_days: int | None = None

    def member(self, invoice: Invoice) -> Member:
        """Return the subsidiary that `invoice` is for.

        Raises: NotInGroup: it is of another customer.
        """
        customer = invoice.contract.customer
        if customer not in self.members:
            raise NotInGroup(
                f"invoice {invoice.key}: customer {customer} of contract"
                f" {invoice.contract.key} is not in the group; add it with its place and its"
                " payer, or bill the contract by itself"
            )
        return self.members[customer]


@dataclass(frozen=True, slots=True)
class Section:
    """One invoice on a document, for one subsidiary."""

    invoice: Invoice
    place: Place

    @property
    def customer(self) -> UUID:
        """The subsidiary that the section is for."""
        return self.invoice.contract.customer

    @property
    def net(self) -> Money:
        """Sum of the section's lines, before tax."""
        return self.invoice.net


@dataclass(frozen=True, slots=True)
class Document:
    """What is sent to one payer, in one currency, with one date."""

    key: str
    payer: UUID
    currency: str
    invoice_on: date
    due_on: date
    sections: tuple[Section, ...]

    @property
    def net(self) -> Money:
        """Sum of the sections, before tax."""
        return Money.total((section.net for section in self.sections), self.currency)

    @property
    def net_by_place(self) -> dict[Place, Money]:
        """What is taxed in each place: the sum of its sections, before tax."""
        totals: dict[Place, Money] = {}
        for section in self.sections:
            before = totals.get(section.place, Money.zero(self.currency))
            totals[section.place] = before + section.net
        return totals


def group_invoices(invoices: Iterable[Invoice], policy: GroupPolicy) -> list[Document]:
    """Return the documents that `invoices` are sent as, oldest invoice date first.

    Invoices of different payers, currencies or invoice dates are never on one document. The
    same invoices make the same documents, with the same keys, in whatever order they come.

    Raises:
        NotInGroup: an invoice is of a customer that the group does not know.
        InvoiceTwice: an invoice is given twice.
    """

    def together(invoice: Invoice) -> _Together:
        return _together(invoice, policy)

    ordered = sorted(invoices, key=lambda invoice: (together(invoice), invoice.key))
    _check_once(ordered)
    return [_document(list(found), policy) for _, found in groupby(ordered, key=together)]


class _Together(NamedTuple):
    """What the invoices on one document have in common."""

    invoice_on: date
    payer: UUID
    currency: str
    sent_for: str


def _together(invoice: Invoice, policy: GroupPolicy) -> _Together:
    sent_for = {
        Grouping.CONTRACT: invoice.key,
        Grouping.SUBSIDIARY: str(invoice.contract.customer),
        Grouping.GROUP: "",
    }[policy.grouping]
    payer = policy.member(invoice).payer
    return _Together(invoice.invoice_on, payer, invoice.contract.currency, sent_for)


def _check_once(ordered: list[Invoice]) -> None:
    for one, other in pairwise(sorted(invoice.key for invoice in ordered)):
        if one == other:
            raise InvoiceTwice(f"invoice {one} is given twice; leave one of the two out")


def _document(invoices: list[Invoice], policy: GroupPolicy) -> Document:
    first = invoices[0]
    due_on = max(invoice.due_on for invoice in invoices)
    if policy.payment_days is not None and len(invoices) > 1:
        due_on = day_after(first.invoice_on, policy.payment_days)
    return Document(
        key=_key([invoice.key for invoice in invoices]),
        payer=policy.member(first).payer,
        currency=first.contract.currency,
        invoice_on=first.invoice_on,
        due_on=due_on,
        sections=tuple(Section(invoice, policy.member(invoice).place) for invoice in invoices),
    )


def _key(keys: list[str]) -> str:
    """Return the key of the document of so many invoices; of one it is the invoice's own."""
    if len(keys) == 1:
        return keys[0]
    digest = sha256("\n".join(keys).encode()).hexdigest()[:KEY_DIGEST_LENGTH]
    return f"group_{digest}"
