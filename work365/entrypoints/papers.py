"""Invoices as they are kept, as the papers that are sent."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from work365.adapters.documents.figures import Days
from work365.adapters.documents.invoice_pdf import InvoicePaper, PaperLine, Party
from work365.domain.charges import Charge
from work365.domain.invoices import InvoiceStatus
from work365.domain.money import minor_unit_digits
from work365.ports import CustomerAddress, InvoiceHead, KeptLine
from work365.settings import PartnerIdentity

ONE_DAY = timedelta(days=1)


def paper_of(
    head: InvoiceHead,
    lines: Sequence[KeptLine],
    *,
    addressee: CustomerAddress,
    partner: PartnerIdentity,
    created_at: datetime,
) -> InvoicePaper:
    """Return the paper of the invoice `head`, sent by `partner`."""
    currency = head.net.currency
    starts = [line.charge.service_period.start for line in lines] or [head.invoice_on]
    ends = [line.charge.service_period.end for line in lines] or [head.invoice_on + ONE_DAY]
    is_credit = head.net.amount < 0
    return InvoicePaper(
        number=head.key,
        partner=Party(partner.name, partner.address),
        customer=Party(addressee.name, addressee.lines),
        invoice_date=head.invoice_on,
        due_date=None if is_credit else head.due_on,
        service_period=Days(min(starts), max(ends)),
        currency=currency,
        minor_unit_digits=minor_unit_digits(currency),
        lines=tuple(_line(line) for line in lines),
        total=head.net.amount,
        created_at=created_at,
        kind="Credit note" if is_credit else "Invoice",
        is_draft=head.status is InvoiceStatus.DRAFT,
        logo=partner.logo.read_bytes() if partner.logo else None,
    )


def _line(line: KeptLine) -> PaperLine:
    charge = line.charge
    days, whole = charge.service_period.days, charge.slot.billing_period.days
    unit_price, note = _unit_price(charge)
    return PaperLine(
        what=line.description,
        amount=line.amount.amount,
        quantity=charge.quantity,
        unit_price=unit_price,
        days=Days(charge.service_period.start, charge.service_period.end),
        charged_days=None if days == whole else days,
        cycle_days=None if days == whole else whole,
        note=note,
    )


def _unit_price(charge: Charge) -> tuple[Decimal, str]:
    """Return the price of a unit for a whole billing period, or as listed if that never ends."""
    price, cycle = charge.slot.price, charge.slot.cycle_months
    for_cycle = Fraction(price.per_unit) * Fraction(cycle, price.months)
    rest = for_cycle.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1:
        return Decimal(for_cycle.numerator) / Decimal(for_cycle.denominator), ""
    return price.per_unit, f"unit price for {price.months} months, of which {cycle} are charged"
