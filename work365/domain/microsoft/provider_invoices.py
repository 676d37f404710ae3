"""Invoices that Microsoft sends the partner."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum


class ProviderDocument(Enum):
    """What an invoice is, as Partner Center spells it."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    ADJUSTMENT_NOTE = "adjustment_note"
    VOID_NOTE = "void_note"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderInvoice:
    """The head of an invoice of Microsoft.

    Units: `total` and `paid` in the currency's major unit. The total of a credit note is as
    Microsoft writes it, which may be positive.
    """

    id: str
    """`G…` for new commerce, `D…` and `T…` for others."""
    document: ProviderDocument
    invoice_date: date
    period_start: date | None
    period_end: date | None
    """Last day of the billing period."""
    total: Decimal
    paid: Decimal
    currency: str
    is_recurring: bool
    """Whether it is of the older commerce, with licences and usage of its own."""
    amends: str | None = None
    """Id of the invoice that it changes the amount of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """Where the lines are that will be on the next invoice."""

    kind: str
    """Partner Center's own word: `daily_rated_usage` or `non_consumption`."""
    is_current: bool
    """Whether it is for the running month, and not for the one before it."""
    link: str
    """Path below Partner Center's address."""
