"""Invoices: the lines of one bill, in their places, and what makes it the same bill again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import Enum

from work365.domain.accounts import Account
from work365.domain.charges import Charge
from work365.domain.contracts import BillingContract, Subscription
from work365.domain.invoice_taxes import totals
from work365.domain.lines import BilledLine, Drawn, LineKind
from work365.domain.money import Money
from work365.domain.numbering import DocumentKind
from work365.domain.one_time_charges import OneTimeCharge
from work365.domain.periods import day_after
from work365.domain.remembered_text import number_text
from work365.domain.tax_totals import Prices, TaxTotals


class InvoiceStatus(Enum):
    """Where an invoice is on its way to the customer."""

    DRAFT = "draft"
    BILLED = "billed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line(BilledLine):
    """A line in its place. Its key is its content, so that writing it twice is once."""

    position: int
    sold: Subscription | OneTimeCharge

    @property
    def prints(self) -> bool:
        """Whether it has a row of its own on paper, and is not printed with another's."""
        return isinstance(self.sold, OneTimeCharge) or self.sold.printed_with is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One bill of one contract."""

    contract: BillingContract
    sequence: int
    status: InvoiceStatus
    invoice_on: date
    lines: tuple[Line, ...]
    taxes: TaxTotals | None = None
    """The tax by rate; none where the contract's invoices show no tax."""

    @property
    def key(self) -> str:
        """What makes it the same invoice, whoever writes it."""
        return invoice_key(self.contract, self.sequence)

    @property
    def due_on(self) -> date:
        """Last day on which it can be paid without being late."""
        return day_after(self.invoice_on, self.contract.payment_days)

    @property
    def kind(self) -> DocumentKind:
        """Whether the customer owes it, or is owed."""
        return DocumentKind.CREDIT_NOTE if self.net.amount < 0 else DocumentKind.INVOICE

    @property
    def net(self) -> Money:
        """What it comes to before tax: the sum of the lines, unless they have the tax in them."""
        if self.taxes is not None and self.taxes.prices is Prices.INCLUSIVE:
            return self.taxes.net + self._untaxed
        return Money.total((line.amount for line in self.lines), self.contract.currency)

    @property
    def total(self) -> Money:
        """What is to be paid."""
        if self.taxes is None:
            return self.net
        if self.taxes.prices is Prices.INCLUSIVE:
            return self.taxes.gross + self._untaxed
        return self.net + self.taxes.tax

    @property
    def _untaxed(self) -> Money:
        """Sum of the lines without a tax, such as credits of lines that had none."""
        untaxed = (line.amount for line in self.lines if line.tax is None)
        return Money.total(untaxed, self.contract.currency)


def invoice_key(contract: BillingContract, sequence: int) -> str:
    """Return the content key of a contract's n-th invoice."""
    return f"{contract.key}-{sequence:05d}"


def drawn_invoice(
    account: Account, sequence: int, day: date, closed: bool, drawn: Sequence[Drawn]
) -> Invoice:
    """Return the `sequence`-th invoice of an account, of the day `day`, with the lines `drawn`."""
    contract = account.contract
    sold = {one.key: one for one in account.sold}
    keys = _Keys(invoice_key(contract, sequence))
    ordered = sorted(drawn, key=_print_order)
    lines = tuple(
        Line(
            key=keys.of(line),
            position=position,
            sold=sold[line.charge.slot.price.subscription],
            charge=line.charge,
            amount=line.amount,
            kind=line.kind,
            corrects=line.corrects,
            carried=line.carried,
            limit=line.limit,
            tax=line.tax,
        )
        for position, line in enumerate(ordered, start=1)
    )
    return Invoice(
        contract=contract,
        sequence=sequence,
        status=InvoiceStatus.BILLED if closed else InvoiceStatus.DRAFT,
        invoice_on=day,
        lines=lines,
        taxes=(
            totals(lines, currency=contract.currency, terms=account.tax) if account.tax else None
        ),
    )


def _print_order(line: Drawn) -> tuple[str, date, date, str, Decimal, str]:
    charge = line.charge
    price, period = charge.slot.price, charge.service_period
    first = period.start, charge.slot.start
    return price.subscription, *first, price.component, charge.quantity, line.corrects or ""


class _Keys:
    """The keys of one invoice's lines: what a line is for, and a number where two are alike."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._alike: dict[str, int] = {}

    def of(self, line: Drawn) -> str:
        """Return the key of the next line."""
        key = f"{self._prefix}_{_content(line.charge)}"
        if line.kind is not LineKind.CHARGE:
            key += f"_{line.kind.value}"
        number = self._alike[key] = self._alike.get(key, 0) + 1
        return key if number == 1 else f"{key}_{number}"


def _content(charge: Charge) -> str:
    price, period = charge.slot.price, charge.slot
    days = (period.start, period.end, charge.service_period.start)
    return "_".join(
        (
            price.subscription,
            price.component,
            *(day.isoformat().replace("-", "") for day in days),
            f"{number_text(price.per_unit)}x{price.months}",
        )
    )
