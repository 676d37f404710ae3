"""An invoice on paper: what the customer is asked to pay, and for what.

The caller maps its invoice to an `InvoicePaper`; `render` draws it. Nothing is computed here
but the subtotal, and a paper whose lines do not add up to its total is refused.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, localcontext
from pathlib import Path
from typing import Literal

import typst

from work365.adapters.documents.figures import (
    Days,
    UnwritableAmount,
    written_amount,
    written_day,
    written_days,
    written_exactly,
)
from work365.adapters.documents.typesetting import Value, typeset
from work365.errors import Contradiction

AMOUNT_DIGITS_MAX = 100
TEMPLATE = Path(__file__).with_name("invoice.typ")


class UnprintableInvoice(Contradiction):
    """An invoice cannot be put on paper: its sums disagree, or it cannot be drawn."""

    code = "unprintable_invoice"


@dataclass(frozen=True, slots=True)
class Party:
    """The partner or the customer, as the paper names them."""

    name: str
    address: tuple[str, ...] = ()
    """Lines of the postal address."""
    details: tuple[str, ...] = ()
    """What else identifies the party: a VAT number, an e-mail address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperLine:
    """One charge. A credit has a negative amount."""

    what: str
    amount: Decimal
    quantity: Decimal | None = None
    unit_price: Decimal | None = None
    """Exact; printed with every digit it has."""
    days: Days | None = None
    """The service period charged."""
    charged_days: int | None = None
    cycle_days: int | None = None
    """A prorated line charges `charged_days` of its billing cycle's `cycle_days`."""
    note: str = ""
    """Why, where `what` does not say it: the change or the invoice that is corrected."""

    def __post_init__(self) -> None:
        assert (self.charged_days is None) == (self.cycle_days is None), self.what


@dataclass(frozen=True, slots=True)
class PaperTax:
    """One tax on the subtotal, with its rate in the label: "VAT 19 %"."""

    label: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InvoicePaper:
    """Everything that is printed on one invoice or credit note."""

    number: str
    partner: Party
    customer: Party
    invoice_date: date
    due_date: date | None
    """None where nothing falls due, as on a credit note."""
    service_period: Days
    currency: str
    """ISO 4217 code."""
    minor_unit_digits: int
    """Decimal digits of the currency: JPY 0, EUR 2, KWD 3."""
    lines: tuple[PaperLine, ...]
    total: Decimal
    """The lines and the taxes together."""
    created_at: datetime
    """When the document was made, with a time zone; the file carries it."""
    taxes: tuple[PaperTax, ...] = ()
    kind: Literal["Invoice", "Credit note"] = "Invoice"
    is_draft: bool = False
    notes: tuple[str, ...] = ()
    """Closing paragraphs: bank account, purchase order, legal sentences."""
    logo: bytes | None = None
    """SVG or PNG, embedded whole; an SVG may link to nothing outside itself."""


def render(paper: InvoicePaper) -> bytes:
    """Return `paper` as a PDF/A-3b file; the same paper is always the same bytes.

    A character that no font inside Typst covers is drawn as a box, and a note says so.
    Raises: UnprintableInvoice: the sums disagree, an amount is finer than the currency, or
        Typst cannot draw it (the logo is no picture).
    """
    subtotal = _subtotal(paper)
    try:
        return typeset(
            TEMPLATE,
            values=_values(paper, subtotal),
            image=paper.logo,
            created_at=paper.created_at,
        )
    except (typst.TypstError, UnwritableAmount) as error:
        raise UnprintableInvoice(f"{paper.kind} {paper.number}: {error}") from error


def _subtotal(paper: InvoicePaper) -> Decimal:
    # Decimal sums are rounded to the context's digits; here they are exact or an error.
    with localcontext(Context(prec=AMOUNT_DIGITS_MAX, traps=[Inexact])):
        subtotal = sum((line.amount for line in paper.lines), Decimal(0))
        expected = sum((tax.amount for tax in paper.taxes), subtotal)
    if expected != paper.total:
        raise UnprintableInvoice(
            f"{paper.kind} {paper.number}: lines and taxes add up to {expected}, "
            f"its total is {paper.total}"
        )
    return subtotal


def _values(paper: InvoicePaper, subtotal: Decimal) -> Mapping[str, Value]:
    digits = paper.minor_unit_digits
    return {
        "title": f"Draft {paper.kind.lower()}" if paper.is_draft else paper.kind,
        "draft": paper.is_draft,
        "number": paper.number,
        "partner": _party(paper.partner),
        "customer": _party(paper.customer),
        "dates": _dates(paper),
        "currency": paper.currency,
        "lines": [_line(line, digits) for line in paper.lines],
        "subtotal": written_amount(subtotal, minor_unit_digits=digits),
        "taxes": [
            {"label": tax.label, "amount": written_amount(tax.amount, minor_unit_digits=digits)}
            for tax in paper.taxes
        ],
        "total": written_amount(paper.total, minor_unit_digits=digits),
        "closing": _closing(paper),
        "notes": paper.notes,
    }


def _party(party: Party) -> Mapping[str, Value]:
    return {"name": party.name, "address": party.address, "details": party.details}


def _dates(paper: InvoicePaper) -> Sequence[Mapping[str, Value]]:
    dates = [{"label": f"{paper.kind} date", "value": written_day(paper.invoice_date)}]
    if paper.due_date is not None:
        dates.append({"label": "Due date", "value": written_day(paper.due_date)})
    return [*dates, {"label": "Service period", "value": written_days(paper.service_period)}]


def _line(line: PaperLine, digits: int) -> Mapping[str, Value]:
    facts = []
    if line.days is not None:
        facts.append(written_days(line.days))
    if line.charged_days is not None:
        facts.append(f"{line.charged_days} of {line.cycle_days} days")
    return {
        "what": line.what,
        "credit": line.amount < 0,
        "facts": facts,
        "note": line.note,
        "quantity": _exactly(line.quantity, digits_min=0),
        "unit_price": _exactly(line.unit_price, digits_min=digits),
        "amount": written_amount(line.amount, minor_unit_digits=digits),
    }


def _exactly(number: Decimal | None, *, digits_min: int) -> str:
    return "" if number is None else written_exactly(number, digits_min=digits_min)


def _closing(paper: InvoicePaper) -> str:
    if paper.is_draft:
        return "This is a draft. It may still change and is not a request for payment."
    if paper.total < 0:
        return "The total is credited to you. There is nothing to pay."
    if paper.total == 0:
        return "There is nothing to pay."
    if paper.due_date is not None:
        return f"Please pay by {written_day(paper.due_date)}."
    return ""
