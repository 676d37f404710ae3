"""Invoices as they are kept, as the papers that are sent.

What is waived is not printed. Parts of a bundle are in the bundle's row, and where the invoice
has none they have their own, so that nothing is left out of a sum.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from work365.adapters.documents.figures import Days
from work365.adapters.documents.invoice_pdf import InvoicePaper, PaperLine, Party
from work365.domain.charges import BY_DAY, Charge
from work365.domain.invoices import InvoiceStatus
from work365.domain.lines import LineKind
from work365.domain.money import minor_unit_digits
from work365.domain.numbering import DocumentKind
from work365.domain.proposals import UNPRORATED
from work365.domain.proration import Proration, rounded_measure
from work365.domain.sentences import differences, discounts
from work365.ports.invoice_book import CustomerAddress, InvoiceHead, KeptLine
from work365.settings import PartnerIdentity

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PrintedRow:
    """A line that has a row of its own on paper, with the parts that are in it."""

    line: KeptLine
    parts: list[KeptLine] = field(default_factory=list)

    @property
    def amount(self) -> Decimal:
        """What the row comes to."""
        return sum(
            (part.billed.amount.amount for part in self.parts), self.line.billed.amount.amount
        )


def printed_rows(lines: Sequence[KeptLine]) -> list[PrintedRow]:
    """Return the rows that `lines` make on paper, in their order; none where all are waived."""
    shown = [line for line in lines if line.billed.kind is not LineKind.WAIVED]
    rows = [PrintedRow(line) for line in shown if line.printed_with is None]
    own = list(rows)
    for line in shown:
        if line.printed_with is not None:
            bundle = _row_for(line, own)
            if bundle is None:
                rows.append(PrintedRow(line))
            else:
                bundle.parts.append(line)
    return sorted(rows, key=lambda row: row.line.position)


def _row_for(part: KeptLine, rows: Sequence[PrintedRow]) -> PrintedRow | None:
    """Return the row of the bundle that `part` belongs in, if the invoice has one.

    Of several it is one of the same kind, and of those one for the same days, or the first.
    """
    days, kind = part.billed.charge.service_period, part.billed.kind
    bundle = [
        row for row in rows if row.line.billed.charge.slot.price.subscription == part.printed_with
    ]
    return min(
        bundle,
        key=lambda row: (
            row.line.billed.kind is not kind,
            row.line.billed.charge.service_period != days,
        ),
        default=None,
    )


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
    rows = printed_rows(lines)
    periods = [row.line.billed.charge.service_period for row in rows]
    starts = [period.start for period in periods] or [head.invoice_on]
    ends = [period.end for period in periods] or [head.invoice_on + ONE_DAY]
    is_credit = head.kind is DocumentKind.CREDIT_NOTE
    return InvoicePaper(
        number=head.key,
        partner=Party(partner.name, partner.address),
        customer=Party(addressee.name, addressee.lines),
        invoice_date=head.invoice_on,
        due_date=None if is_credit else head.due_on,
        service_period=Days(min(starts), max(ends)),
        currency=currency,
        minor_unit_digits=minor_unit_digits(currency),
        lines=tuple(_line(row) for row in rows),
        total=head.net.amount,
        created_at=created_at,
        kind="Credit note" if is_credit else "Invoice",
        is_draft=head.status is InvoiceStatus.DRAFT,
        logo=partner.logo.read_bytes() if partner.logo else None,
    )


def _line(row: PrintedRow) -> PaperLine:
    charge = row.line.billed.charge
    days, whole = charge.service_period.days, charge.slot.billing_period.days
    by_days = days != whole and charge.slot.price.proration == BY_DAY
    unit_price, note = _unit_price(charge)
    return PaperLine(
        what=row.line.description,
        amount=row.amount,
        quantity=charge.quantity or None,
        unit_price=None if row.parts else unit_price,
        days=Days(charge.service_period.start, charge.service_period.end),
        charged_days=days if by_days else None,
        cycle_days=whole if by_days else None,
        note="; ".join(
            ["price of the bundle with its parts"]
            if row.parts
            else filter(None, [note, *discounts(charge.slot.price), *differences(row.line.billed)])
        ),
    )


def _unit_price(charge: Charge) -> tuple[Decimal | None, str]:
    """Return the price of a unit for a whole billing period, or what stands in its place."""
    price, cycle = charge.slot.price, charge.slot.cycle_months
    if not charge.quantity:
        return None, ""
    if price.conversion is not None:
        times = f" {charge.measure} times" if charge.measure != 1 else ""
        return (
            None,
            f"{price.per_unit:f} {price.priced_in} a unit{times}, {price.conversion.explained}",
        )
    if price.proration not in {BY_DAY, UNPRORATED}:
        rule = Proration.named(price.proration)
        share = rounded_measure(rule, charge.measure)
        return price.per_unit, f"charged {share} times, by the rule {price.proration}"
    for_cycle = Fraction(price.per_unit) * Fraction(cycle, price.months)
    rest = for_cycle.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest == 1:
        return Decimal(for_cycle.numerator) / Decimal(for_cycle.denominator), ""
    return price.per_unit, f"unit price for {price.months} months, of which {cycle} are charged"
