"""Documents: the life of an invoice or credit note, from draft to paid.

What staff decide is where a document stands until it is issued. From then on its status
follows from its amounts: payments, credits and write-offs move it, and nobody sets it by hand.
An issued document is never altered and never deleted; a mistake is put right by a credit note
that names it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum
from typing import NamedTuple

from work365.domain.money import Money
from work365.domain.numbering import DocumentKind, Numbering
from work365.errors import Refusal


class StatusNotAllowed(Refusal):
    """A document cannot go from where it stands to there."""

    code = "status_not_allowed"


class StatusIsDerived(Refusal):
    """A status was to be set that only amounts can bring about."""

    code = "status_is_derived"


class DocumentStatus(Enum):
    """Where a document is on its way."""

    DRAFT = "draft"
    """Gathering: it is made anew at every run."""
    REVIEW = "review"
    """Somebody looks at it before it is issued."""
    BILLED = "billed"
    """Issued under a number; nothing of it is paid."""
    PARTLY_PAID = "partly_paid"
    PAID = "paid"
    """Nothing of it is open."""
    CANCELLED = "cancelled"
    """Thrown away before it was issued."""
    WRITTEN_OFF = "written_off"
    """What was open of it is given up."""


TRANSITIONS: Mapping[DocumentStatus, Mapping[DocumentStatus, str]] = {
    DocumentStatus.DRAFT: {
        DocumentStatus.REVIEW: "submit it for review",
        DocumentStatus.BILLED: "issue it",
        DocumentStatus.CANCELLED: "cancel it",
    },
    DocumentStatus.REVIEW: {
        DocumentStatus.DRAFT: "return it to draft",
        DocumentStatus.BILLED: "issue it",
    },
    DocumentStatus.BILLED: {
        DocumentStatus.PARTLY_PAID: "record a payment of a part",
        DocumentStatus.PAID: "record a payment, or credit it",
        DocumentStatus.WRITTEN_OFF: "write off what is open",
    },
    DocumentStatus.PARTLY_PAID: {
        DocumentStatus.BILLED: "refund the payment",
        DocumentStatus.PAID: "record a payment, or credit it",
        DocumentStatus.WRITTEN_OFF: "write off what is open",
    },
    DocumentStatus.PAID: {
        DocumentStatus.BILLED: "refund all payments",
        DocumentStatus.PARTLY_PAID: "refund a part",
    },
    DocumentStatus.CANCELLED: {},
    DocumentStatus.WRITTEN_OFF: {
        DocumentStatus.BILLED: "undo the write-off",
        DocumentStatus.PARTLY_PAID: "undo the write-off",
        DocumentStatus.PAID: "undo the write-off",
    },
}
"""Where a document can go from where it stands, and what brings it there."""

DECIDED = frozenset({DocumentStatus.DRAFT, DocumentStatus.REVIEW, DocumentStatus.CANCELLED})
"""What staff decide. All else follows from issuing a document and from its amounts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """An invoice or a credit note, as far as its life is concerned."""

    key: str
    kind: DocumentKind = DocumentKind.INVOICE
    status: DocumentStatus = DocumentStatus.DRAFT
    number: str | None = None
    """Taken when it is issued."""
    issued_on: date | None = None
    corrects: str | None = None
    """Key of the invoice that a credit note takes back a part of, or all."""


class Issued(NamedTuple):
    """A document with its number, and the numbering after that was taken."""

    document: Document
    numbering: Numbering


def move(document: Document, to: DocumentStatus) -> Document:
    """Return `document` where staff put it before it is issued.

    Raises:
        StatusNotAllowed: there is no way from where it stands to there.
        StatusIsDerived: there is, and it is not a decision: issuing or an amount leads there.
    """
    if to not in TRANSITIONS[document.status]:
        raise _not_allowed(document, to)
    if to not in DECIDED:
        raise StatusIsDerived(
            f"{_told(document)} becomes {_word(to)} by itself;"
            f" {TRANSITIONS[document.status][to]} instead"
        )
    return replace(document, status=to)


def issue(document: Document, numbering: Numbering, *, on: date) -> Issued:
    """Return `document` issued on the day `on`, under the next number of its kind.

    Raises:
        StatusNotAllowed: it was issued before, or cancelled.
        SeriesIsLater: its series has numbers of a later year already.
    """
    # A refund leads back to billed too, but only what staff decide on is not issued yet.
    if document.status not in DECIDED or DocumentStatus.BILLED not in TRANSITIONS[document.status]:
        raise _not_allowed(document, DocumentStatus.BILLED)
    number, after = numbering.take(document.kind, on)
    return Issued(
        replace(document, status=DocumentStatus.BILLED, number=number, issued_on=on), after
    )


def settled(document: Document, *, outstanding: Money, paid: Money, written_off: Money) -> Document:
    """Return `document` where its amounts put it; as it is, where it is not issued.

    Units: `outstanding` is what is open of it, `paid` what payments and account credit cover
    after refunds, `written_off` what was given up.
    Raises: CurrencyMismatch: the amounts are in different currencies.
    """
    Money.total((paid, written_off), outstanding.currency)
    if document.status in DECIDED:
        return document
    if outstanding.amount > 0:
        status = DocumentStatus.PARTLY_PAID if paid.amount > 0 else DocumentStatus.BILLED
    else:
        status = DocumentStatus.WRITTEN_OFF if written_off.amount > 0 else DocumentStatus.PAID
    return replace(document, status=status)


def _not_allowed(document: Document, to: DocumentStatus) -> StatusNotAllowed:
    ways = [f"{way} ({_word(status)})" for status, way in TRANSITIONS[document.status].items()]
    if document.number is not None:
        ways.append("make a credit note for it")
    remedy = f"what can be done is: {'; '.join(ways)}" if ways else "make a new one"
    return StatusNotAllowed(f"{_told(document)} and cannot become {_word(to)}; {remedy}")


def _told(document: Document) -> str:
    kind = document.kind.value.replace("_", " ")
    return f"{kind} {document.number or document.key} is {_word(document.status)}"


def _word(status: DocumentStatus) -> str:
    return status.value.replace("_", " ")
