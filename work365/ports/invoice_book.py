"""Invoices as people read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from work365.domain.invoices import InvoiceStatus
from work365.domain.lines import BilledLine
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoiceHead:
    """An invoice as it stands in a list."""

    key: str
    contract: str
    customer: str
    status: InvoiceStatus
    kind: DocumentKind
    invoice_on: date
    due_on: date
    net: Money
    line_count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptLine:
    """An invoice line as it is kept, with the name of the rule that rounded it."""

    billed: BilledLine
    invoice: str
    position: int
    description: str
    rounding: str
    printed_with: str | None = None
    """Key of the subscription in whose row it is printed; none where it has its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerAddress:
    """Whom an invoice is addressed to."""

    name: str
    lines: tuple[str, ...]


class InvoiceBook(Protocol):
    """Invoices as people read them."""

    def heads(self, *, contract: str | None = None) -> Iterator[InvoiceHead]:
        """Yield the invoices, or those of one contract, by customer and date."""

    def lines(self, invoice: str) -> Sequence[KeptLine]:
        """Return the lines of the invoice with this key, in order.

        Raises: Refusal: there is no such invoice.
        """

    def line(self, key: str) -> KeptLine:
        """Return the line with this key, or at `INVOICE/POSITION`.

        Raises: Refusal: there is no such line.
        """

    def addressee(self, invoice: str) -> CustomerAddress:
        """Return whom the invoice with this key is addressed to.

        Raises: Refusal: there is no such invoice.
        """
